"""A session that Orion paused because only a person can mend what it lacks: a key, credit, a model that is gone."""

from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import Session


def reason(said: str, hint: str, session_id: str) -> str:
    """Why it is paused, what to do about it, and how it goes on after that."""
    other = f"or with another model: orion resume {session_id} --model provider/name"
    return f"{said} ({f'{hint}; ' if hint else ''}{other}); then: orion resume {session_id}"


def needs_person(session: Session) -> bool:
    """Whether it is paused for such a reason, and not because somebody paused it."""
    return session.halt is Halt.PERSON
