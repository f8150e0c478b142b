"""A plan handed over to the person, or work given up: the session's state, and what was asked of it in that moment.

A pause or a cancel that comes while a model is asked stands in the session's row. Whoever writes down what came of the
question moves the session in the same transaction, and carries the wish out there: no later write could see it.
"""

from orion_tui.core.models.plan_records import PlanDraft
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import machine, wishes
from orion_tui.core.store import Transaction, approvals, checkpoints, plan_versions, sessions


def hand_over(tx: Transaction, draft: PlanDraft, reason: str, *, seconds: float, total: int | None = None) -> None:
    """Put a draft before the person, and let the session wait for them; after a pause, when it is resumed.

    `seconds` is the running time of the session so far, `total` how many tasks its first plan has.
    """
    plan_versions.set_draft(tx, draft)
    control = sessions.get(tx, draft.session_id).control
    if total is not None:
        sessions.update(tx, draft.session_id, tasks_total=total)
    match control:
        case "cancel":
            _move(tx, draft.session_id, SessionState.CANCELLED, wishes.CANCELLED, seconds)
        case "pause":
            _move(tx, draft.session_id, SessionState.PAUSED, f"{wishes.PAUSED}; {reason}", seconds)
            checkpoints.again(tx, draft.session_id, "paused")
        case _:
            _move(tx, draft.session_id, SessionState.AWAITING_PLAN, reason, seconds)


def give_up(tx: Transaction, session_id: str, reason: str, *, seconds: float) -> None:
    """End a session whose model sees no way to the goal; one that was just cancelled ends as that."""
    if sessions.get(tx, session_id).control == "cancel":
        _move(tx, session_id, SessionState.CANCELLED, wishes.CANCELLED, seconds)
    else:
        _move(tx, session_id, SessionState.FAILED, reason, seconds)


def _move(tx: Transaction, session_id: str, to: SessionState, reason: str, seconds: float) -> None:
    ended = to not in machine.ACTIVE
    sessions.set_state(
        tx,
        session_id,
        machine.sources(to),
        to,
        reason,
        control="",
        running_seconds=seconds,
        finished_at=tx.now if ended else None,
    )
    if ended:
        approvals.cancel_pending(tx, session_id, f"the session is {to}")
