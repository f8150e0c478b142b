"""Events as lines: time, session, who, what."""

from collections.abc import Hashable

from rich.style import Style
from textual.strip import Strip

from orion_tui.base.text import clean
from orion_tui.bridge.notes import note_of
from orion_tui.core.models.sessions import Event
from orion_tui.widgets.cells import Part, fit, line, prose
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.status import mood_mark, sign
from orion_tui.widgets.times import exact, now_of, short_moment

TYPE = 22
SESSION = 10
ACTOR = 7

_MOOD = {
    "action.blocked": "blocked",
    "action.failed": "failed",
    "action.done": "done",
    "action.started": "running",
    "approval.asked": "waiting",
    "task.started": "running",
    "task.waiting": "waiting",
    "session.created": "plain",
}


def event_text(event: Event) -> str:
    """What an event tells, in one line."""
    note = note_of(event)
    if note is not None:
        return prose(note.text)
    data = event.data
    words = [str(data[name]) for name in ("title", "text", "goal", "control") if data.get(name)]
    tail = [str(data[name]) for name in ("summary", "rule", "reason") if data.get(name)]
    return "  ".join([*words, *tail])


class EventList(LineView[Event]):
    """Oldest first; the cursor starts at the newest and follows while it stays there."""

    def __init__(self, *, id: str | None = None, sessions: bool = False) -> None:
        super().__init__(title="log", empty=("Nothing has happened yet.",), id=id)
        self._sessions = sessions
        self._taken = False

    def take(self, events: tuple[Event, ...]) -> None:
        """Show the events."""
        follow = not self._taken or self.at >= len(self.rows) - 1
        self._taken = True
        self.show(events)
        if follow:
            self.go(len(events) - 1, by_user=False)

    def key_of(self, row: Event) -> Hashable:
        """See LineView."""
        return row.seq

    def plain(self, row: Event) -> str:
        """See LineView."""
        return f"{row.session_id} {row.type} {event_text(row)}"

    def draw(self, row: Event, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        look = self.look
        note = note_of(row)
        mark, _, style = mood_mark(note.mood if note is not None else _MOOD.get(row.type, "plain"))
        day = short_moment(row.at, now_of(self))
        when = exact(row.at) if ":" in day else f"{day:<8}"
        left: list[Part] = [(f"{when} ", "faint"), (f"{sign(look.glyphs, mark)} ", style)]
        if self._sessions:
            left.append((fit(row.session_id[:8], SESSION, look.glyphs), "faint"))
        if width >= 90:
            left.append((fit(row.type, TYPE, look.glyphs), "muted"))
        left.append((str(clean(event_text(row) or row.type, keep_newlines=False)), "text"))
        right: list[Part] = [(f"  {row.actor}", "faint"), (" ", "text")] if width >= 100 else []
        return line(look, width, left, right, base=base)
