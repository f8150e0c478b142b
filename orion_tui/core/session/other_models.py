"""A session goes on with other models: what it asks changes, its role, limits and plan do not."""

from collections.abc import Mapping

from orion_tui.base.errors import StateError, UsageError
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import Transaction, events, sessions

#: Where nobody asks a model at this moment, and somebody may yet.
_STANDS = frozenset(
    {
        SessionState.CREATED,
        SessionState.AWAITING_PLAN,
        SessionState.WAITING,
        SessionState.PAUSED,
        SessionState.INTERRUPTED,
        SessionState.COMPLETED,
        SessionState.FAILED,
        SessionState.CANCELLED,
    }
)


def others(session: Session, *, work: str = "", plan: str = "") -> dict[str, str]:
    """What the session would ask: `work` plans, too, unless `plan` says otherwise, as when it was submitted.

    Both as `provider/name`; an empty one keeps what there is. Raises UsageError where a name is none or the session
    follows a playbook, StateError where it is at work or can never go on.
    """
    if not (work or plan):
        raise UsageError("which model? none was given", hint="--model provider/name")
    if not session.models:
        raise UsageError(f"session {session.id} follows a playbook; it asks no model")
    if session.state in {SessionState.RUNNING, SessionState.PLANNING}:
        raise StateError(
            f"session {session.id} is {session.state.value}; its model is not changed under it",
            hint=f"pause it first: orion pause {session.id}",
        )
    if session.state not in _STANDS:
        raise StateError(f"session {session.id} is {session.state.value}; it asks no model any more")
    chosen = {"plan": plan or work, "work": work or session.models.get("work", plan)}
    return {step: str(ModelRef.parse(text)) for step, text in chosen.items()}


def change(tx: Transaction, session_id: str, *, work: str = "", plan: str = "") -> Mapping[str, str]:
    """Set the models of a session anew; what it asks from now on. Raises as `others`."""
    session = sessions.get(tx, session_id)
    after = others(session, work=work, plan=plan)
    if after != session.models:
        sessions.update(tx, session_id, models=after)
        told = {"before": dict(session.models), "after": after}
        events.append(tx, session_id, "session.models", "user", told, session.policy)
    return after
