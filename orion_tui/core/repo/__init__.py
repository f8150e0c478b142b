"""git: the one place that runs it, the repository Orion owns, the one place that touches the user's."""
