"""Orion: supervise autonomous AI agents from the terminal."""

__version__ = "9.0.0b1"
