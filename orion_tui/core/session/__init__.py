"""A session from claim to end: the runner, the legal transitions, the supervisor."""
