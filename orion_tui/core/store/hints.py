"""What a person says to the agent while it works, until it is put into its conversation."""

from orion_tui.core.models.sessions import PersonHint
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, encode

_HINTS = Table("hints", PersonHint)


def add(tx: Transaction, session_id: str, text: str) -> int:
    """Keep a hint; its id. Owes an event."""
    tx.owe_event(session_id, "a hint")
    return tx.insert(
        "INSERT INTO hints (session_id, text, created_at) VALUES (?, ?, ?)", (session_id, encode(text), tx.now)
    )


def waiting(reader: Reader, session_id: str) -> list[PersonHint]:
    """Hints that no conversation has yet, oldest first."""
    rows = reader.rows(
        f"SELECT {_HINTS.columns} FROM hints WHERE session_id = ? AND taken_at IS NULL ORDER BY id", (session_id,)
    )
    return [_HINTS.model_of(row) for row in rows]


def take(tx: Transaction, hint_id: int) -> None:
    """The hint is in the conversation now; the step that says so is written in the same transaction."""
    tx.run("UPDATE hints SET taken_at = ? WHERE id = ?", (tx.now, hint_id))
