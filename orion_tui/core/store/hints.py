"""What a person says to the agent while it works, until it is put into its conversation."""

from orion_tui.core.models.hints import PersonHint
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


def settle(tx: Transaction, session_id: str) -> None:
    """Give again what only steps have heard that do not count any more: rolled back, or of an attempt that is over.

    And the other way round where they count again. The log says what was heard, in the same transaction.
    """
    tx.run(
        """
        UPDATE hints SET taken_at = iif(
            EXISTS (
                SELECT 1 FROM steps s
                WHERE s.session_id = hints.session_id
                  AND json_extract(s.action, '$.do') = 'Hint' AND json_extract(s.action, '$.id') = hints.id
                  AND NOT EXISTS (
                      SELECT 1 FROM step_voids v WHERE v.session_id = s.session_id AND s.n BETWEEN v.first AND v.last
                  )
                  AND NOT EXISTS (
                      SELECT 1 FROM tasks t
                      WHERE t.session_id = s.session_id AND t.id = s.task_id AND t.attempt > s.attempt
                  )
            ),
            coalesce(taken_at, ?), NULL
        )
        WHERE session_id = ?
        """,
        (tx.now, session_id),
    )
