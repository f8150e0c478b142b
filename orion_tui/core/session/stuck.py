"""A session that Orion paused because only a person can mend what it lacks: a key, credit, a model that is gone."""

from orion_tui.core.models.sessions import Session, SessionState


def reason(said: str, hint: str, session_id: str) -> str:
    """Why it is paused, what to do about it, and how it goes on after that."""
    other = f"or with another model: orion resume {session_id} --model provider/name"
    return f"{said} ({f'{hint}; ' if hint else ''}{other}); {_then(session_id)}"


def needs_person(session: Session) -> bool:
    """Whether it is paused for such a reason, and not because somebody paused it."""
    return session.state is SessionState.PAUSED and session.reason.endswith(_then(session.id))


def _then(session_id: str) -> str:
    return f"then: orion resume {session_id}"
