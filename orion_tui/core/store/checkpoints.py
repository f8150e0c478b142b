"""Checkpoints: which commit stands for which place in the step log."""

from orion_tui.core.models.sessions import Checkpoint
from orion_tui.core.store import events
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table

_CHECKPOINTS = Table("checkpoints", Checkpoint)


def insert(tx: Transaction, checkpoint: Checkpoint) -> None:
    """Record a checkpoint and write `checkpoint.made`."""
    marks = ", ".join("?" * len(_CHECKPOINTS.fields))
    tx.run(
        f"INSERT INTO checkpoints ({_CHECKPOINTS.columns}) VALUES ({marks})",
        _CHECKPOINTS.values(checkpoint),
    )
    data = {
        "checkpoint": checkpoint.name,
        "commit": checkpoint.commit,
        "task": checkpoint.task_id,
        "reason": checkpoint.reason,
    }
    events.record(tx, checkpoint.session_id, "checkpoint.made", "orion", data)


def all(reader: Reader, session_id: str) -> list[Checkpoint]:
    """A session's checkpoints, oldest first."""
    rows = reader.rows(
        f"SELECT {_CHECKPOINTS.columns} FROM checkpoints WHERE session_id = ? ORDER BY number", (session_id,)
    )
    return [_CHECKPOINTS.model_of(row) for row in rows]


def latest(reader: Reader, session_id: str) -> Checkpoint | None:
    """A session's newest checkpoint, None where it has none."""
    row = reader.row(
        f"SELECT {_CHECKPOINTS.columns} FROM checkpoints WHERE session_id = ? ORDER BY number DESC LIMIT 1",
        (session_id,),
    )
    return None if row is None else _CHECKPOINTS.model_of(row)
