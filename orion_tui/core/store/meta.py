"""Single facts about the store itself, by name."""

from orion_tui.core.store.connection import Reader, Transaction


def get(reader: Reader, key: str) -> str | None:
    """The value of that key, None where there is none."""
    row = reader.row("SELECT value FROM meta WHERE key = ?", (key,))
    return None if row is None else str(row[0])


def put(tx: Transaction, key: str, value: str) -> None:
    """Set a value."""
    tx.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))
