"""The durable store: SQLite, one transaction a change, an event with every one."""
