"""The supervisor as a service of the user's own systemd."""
