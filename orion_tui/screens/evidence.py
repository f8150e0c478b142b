"""From a number on "since you last looked" to what it was counted from."""

from typing import TYPE_CHECKING

from orion_tui.bridge.snapshots import Since
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store.event_pages import Which
from orion_tui.core.store.session_pages import SessionFilter
from orion_tui.widgets.since_line import Figure

if TYPE_CHECKING:
    from orion_tui.screens.host import Host

_EVENTS: dict[Figure, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    Figure.DONE: ("tasks done", ("task.done",), ()),
    Figure.ASKED: ("approvals asked", ("approval.asked",), ()),
    Figure.BLOCKED: ("actions blocked", ("action.blocked",), ()),
    Figure.LOST: ("interrupted", ("session.state",), ("interrupted", "unrecoverable")),
}
#: What became of work that finished, and where it may have gone since.
_FINISHED = (SessionState.COMPLETED, SessionState.PROMOTED, SessionState.UNDONE, SessionState.REJECTED)
_FAILED = (SessionState.FAILED, SessionState.CANCELLED)


def open_evidence(host: "Host", since: Since, figure: Figure | None) -> None:
    """Show what one number was counted from; None for everything that happened."""
    at = since.looked_at or 0.0
    if figure is Figure.FINISHED:
        host.open_sessions(SessionFilter(states=_FINISHED, since=at), "finished since you last looked")
    elif figure is Figure.FAILED:
        host.open_sessions(SessionFilter(states=_FAILED, since=at), "stopped short since you last looked")
    elif figure is Figure.SPENT:
        host.open_sessions(SessionFilter(since=at, by_cost=True), "by cost, at work since you last looked")
    elif figure is not None:
        words, types, states = _EVENTS[figure]
        host.open_events(Which(after=since.seq, types=types, states=states), f"{words} since you last looked")
    else:
        host.open_events(Which(after=since.seq), "since you last looked")
