"""Trying again: failed tasks go back into the queue, and a session that ended with them goes on (PLAN-4, RUN-1)."""

from collections.abc import Collection, Sequence

from orion_tui.base.errors import Busy, NotFound, StateError
from orion_tui.core.aegis import policy as policies
from orion_tui.core.models.sessions import Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session import ceiling, machine, reach, stops
from orion_tui.core.session.plan_in_force import goes_on_at
from orion_tui.core.store import Transaction, approvals, events, hints, leases, plans, promotions, sessions, steps

_ENDED = frozenset({SessionState.COMPLETED, SessionState.FAILED, SessionState.CANCELLED})
_AT_WORK = frozenset({SessionState.RUNNING, SessionState.WAITING, SessionState.PAUSED, SessionState.INTERRUPTED})


def retry(tx: Transaction, session_id: str, task_id: str | None = None) -> tuple[str, ...]:
    """Queue a failed task again, or (None) all of them, with what was blocked by them; the ids of those tasks.

    A session that has ended goes on, in the state that it would be in, and one that waits for a time waits no longer.
    What failed up to now no longer counts towards a stop. Raises StateError where there is nothing to try again, or a
    limit that was reached would stop it at once; NotFound for no such task; Busy where another session holds the
    workspace.
    """
    session = sessions.get(tx, session_id)
    if session.state not in _ENDED | _AT_WORK:
        raise StateError(f"session {session_id} is {session.state.words}; there is nothing to try again")
    if any(promotion.session_id == session_id for promotion in promotions.unfinished(tx)):
        raise Busy(f"session {session_id} is being promoted at this moment", hint="let that end, then again")
    to = _next_state(tx, session)
    rows = plans.all(tx, session_id)
    chosen = _chosen(session, rows, task_id, planned=to is SessionState.RUNNING)
    attempts = steps.last_attempts(tx, session_id)
    for row in chosen:
        begun = row.started_at is not None or row.id in attempts
        attempt = max(row.attempt, attempts.get(row.id, -1)) + 1 if begun else row.attempt
        approvals.ask_again(tx, session_id, row.id, "the task is tried again")
        plans.queue_again(tx, session_id, row.id, attempt)
    hints.settle(tx, session_id)
    ids = tuple(row.id for row in chosen)
    role = policies.from_json(sessions.policy(tx, session.policy)).role
    stop = ceiling.stands_at(tx, session) or stops.reached(role, session, (), session.running_seconds)
    if stop is not None:
        raise StateError(
            f"{stop.reason}, so it would stop again at once",
            hint=f"raise the limit first: orion budget {session_id}",
        )
    done = sum(row.status.succeeded for row in plans.all(tx, session_id))
    sessions.update(tx, session_id, counted_from=events.last_seq(tx), tasks_done=done)
    reach.end_with(tx, session)
    events.append(
        tx, session_id, "session.retried", "user", {"tasks": list(ids)}, sessions.policy_in_force(tx, session_id)
    )
    if session.state in _ENDED or session.state is SessionState.WAITING:
        sessions.set_state(
            tx, session_id, {session.state}, to, "you said to try again", actor="user", control="", finished_at=None
        )
    elif session.state is SessionState.INTERRUPTED:
        leases.hurry(tx, session_id)
    return ids


def _next_state(tx: Transaction, session: Session) -> SessionState:
    """Where a session goes on: at a plan that waits for the person, at making one, or at the work."""
    if session.state not in _ENDED and session.state is not SessionState.WAITING:
        return SessionState.RUNNING
    to = goes_on_at(tx, session.id)
    if to not in machine.LEGAL[session.state]:
        raise StateError(f"session {session.id} is {session.state.words}; there is nothing to try again")
    return to


def _chosen(session: Session, rows: Sequence[TaskRow], task_id: str | None, *, planned: bool) -> list[TaskRow]:
    failed = [row for row in rows if _failed(row)]
    if task_id is None:
        if failed or _waits_for_a_time(session):
            return [*failed, *(row for row in rows if _held_up(row))]
        if session.state not in _ENDED or (planned and all(row.status.succeeded for row in rows)):
            raise StateError(f"no task of session {session.id} failed; there is nothing to try again")
        return [row for row in rows if _held_up(row)]
    row = next((row for row in rows if row.id == task_id), None)
    if row is None:
        raise NotFound(f"session {session.id} has no task {task_id}", hint=f"orion plan {session.id} lists them")
    if _held_up(row):
        first = next((one.id for one in failed if row.id in _behind(rows, {one.id})), "")
        hint = f"try that one again: orion retry {session.id} {first}" if first else ""
        raise StateError(f"task {task_id} did not fail by itself: {row.reason}", hint=hint)
    if row not in failed:
        raise StateError(f"task {task_id} is {row.status}; only what failed is tried again")
    behind = _behind(rows, {task_id})
    return [row, *(other for other in rows if other.id in behind and _held_up(other))]


def _waits_for_a_time(session: Session) -> bool:
    """Whether it is the session itself that tries again later, and may do so now."""
    return session.state is SessionState.INTERRUPTED or (session.state is SessionState.WAITING and session.due_at > 0)


def _failed(row: TaskRow) -> bool:
    """Whether the task itself came to a bad end; the gate blocks one in the middle of its work, too."""
    return row.status in {TaskStatus.FAILED, TaskStatus.CANCELLED} or (
        row.status is TaskStatus.BLOCKED and row.started_at is not None
    )


def _held_up(row: TaskRow) -> bool:
    return row.status is TaskStatus.BLOCKED and row.started_at is None


def _behind(rows: Sequence[TaskRow], ids: Collection[str]) -> set[str]:
    """Every task that needs one of these, near or far."""
    held, grown = set(ids), True
    while grown:
        more = {row.id for row in rows if held & set(row.needs)} - held
        held |= more
        grown = bool(more)
    return held - set(ids)
