"""Sandboxes by Docker: one file an idea, the engine's own library behind `engine` alone."""
