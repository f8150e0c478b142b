"""Plans and their tasks as they stand."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

from orion_tui.base.errors import NotFound
from orion_tui.base.kinds import Tier
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, from_text, to_text

_TASKS = Table("tasks", TaskRow, json=("needs",), convert={"needs": tuple, "tier": Tier, "status": TaskStatus})


class TaskColumns(TypedDict, total=False):
    """Columns that may be set along with a task's status."""

    tier: Tier
    checked: str
    attempt: int
    confidence: float
    started_at: float | None
    finished_at: float | None


def save(tx: Transaction, session_id: str, plan_json: Mapping[str, Any], version: int) -> None:
    """Put a session's plan (as `core.codec.to_json` gives it) in force, in place of an older one. Owes an event.

    A version that is not kept yet is kept as the user's own.
    """
    tx.run(
        "INSERT INTO plan_versions (session_id, version, parent, author, note, json, created_at)"
        " VALUES (?, ?, 0, 'user', 'as submitted', ?, ?) ON CONFLICT DO NOTHING",
        (session_id, version, to_text(plan_json), tx.now),
    )
    tx.run(
        "INSERT INTO plans (session_id, version, json) VALUES (?, ?, ?)"
        " ON CONFLICT (session_id) DO UPDATE SET version = excluded.version, json = excluded.json",
        (session_id, version, to_text(plan_json)),
    )
    tx.owe_event(session_id, "a plan")


def get(reader: Reader, session_id: str) -> tuple[int, dict[str, Any]]:
    """A session's plan: version and JSON form. NotFound where it has none yet."""
    row = reader.row("SELECT version, json FROM plans WHERE session_id = ?", (session_id,))
    if row is None:
        raise NotFound(f"session {session_id} has no plan")
    return int(row[0]), from_text(row[1])


def version_in_force(reader: Reader, session_id: str) -> int:
    """The version of the plan that is worked on; 0 where there is none yet."""
    row = reader.row("SELECT version FROM plans WHERE session_id = ?", (session_id,))
    return int(row[0]) if row else 0


def insert_all(tx: Transaction, rows: Iterable[TaskRow]) -> None:
    """Record the tasks of a plan. Owes an event."""
    marks = ", ".join("?" * len(_TASKS.fields))
    for row in rows:
        tx.run(f"INSERT INTO tasks ({_TASKS.columns}) VALUES ({marks})", _TASKS.values(row))
        tx.owe_event(row.session_id, "a task")


def replace_all(tx: Transaction, session_id: str, rows: Iterable[TaskRow]) -> None:
    """The tasks of another plan in the place of those that are there. Owes an event."""
    tx.run("DELETE FROM tasks WHERE session_id = ?", (session_id,))
    tx.owe_event(session_id, "the tasks of a plan")
    insert_all(tx, rows)


def spend(tx: Transaction, session_id: str, task_id: str, tokens: int, cost_usd: float) -> None:
    """Add what a model used for a task. Owes an event."""
    tx.run(
        "UPDATE tasks SET tokens = tokens + ?, cost_usd = cost_usd + ? WHERE session_id = ? AND id = ?",
        (tokens, cost_usd, session_id, task_id),
    )
    tx.owe_event(session_id, f"task {task_id}")


def all(reader: Reader, session_id: str) -> list[TaskRow]:
    """A session's tasks in the plan's order."""
    rows = reader.rows(f"SELECT {_TASKS.columns} FROM tasks WHERE session_id = ? ORDER BY position", (session_id,))
    return [_TASKS.model_of(row) for row in rows]


#: What changes of a task while it is worked on.
_PROGRESS = ("status", "reason", "checked", "attempt", "started_at", "finished_at")


def progress(reader: Reader, session_id: str) -> dict[str, Any]:
    """How far the tasks are, by id: what a checkpoint keeps of them, and `set_progress` takes."""
    rows = reader.rows(f"SELECT id, {', '.join(_PROGRESS)} FROM tasks WHERE session_id = ?", (session_id,))
    return {
        _TASKS.decode_text(row[0]): {
            name: _TASKS.decode_text(value) for name, value in zip(_PROGRESS, row[1:], strict=True)
        }
        for row in rows
    }


def set_progress(tx: Transaction, session_id: str, task_id: str, progress: Mapping[str, Any]) -> None:
    """Put a task where it was. Owes an event; a task that the plan no longer has stays away."""
    values = {name: progress[name] for name in _PROGRESS if name in progress}
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    encoded = [_TASKS.encode(name, value) for name, value in values.items()]
    tx.run(f"UPDATE tasks SET {assignments} WHERE session_id = ? AND id = ?", (*encoded, session_id, task_id))
    tx.owe_event(session_id, f"task {task_id}")


def queue_again(tx: Transaction, session_id: str, task_id: str, attempt: int) -> None:
    """Put a task back into the queue as if it had never begun, under that number of attempt. Owes an event."""
    anew = {"status": TaskStatus.QUEUED, "attempt": attempt, "reason": "", "checked": ""}
    set_progress(tx, session_id, task_id, {**anew, "started_at": None, "finished_at": None})


def set_status(
    tx: Transaction,
    session_id: str,
    task_id: str,
    status: TaskStatus,
    reason: str = "",
    **columns: Unpack[TaskColumns],
) -> None:
    """Move a task. Owes an event (`task.done` and the like). NotFound where there is no such task."""
    if unknown := columns.keys() - TaskColumns.__annotations__.keys():
        raise ValueError(f"not a column to set: {', '.join(sorted(unknown))}")
    values: dict[str, object] = {"status": status, "reason": reason, **columns}
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    encoded = [_TASKS.encode(name, value) for name, value in values.items()]
    if not tx.run(f"UPDATE tasks SET {assignments} WHERE session_id = ? AND id = ?", (*encoded, session_id, task_id)):
        raise NotFound(f"session {session_id} has no task {task_id}")
    tx.owe_event(session_id, f"task {task_id}")
