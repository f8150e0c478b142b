"""Why a session stands still, in a few words, and with the key of this application where the engine names a command."""

from orion_tui.base.own_keys import Keys
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import Session
from orion_tui.core.session.stuck import needs_person
from orion_tui.widgets.cells import prose
from orion_tui.widgets.times import short_moment

#: What is done at `due_at`, where that is more than to go on.
_AGAIN = {Halt.MODEL: "asks again", Halt.SANDBOX: "tries again"}


def can_hurry(session: Session) -> bool:
    """Whether trying at once may help: working hours are not made longer by asking."""
    return session.delayed and session.halt is not Halt.HOURS


def can_change_model(session: Session) -> bool:
    """Whether another model may be what helps: it waits for the one that it has, or was paused for it."""
    return bool(session.models) and (can_hurry(session) or needs_person(session))


def delay_words(session: Session, now: float) -> str:
    """`asks again 22:06`; "" where it waits for nothing that a clock ends."""
    if not session.delayed:
        return ""
    return f"{_AGAIN.get(session.halt, 'goes on')} {short_moment(session.due_at, now)}"


def reason_of(session: Session, keys: Keys, key: str = "mission.pause") -> str:
    """The reason, cleaned for show; what resumes the session, or changes its model, is a key here, and no command."""
    other = keys.get(f"{key.partition('.')[0]}.model").shown
    said = prose(session.reason).replace(
        f"or with another model: orion resume {session.id} --model provider/name", f"or with another model: {other}"
    )
    return said.replace(f"then: orion resume {session.id}", f"then: {keys.get(key).shown}")
