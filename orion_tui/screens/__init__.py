"""Screens: each composes widgets and asks the engine; none decides anything."""
