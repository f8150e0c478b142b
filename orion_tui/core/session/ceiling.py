"""The ceiling at which a session ended, for as long as nobody has raised it: trying again would end there at once."""

from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session.stops import Stop
from orion_tui.core.store import Reader, events

_RAISABLE = frozenset({"cost", "tokens", "time"})


def stands_at(reader: Reader, session: Session) -> Stop | None:
    """The limit that `session` ended at and still has; None where it ended otherwise, or was given more since.

    The next question of a model may be what does not fit into what is left, so this is more than `stops.reached` knows.
    """
    if session.state is not SessionState.FAILED:
        return None
    found = [
        event
        for event in events.of_type(reader, session.id, "limit.reached")
        if event.data.get("limit") in _RAISABLE and event.data.get("reason") == session.reason
    ]
    raised = events.of_type(reader, session.id, "budget.raised")
    if not found or (raised and raised[-1].seq > found[-1].seq):
        return None
    return Stop(str(found[-1].data["limit"]), session.reason)
