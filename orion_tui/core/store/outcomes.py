"""What became of each task: the experience that estimates and measured confidence rest on (LEARN-1, LEARN-2)."""

from functools import cache
from typing import TYPE_CHECKING

from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table

if TYPE_CHECKING:
    from orion_tui.core.models.outcomes import TaskOutcome


def _yes_or_no(value: object) -> bool | None:
    return None if value is None else bool(value)


@cache
def _outcomes() -> "Table[TaskOutcome]":
    """Made when the first is written or read: the list of sessions needs none."""
    from orion_tui.core.models.outcomes import TaskOutcome

    return Table("outcomes", TaskOutcome, convert={"status": TaskStatus, "accepted": _yes_or_no})


#: Outcomes that are looked at: the newest say most.
RECENT = 200


def insert(tx: Transaction, outcome: "TaskOutcome") -> None:
    """Record what became of a task; it takes the place of an earlier attempt's. Owes an event."""
    tx.run("DELETE FROM outcomes WHERE session_id = ? AND task_id = ?", (outcome.session_id, outcome.task_id))
    table = _outcomes()
    new = tuple(field for field in table.fields if field != "id")
    columns, marks = ", ".join(f'"{field}"' for field in new), ", ".join("?" * len(new))
    values = dict(zip(table.fields, table.values(outcome), strict=True))
    tx.run(f"INSERT INTO outcomes ({columns}) VALUES ({marks})", [values[field] for field in new])
    tx.owe_event(outcome.session_id, f"outcome of task {outcome.task_id}")


def judged(tx: Transaction, session_id: str, accepted: bool | None) -> None:
    """The person took a session's work over, turned it down, or (None) took their word back. Owes an event.

    That is said of what was done: of a task that failed there was nothing to take or to turn down.
    """
    done = "session_id = ? AND status IN ('done', 'flagged')"
    if tx.run(f"UPDATE outcomes SET accepted = ? WHERE {done}", (accepted, session_id)):
        tx.owe_event(session_id, "the outcomes of its tasks")


def alike(reader: Reader, role: str, kind: str, limit: int = RECENT) -> "list[TaskOutcome]":
    """The newest outcomes of a role's tasks of one kind, newest first."""
    rows = reader.rows(
        f"SELECT {_outcomes().columns} FROM outcomes WHERE role = ? AND kind = ? ORDER BY id DESC LIMIT ?",
        (role, kind, limit),
    )
    return [_outcomes().model_of(row) for row in rows]


def of_session(reader: Reader, session_id: str) -> "list[TaskOutcome]":
    """What became of a session's tasks, in the order in which they ended."""
    rows = reader.rows(f"SELECT {_outcomes().columns} FROM outcomes WHERE session_id = ? ORDER BY id", (session_id,))
    return [_outcomes().model_of(row) for row in rows]


def seconds(reader: Reader, session_id: str) -> dict[str, float]:
    """How long the work on each task took that ended, by its id: all its steps, waiting for a person left out."""
    rows = reader.rows("SELECT task_id, actual_seconds FROM outcomes WHERE session_id = ?", (session_id,))
    return {str(task): float(took) for task, took in rows}
