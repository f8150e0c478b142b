"""The leaf everything stands on: errors, untrusted text, action kinds, clock, ids, paths."""
