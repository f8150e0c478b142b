"""Approvals: questions to a person, each bound to what was shown, answered once, used once."""

from typing import Any

from orion_tui.base.errors import NotFound, StateError
from orion_tui.core.models.sessions import Answers, Approval, ApprovalStatus
from orion_tui.core.store import events
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, encode, to_text

_APPROVALS = Table("approvals", Approval, json=("card",), convert={"status": ApprovalStatus, "refused": bool})
_COLUMNS = _APPROVALS.columns


def insert(tx: Transaction, approval: Approval) -> None:
    """Record a question. Owes its event `approval.asked`, whose rule and reason the caller knows."""
    marks = ", ".join("?" * len(_APPROVALS.fields))
    tx.run(f"INSERT INTO approvals ({_COLUMNS}) VALUES ({marks})", _APPROVALS.values(approval))
    tx.owe_event(approval.session_id, f"approval {approval.id}")


def get(reader: Reader, approval_id: str) -> Approval:
    """The approval of exactly that id. NotFound where there is none."""
    row = reader.row(f"SELECT {_COLUMNS} FROM approvals WHERE id = ?", (encode(approval_id),))
    if row is None:
        raise NotFound(f"no approval {approval_id}", hint="`orion approvals` lists what is waiting")
    return _APPROVALS.model_of(row)


def pending(reader: Reader, session_id: str | None = None) -> list[Approval]:
    """What waits for an answer, oldest first: of one session or (None) of all."""
    if session_id is None:
        rows = reader.rows(f"SELECT {_COLUMNS} FROM approvals WHERE status = 'pending' ORDER BY number")
    else:
        rows = reader.rows(
            f"SELECT {_COLUMNS} FROM approvals WHERE session_id = ? AND status = 'pending' ORDER BY number",
            (session_id,),
        )
    return [_APPROVALS.model_of(row) for row in rows]


def answers_to(reader: Reader, alike: str) -> Answers:
    """How the person answered questions of that likeness, over all sessions; an empty likeness has no like."""
    if not alike:
        return Answers()
    row = reader.row(
        "SELECT coalesce(sum(NOT refused), 0), coalesce(sum(refused), 0) FROM approvals"
        " WHERE alike = ? AND alike <> '' AND answered_at IS NOT NULL",
        (encode(alike),),
    )
    last = reader.row(
        "SELECT answer_reason FROM approvals WHERE alike = ? AND alike <> '' AND refused AND answer_reason <> ''"
        " ORDER BY number DESC LIMIT 1",
        (encode(alike),),
    )
    approved, refused = row or (0, 0)
    return Answers(
        approved=int(approved), refused=int(refused), last_reason=str(Table.decode_text(last[0])) if last else ""
    )


def pending_count(reader: Reader) -> int:
    """How many questions wait for an answer."""
    row = reader.row("SELECT count(*) FROM approvals WHERE status = 'pending'")
    return int(row[0]) if row else 0


def for_action(reader: Reader, session_id: str, task_id: str, index: int) -> Approval | None:
    """The newest approval asked for one action of a task, None where none was."""
    row = reader.row(
        f'SELECT {_COLUMNS} FROM approvals WHERE session_id = ? AND task_id = ? AND "index" = ?'
        " ORDER BY number DESC LIMIT 1",
        (session_id, task_id, index),
    )
    return None if row is None else _APPROVALS.model_of(row)


def answer(
    tx: Transaction,
    approval_id: str,
    status: ApprovalStatus,
    reason: str,
    now: float,
    lapses_at: float | None,
    *,
    actor: str = "user",
) -> Approval:
    """Approve (usable until `lapses_at`) or reject, and write the event; the approval as answered.

    Raises StateError unless it is pending: of two answers, the first one holds.
    """
    if status not in {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED}:
        raise ValueError(f"not an answer: {status}")
    changed = tx.run(
        "UPDATE approvals SET status = ?, refused = ?, answer_reason = ?, answered_at = ?, lapses_at = ?"
        " WHERE id = ? AND status = 'pending'",
        (
            status.value,
            status is ApprovalStatus.REJECTED,
            encode(reason),
            now,
            lapses_at if status is ApprovalStatus.APPROVED else None,
            encode(approval_id),
        ),
    )
    return _told(tx, approval_id, changed, status, reason, actor)


def replace(tx: Transaction, approval_id: str, binding: str, card: dict[str, Any], alike: str) -> None:
    """Let a question be about what a person made of it, under its new binding. The caller writes the event.

    Raises StateError unless it is pending.
    """
    changed = tx.run(
        "UPDATE approvals SET binding = ?, card = ?, alike = ? WHERE id = ? AND status = 'pending'",
        (binding, to_text(card), encode(alike), encode(approval_id)),
    )
    if not changed:
        raise StateError(f"approval {approval_id} is {get(tx, approval_id).status}, so it cannot be edited")


def use(tx: Transaction, approval_id: str, now: float) -> Approval:
    """Spend an approval: once, while it holds. Owes an event (`action.started` of what it allows).

    Raises StateError unless it is approved and has not lapsed at `now`.
    """
    changed = tx.run(
        "UPDATE approvals SET status = 'used', used_at = ?1"
        " WHERE id = ?2 AND status = 'approved' AND (lapses_at IS NULL OR lapses_at > ?1)",
        (now, approval_id),
    )
    approval = get(tx, approval_id)
    if not changed:
        if approval.status is ApprovalStatus.APPROVED:
            raise StateError(f"approval {approval_id} was given but lapsed unused")
        raise StateError(f"approval {approval_id} is {approval.status}, so it cannot be used")
    tx.owe_event(approval.session_id, f"approval {approval_id}")
    return approval


def lapse(tx: Transaction, approval_id: str, now: float) -> Approval:
    """Record that a given approval ran out unused, and write the event. StateError unless that is so at `now`."""
    changed = tx.run(
        "UPDATE approvals SET status = 'lapsed' WHERE id = ? AND status = 'approved' AND lapses_at <= ?",
        (approval_id, now),
    )
    return _told(tx, approval_id, changed, ApprovalStatus.LAPSED, "given, but not used in time", "orion")


def supersede(tx: Transaction, approval_id: str, reason: str = "its inputs changed") -> Approval:
    """Withdraw a question or an unused answer because its inputs changed, and write the event.

    Raises StateError when it was used, rejected or withdrawn already.
    """
    changed = tx.run(
        "UPDATE approvals SET status = 'superseded' WHERE id = ? AND status IN ('pending', 'approved', 'lapsed')",
        (approval_id,),
    )
    return _told(tx, approval_id, changed, ApprovalStatus.SUPERSEDED, reason, "orion")


def withdraw(tx: Transaction, approval_id: str, reason: str) -> Approval:
    """Withdraw a question or an unused answer because what it was asked for was rolled back, and write the event.

    Raises StateError when it was used, rejected or withdrawn already.
    """
    changed = tx.run(
        "UPDATE approvals SET status = 'cancelled' WHERE id = ? AND status IN ('pending', 'approved', 'lapsed')",
        (approval_id,),
    )
    return _told(tx, approval_id, changed, ApprovalStatus.CANCELLED, reason, "orion")


def ask_again(tx: Transaction, session_id: str, task_id: str, reason: str) -> None:
    """Let no earlier answer count for a new attempt at a task, a refusal neither; each with its event."""
    rows = tx.rows(
        "SELECT id FROM approvals WHERE session_id = ? AND task_id = ?"
        " AND status IN ('pending', 'approved', 'lapsed', 'rejected') ORDER BY number",
        (session_id, encode(task_id)),
    )
    for (approval_id,) in rows:
        changed = tx.run("UPDATE approvals SET status = 'superseded' WHERE id = ?", (approval_id,))
        _told(tx, str(approval_id), changed, ApprovalStatus.SUPERSEDED, reason, "orion")


def open_or_unused(reader: Reader, session_id: str) -> list[Approval]:
    """Questions of a session that wait, and answers that were given and not used yet; oldest first."""
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM approvals WHERE session_id = ? AND status IN ('pending', 'approved') ORDER BY number",
        (session_id,),
    )
    return [_APPROVALS.model_of(row) for row in rows]


def cancel_pending(tx: Transaction, session_id: str, reason: str) -> int:
    """Withdraw every open question of a session that ends, each with its event; how many."""
    waiting = pending(tx, session_id)
    for approval in waiting:
        changed = tx.run("UPDATE approvals SET status = 'cancelled' WHERE id = ?", (approval.id,))
        _told(tx, approval.id, changed, ApprovalStatus.CANCELLED, reason, "orion")
    return len(waiting)


def _told(tx: Transaction, approval_id: str, changed: int, status: ApprovalStatus, reason: str, actor: str) -> Approval:
    approval = get(tx, approval_id)
    if not changed:
        raise StateError(f"approval {approval_id} is {approval.status}, so it cannot become {status}")
    data = {"approval": approval.id, "task": approval.task_id, "reason": reason}
    events.record(tx, approval.session_id, f"approval.{status.value}", actor, data)
    return approval
