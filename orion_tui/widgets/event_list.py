"""A log of any length as lines: holds a window of it, keeps its place while the window moves, follows at its end."""

from collections.abc import Callable, Hashable

import attrs
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from orion_tui.bridge.event_window import EventWindow
from orion_tui.core.models.events import Event
from orion_tui.widgets.cells import line
from orion_tui.widgets.event_lines import event_line, event_pieces, event_words
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.times import now_of

#: Lines beyond an end of the window that is not the log's: what stands there is on its way.
AHEAD = 100


@attrs.frozen
class LogRow:
    """A line of the list."""

    #: None for one that is on its way.
    event: Event | None
    #: 0 is an event's first line; more only where lines are wrapped.
    part: int = 0
    pieces: tuple[str, ...] = ()
    #: Lines from the window, of one that is on its way.
    away: int = 0


class EventList(LineView[LogRow]):
    """Oldest first. Follows what comes while the cursor is on the newest; the person's step away from it ends that."""

    class Needed(Message):
        """What is in view, or the place of the cursor, changed: more may have to be read."""

        def __init__(self, view: "EventList") -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> "EventList":
            """The list."""
            return self.view

    def __init__(self, *, id: str | None = None, sessions: bool = False) -> None:
        super().__init__(title="log", empty=("Reading ...",), id=id)
        self._sessions = sessions
        self.window = EventWindow()
        #: Whether the cursor goes along with what comes.
        self.following = True
        self.wrapped = False
        #: Asked for the ends of a log of which only a part is held.
        self.to_start: Callable[[], None] = lambda: None
        self.to_end: Callable[[], None] = lambda: None
        self._lines: dict[int, tuple[LogRow, ...]] = {}
        self._starts: list[int] = []

    # What is held.

    def take(self) -> None:
        """The window changed: show what it holds now, and stay where the person is."""
        before, starts = self._events, self._starts
        rows = self._laid_out()
        common = next((event.seq for event in before if self.window.holds(event.seq)), None)
        if not before or common is None:
            self.show(rows)
        else:
            old = starts[next(i for i, event in enumerate(before) if event.seq == common)]
            self.show(rows, shift=self.row_of(common) - old)
        if self.following and self.window.ends and rows:
            super().go(self.extent(len(rows) - 1).start, by_user=False)
        self._show_place()

    _events: tuple[Event, ...] = ()

    def _laid_out(self) -> list[LogRow]:
        window, known = self.window, self._lines
        self._events = tuple(window.events)
        rows: list[LogRow] = [] if window.begins else [LogRow(None, away=-away) for away in range(AHEAD, 0, -1)]
        starts: list[int] = []
        lines: dict[int, tuple[LogRow, ...]] = {}
        for event in self._events:
            own = known.get(event.seq) or self._lines_of(event)
            lines[event.seq] = own
            starts.append(len(rows))
            rows.extend(own)
        if not window.ends:
            rows += [LogRow(None, away=away) for away in range(1, AHEAD + 1)]
        self._lines, self._starts = lines, starts
        return rows

    def _lines_of(self, event: Event) -> tuple[LogRow, ...]:
        if not self.wrapped or self.size.width < 20:
            return (LogRow(event),)
        pieces = event_pieces(event, self.size.width - 1, self.look, sessions=self._sessions)
        return tuple(LogRow(event, part, pieces) for part in range(len(pieces)))

    def compose_again(self) -> None:
        """Lines of another width, or wrapped otherwise; the cursor stays on its event."""
        seq, top = self.seq, self.at - self.top
        self._lines = {}
        rows = self._laid_out()
        self.show(rows, shift=0)
        if seq is not None:
            self.at = self.row_of(seq)
            self.top = self.at - top
        self._settle()
        self.refresh()
        self._show_place()

    def on_resize(self) -> None:
        """Wrapped lines are composed for a width."""
        if self.wrapped:
            self.compose_again()
        super().on_resize()
        self.post_message(self.Needed(self))

    def row_of(self, seq: int) -> int:
        """The row where the event of that seq, or the next one, begins."""
        place = self.window.place(seq)
        return self._starts[place] if place < len(self._starts) else max(0, len(self.rows) - 1)

    @property
    def event(self) -> Event | None:
        """The selected event; None while it is on its way."""
        return self.selected.event if self.selected is not None else None

    @property
    def seq(self) -> int | None:
        """Its position."""
        return self.event.seq if self.event is not None else None

    @property
    def around(self) -> tuple[int, int]:
        """How many lines are held before what is in view, and behind."""
        before = self.top - (0 if self.window.begins else AHEAD)
        behind = len(self.rows) - (0 if self.window.ends else AHEAD) - self.top - self.size.height
        return before, behind

    def place(self) -> str | None:
        """See LinePane."""
        window, seq = self.window, self.seq
        whole = window.begins and window.ends
        if not self.rows or not self.size.height or (whole and len(self.rows) <= self.size.height):
            return None
        if seq is None:
            return "reading ..."
        if whole:
            return f"{window.place(seq) + 1:,} of {len(window.events):,}"
        return f"{window.share(seq)} %"

    # Going about.

    def extent(self, index: int) -> range:
        """See LinePane."""
        if not 0 <= index < len(self.rows):
            return range(index, index + 1)
        row = self.rows[index]
        start = index - row.part
        return range(start, start + max(1, len(row.pieces)))

    def go(self, index: int, *, by_user: bool = True) -> None:
        """See LinePane; the cursor stands on the first line of an event."""
        if not self.rows:
            return
        index = self.extent(max(0, min(index, len(self.rows) - 1))).start
        if by_user:
            self.following = self.window.ends and self.extent(index).stop == len(self.rows)
        super().go(index, by_user=by_user)
        self.post_message(self.Needed(self))

    def move(self, delta: int) -> None:
        """By events for single steps, by lines for pages."""
        self.go(self.extent(self.at).stop if delta == 1 else self.at + delta)

    def action_top(self) -> None:
        """See LineView; where the beginning is not held, it is read."""
        if self.window.begins:
            super().action_top()
        else:
            self.following = False
            self.to_start()

    def action_bottom(self) -> None:
        """See LineView; from now on it follows."""
        if self.window.ends:
            super().action_bottom()
        else:
            self.to_end()

    # How it looks.

    def key_of(self, row: LogRow) -> Hashable:
        """See LinePane."""
        return (row.event.seq, row.part) if row.event is not None else ("away", row.away)

    def plain(self, row: LogRow) -> str:
        """See LinePane."""
        return event_words(row.event) if row.event is not None else ""

    def draw(self, row: LogRow, index: int, width: int, base: Style) -> Strip:
        """See LinePane."""
        del index
        if row.event is None:
            return line(self.look, width, [(f"  {self.look.glyphs.cut}", "faint")], base=base)
        return event_line(
            row.event,
            row.pieces,
            row.part,
            width,
            self.look,
            base,
            now=now_of(self),
            sessions=self._sessions,
        )
