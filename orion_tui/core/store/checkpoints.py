"""Checkpoints: which commit stands for which place in the step log, and how the tasks stood there."""

from collections.abc import Iterable
from typing import Any

from orion_tui.base.errors import NotFound
from orion_tui.core.models.checkpoints import Checkpoint, checkpoint_name
from orion_tui.core.store import events, plans, steps
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, from_text, to_text

_CHECKPOINTS = Table("checkpoints", Checkpoint)


def insert(tx: Transaction, checkpoint: Checkpoint) -> None:
    """Record a checkpoint with its tasks as they stand in this transaction, and write `checkpoint.made`."""
    session_id = checkpoint.session_id
    put_back(tx, checkpoint, plans.progress(tx, session_id), plans.version_in_force(tx, session_id))
    tx.run(
        "INSERT INTO checkpoint_numbers (session_id, next) VALUES (?1, ?2)"
        " ON CONFLICT (session_id) DO UPDATE SET next = max(next, ?2)",
        (checkpoint.session_id, checkpoint.number + 1),
    )
    data = {
        "checkpoint": checkpoint.name,
        "commit": checkpoint.commit,
        "task": checkpoint.task_id,
        "reason": checkpoint.reason,
    }
    events.record(tx, checkpoint.session_id, "checkpoint.made", "orion", data)


def again(tx: Transaction, session_id: str, reason: str) -> Checkpoint | None:
    """A checkpoint of how things stand on a branch that did not move since the last one; None before there is a first.

    The last one serves where it says the same already: the same steps, tasks and reason.
    """
    last = latest(tx, session_id)
    if last is None:
        return None
    step = steps.next_n(tx, session_id) - 1
    same = (
        last.step == step
        and tasks_at(tx, session_id, last.number) == plans.progress(tx, session_id)
        and plan_at(tx, session_id, last.number) == plans.version_in_force(tx, session_id)
    )
    if same and last.reason == reason:
        return last
    # What a checkpoint inside a task holds beyond the branch is in the steps; it may have been given up since.
    landed = last if not last.partial else _of_commit(tx, session_id, last.branch_commit)
    made = Checkpoint(
        session_id=session_id,
        number=next_number(tx, session_id),
        commit=last.branch_commit,
        tree=landed.tree if landed is not None else "",
        step=step,
        task_id="",
        reason=reason,
        created_at=tx.now,
    )
    insert(tx, made)
    return made


def put_back(tx: Transaction, checkpoint: Checkpoint, tasks: dict[str, Any] | None, plan: int) -> None:
    """The row again as it was, with its tasks and plan; for what comes back from the trash. Owes an event."""
    marks = ", ".join("?" * len(_CHECKPOINTS.fields))
    tx.run(
        f"INSERT INTO checkpoints ({_CHECKPOINTS.columns}) VALUES ({marks})",
        _CHECKPOINTS.values(checkpoint),
    )
    if tasks is not None:
        tx.run(
            "INSERT INTO checkpoint_states (session_id, number, tasks, plan) VALUES (?, ?, ?, ?)",
            (checkpoint.session_id, checkpoint.number, to_text(tasks), plan),
        )
    tx.owe_event(checkpoint.session_id, f"checkpoint {checkpoint.name}")


def delete(tx: Transaction, session_id: str, numbers: Iterable[int]) -> None:
    """Forget names and states; commits are not touched. Owes an event."""
    for number in numbers:
        tx.run("DELETE FROM checkpoints WHERE session_id = ? AND number = ?", (session_id, number))
        tx.owe_event(session_id, f"checkpoint {number}")


def next_number(reader: Reader, session_id: str) -> int:
    """The number of the next checkpoint: one that no checkpoint of this session has ever had."""
    row = reader.row("SELECT next FROM checkpoint_numbers WHERE session_id = ?", (session_id,))
    return int(row[0]) if row else 0


def tasks_at(reader: Reader, session_id: str, number: int) -> dict[str, Any] | None:
    """How the tasks stood at a checkpoint, as `plans.progress` gives it; None where that was never recorded."""
    row = reader.row("SELECT tasks FROM checkpoint_states WHERE session_id = ? AND number = ?", (session_id, number))
    return None if row is None else from_text(row[0])


def plan_at(reader: Reader, session_id: str, number: int) -> int | None:
    """The version of the plan that was in force at a checkpoint; None where that was never recorded."""
    row = reader.row("SELECT plan FROM checkpoint_states WHERE session_id = ? AND number = ?", (session_id, number))
    return None if row is None else int(row[0])


def all(reader: Reader, session_id: str) -> list[Checkpoint]:
    """A session's checkpoints, oldest first."""
    rows = reader.rows(
        f"SELECT {_CHECKPOINTS.columns} FROM checkpoints WHERE session_id = ? ORDER BY number", (session_id,)
    )
    return [_CHECKPOINTS.model_of(row) for row in rows]


def get(reader: Reader, session_id: str, number: int) -> Checkpoint | None:
    """The checkpoint of that number, None where there is none (any more)."""
    row = reader.row(
        f"SELECT {_CHECKPOINTS.columns} FROM checkpoints WHERE session_id = ? AND number = ?", (session_id, number)
    )
    return None if row is None else _CHECKPOINTS.model_of(row)


def named(reader: Reader, session_id: str, number: int) -> Checkpoint:
    """The checkpoint of that number. NotFound where there is none (any more)."""
    found = get(reader, session_id, number)
    if found is None:
        raise NotFound(
            f"session {session_id} has no checkpoint {checkpoint_name(number)}",
            hint=f"orion checkpoints {session_id} lists what there is; what was taken back: orion trash list",
        )
    return found


def latest(reader: Reader, session_id: str) -> Checkpoint | None:
    """A session's newest checkpoint, None where it has none. Its `branch_commit` is where the work stands."""
    row = reader.row(
        f"SELECT {_CHECKPOINTS.columns} FROM checkpoints WHERE session_id = ? ORDER BY number DESC LIMIT 1",
        (session_id,),
    )
    return None if row is None else _CHECKPOINTS.model_of(row)


def _of_commit(reader: Reader, session_id: str, commit: str) -> Checkpoint | None:
    return next((made for made in all(reader, session_id) if made.commit == commit), None)
