"""What runs inside a sandbox as its PID 1: a small server that does what the host asks, and nothing else.

The sources of this package travel into the sandbox over the channel and run there on the system's own Python, 3.9 or
later, without site-packages: only the standard library, only syntax of that version.
"""
