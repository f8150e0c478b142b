"""The wire to servers of external tools: the only place that knows the protocol's library.

Importing it takes a second, so it is imported when a session first needs a server.
"""
