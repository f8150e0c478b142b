"""The step log: each action written when it starts and with its result, under the holder's fence."""

from collections.abc import Mapping
from typing import Any

from orion_tui.base.errors import NotFound, StateError
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.leases import assert_fence
from orion_tui.core.store.rows import Table, to_text

_STEPS = Table(
    "step_log", Step, json=("action", "decision", "result"), convert={"status": StepStatus, "acceptance": bool}
)


def start(tx: Transaction, step: Step, fence: int) -> None:
    """Record that a step starts. Owes an event.

    A step that started and never finished (the worker died) may be started again: it is the only one that runs twice.
    Raises LeaseLost with a stale fence, StateError when the step has finished or numbers would be left out.
    """
    # The fence is part of the statement: between asking and writing there is nothing.
    if not tx.run(
        'INSERT INTO steps (session_id, n, task_id, attempt, "index", action, decision, started_at, call, acceptance)'
        " SELECT id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM sessions"
        " WHERE id = ?1 AND fence = ?2 AND lease_owner <> ''"
        " AND (?3 = 1 OR EXISTS (SELECT 1 FROM steps WHERE session_id = ?1 AND n = ?3 - 1))"
        ' ON CONFLICT (session_id, n) DO UPDATE SET task_id = ?4, attempt = ?5, "index" = ?6, action = ?7,'
        " decision = ?8, started_at = ?9, call = ?10, acceptance = ?11"
        " WHERE NOT EXISTS (SELECT 1 FROM step_results WHERE step = key)",
        (
            step.session_id,
            fence,
            step.n,
            step.task_id,
            step.attempt,
            step.index,
            to_text(step.action),
            to_text(step.decision),
            step.started_at,
            step.call,
            step.acceptance,
        ),
    ):
        assert_fence(tx, step.session_id, fence)
        if step.n > next_n(tx, step.session_id):
            raise StateError(f"session {step.session_id} has no step {step.n - 1} yet")
        raise StateError(f"step {step.n} of session {step.session_id} has finished; it never runs again")
    tx.owe_event(step.session_id, f"step {step.n}")


def finish(
    tx: Transaction,
    session_id: str,
    n: int,
    fence: int,
    result: Mapping[str, Any],
    delta: bytes | None = None,
) -> None:
    """Record a step's result and the files that it changed. Owes an event.

    Raises LeaseLost with a stale fence, StateError when it has finished already, NotFound when it never started.
    """
    if not tx.run(
        "INSERT INTO step_results (step, result, delta, finished_at)"
        " SELECT key, ?4, ?5, ?6 FROM steps WHERE session_id = ?1 AND n = ?3"
        " AND EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND fence = ?2 AND lease_owner <> '')"
        " ON CONFLICT DO NOTHING",
        (session_id, fence, n, to_text(result), delta, tx.now),
    ):
        assert_fence(tx, session_id, fence)
        if tx.row("SELECT 1 FROM steps WHERE session_id = ? AND n = ?", (session_id, n)) is None:
            raise NotFound(f"session {session_id} has no step {n}")
        raise StateError(f"step {n} of session {session_id} has finished already")
    tx.owe_event(session_id, f"step {n}")


def all(reader: Reader, session_id: str) -> list[Step]:
    """A session's steps in order."""
    return after(reader, session_id, 0)


def after(reader: Reader, session_id: str, n: int) -> list[Step]:
    """A session's steps above `n`, in order: what has to be added to the tree of a checkpoint at step `n`."""
    rows = reader.rows(
        f"SELECT {_STEPS.columns} FROM step_log WHERE session_id = ? AND n > ? ORDER BY n", (session_id, n)
    )
    return [_STEPS.model_of(row) for row in rows]


_COUNTS = "NOT EXISTS (SELECT 1 FROM step_voids v WHERE v.session_id = ?1 AND n BETWEEN v.first AND v.last)"


def counted(reader: Reader, session_id: str) -> list[Step]:
    """A session's steps in order, without those that were rolled back: what its work is made of."""
    rows = reader.rows(
        f"SELECT {_STEPS.columns} FROM step_log WHERE session_id = ?1 AND {_COUNTS} ORDER BY n", (session_id,)
    )
    return [_STEPS.model_of(row) for row in rows]


def outline(reader: Reader, session_id: str) -> list[tuple[int, str, int]]:
    """(n, task id, attempt) of every step that counts, in order: the log without what was done."""
    rows = reader.rows(
        f"SELECT n, task_id, attempt FROM steps WHERE session_id = ?1 AND {_COUNTS} ORDER BY n", (session_id,)
    )
    return [(int(n), str(_STEPS.decode_text(task)), int(attempt)) for n, task, attempt in rows]


def counts(reader: Reader, session_id: str, n: int) -> bool:
    """Whether a step counts, which it does until it is rolled back."""
    row = reader.row(
        "SELECT 1 FROM step_voids WHERE session_id = ?1 AND ?2 BETWEEN first AND last LIMIT 1", (session_id, n)
    )
    return row is None


def voids(reader: Reader, session_id: str) -> list[tuple[int, int]]:
    """Stretches of steps that do not count, (first, last), in order."""
    rows = reader.rows("SELECT first, last FROM step_voids WHERE session_id = ? ORDER BY first", (session_id,))
    return [(int(first), int(last)) for first, last in rows]


def void(tx: Transaction, session_id: str, first: int, last: int, trash: int) -> None:
    """From now on these steps do not count; the trash entry brings them back. Owes an event."""
    tx.run(
        "INSERT INTO step_voids (session_id, first, last, trash) VALUES (?, ?, ?, ?)",
        (session_id, first, last, trash),
    )
    tx.owe_event(session_id, f"steps {first} to {last}")


def unvoid(tx: Transaction, session_id: str, trash: int) -> None:
    """What went with this trash entry counts again. Owes an event."""
    tx.run("DELETE FROM step_voids WHERE session_id = ? AND trash = ?", (session_id, trash))
    tx.owe_event(session_id, "steps that count again")


def last_attempts(reader: Reader, session_id: str) -> dict[str, int]:
    """The highest attempt that any step of each task was part of."""
    rows = reader.rows("SELECT task_id, max(attempt) FROM steps WHERE session_id = ? GROUP BY task_id", (session_id,))
    return {str(_STEPS.decode_text(task)): int(attempt) for task, attempt in rows}


def last(reader: Reader, session_id: str) -> tuple[int, bool]:
    """The number of the newest step, 0 where there is none, and whether it has a result."""
    row = reader.row(
        "SELECT n, EXISTS (SELECT 1 FROM step_results WHERE step = key) FROM steps WHERE session_id = ?"
        " ORDER BY n DESC LIMIT 1",
        (session_id,),
    )
    return (int(row[0]), bool(row[1])) if row is not None else (0, True)


def next_n(reader: Reader, session_id: str) -> int:
    """The number of the next new step, from 1."""
    row = reader.row("SELECT max(n) FROM steps WHERE session_id = ?", (session_id,))
    return int(row[0] or 0) + 1 if row else 1
