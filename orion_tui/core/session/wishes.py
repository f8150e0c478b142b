"""What a person asked of a session that nobody works on any more.

A worker carries a pause or a cancel out between two steps. When its supervisor was killed, or it stopped for another
reason in that very moment, the wish stands in the session's row; it is carried out when the lease ends.
"""

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import machine
from orion_tui.core.store import Transaction, approvals, checkpoints, sessions

#: Why a session ended that was cancelled.
CANCELLED = "cancelled; the work up to the last checkpoint is kept"
PAUSED = "paused by the user"


def carry_out(tx: Transaction, session_id: str) -> None:
    """Pause or cancel a session without a worker, if that was asked for; withdraws its questions when it ends."""
    session = sessions.get(tx, session_id)
    if not session.control:
        return
    to, reason = SessionState.CANCELLED, CANCELLED
    if session.control == "pause":
        to, reason = SessionState.PAUSED, PAUSED
    if to not in machine.LEGAL[session.state] or session.state not in machine.ACTIVE:
        sessions.update(tx, session_id, control="")
        return
    finished = tx.now if to is SessionState.CANCELLED else None
    sessions.set_state(tx, session_id, {session.state}, to, reason, control="", finished_at=finished)
    if to is SessionState.PAUSED:
        checkpoints.again(tx, session_id, "paused")
    if to not in machine.ACTIVE:
        approvals.cancel_pending(tx, session_id, f"the session is {to}")
