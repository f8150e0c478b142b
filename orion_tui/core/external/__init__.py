"""Servers of external tools (MCP): the user's, outside of the sandbox, each tool an action that the gate judges."""
