"""The shipped demonstration: a sample repository and a playbook that works on it."""
