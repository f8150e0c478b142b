"""What happened, event by event, however many there are; Enter opens the event whole."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.log_pager import LogPager
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.core.models.events import Event
from orion_tui.core.store.event_pages import Which
from orion_tui.screens.event import EventScreen
from orion_tui.screens.searching import SearchBar, Searching
from orion_tui.widgets.event_lines import event_words
from orion_tui.widgets.event_list import EventList
from orion_tui.widgets.line_view import LineView

NOTHING = "Nothing has happened yet."


class LogScreen(Searching):
    """The events that `which` names, read by the page; at the newest, or at one of them."""

    VIEW = "log"
    BINDINGS = keymap.bindings("log")

    def __init__(self, which: Which, *, at: int = 0, words: str = "") -> None:
        super().__init__()
        self.which = which
        self.session_id = which.session_id or ""
        self._at = at
        #: What these events are, for the header.
        self._words = words
        #: The newest event there was while it was followed.
        self._caught_up = 0
        self._pager = LogPager(which, self._read, self._changed, self._broke)

    def body(self) -> ComposeResult:
        """See View."""
        yield EventList(id="events", sessions=self.which.session_id is None)

    def path(self) -> tuple[str, ...]:
        """See View."""
        words = self._words or "log"
        return (words,) if self.which.session_id is None else self.path_of(self.which.session_id, words)

    def interest(self) -> Interest:
        """See View: whose log it is stands in the header."""
        return Interest(selected=self.session_id)

    def keys(self) -> Sequence[str]:
        """See View."""
        own = ["lines.enter", "log.search", "log.next", "log.previous", "lines.top"]
        own.append("lines.bottom" if self.stands and self.events.following else "lines.bottom|follow")
        return (*own, "log.percent", "log.wrap", "pane.out")

    @property
    def events(self) -> EventList:
        """The list."""
        return self.query_one("#events", EventList)

    def searched(self) -> LineView[Any]:
        """See Searching."""
        return self.events

    def on_mount(self) -> None:
        """The list has the keys; the first page is on its way."""
        events = self.events
        events.window = self._pager.window
        events.to_start = lambda: self._pager.to_start(lambda: events.go(0))
        events.to_end = self._follow
        events.focus()
        # Once the whole screen stands: what is read may be there before that.
        self.call_later(self._begin)

    def _begin(self) -> None:
        events = self.events
        if self._at:
            at = self._at
            events.following = False
            self._pager.to(at, lambda: events.go(events.row_of(at)))
        else:
            self._follow()

    def show(self, snapshot: Snapshot) -> None:
        """See View: something was committed, which may belong here."""
        self._fill(snapshot.seq)

    # Reading.

    def _read(self, job: Any, done: Any, failed: Any = None) -> None:
        self.orion.read(job, done, failed)

    def _broke(self, error: OrionError) -> None:
        if self.alive:
            self.orion.tell_error(error)

    def _follow(self) -> None:
        self.events.following = True
        self._pager.to_end()

    def _changed(self) -> None:
        if self.alive:
            if self._pager.began and not self._pager.window.events:
                self.events.empty = (NOTHING,)
                self.events.refresh()
            self.events.take()
            self._count_news()
            self._fill()
            self._retitle()

    @on(EventList.Needed)
    def _needed(self) -> None:
        self._count_news()
        self._fill()
        self._retitle()
        self.refresh_frame()

    def _count_news(self) -> None:
        """What comes is counted from where the person stopped going along with it."""
        pager = self._pager
        if self.events.following:
            pager.unmark()
            self._caught_up = pager.window.newest
        elif pager.news is None and pager.began:
            pager.mark(self._caught_up or pager.window.newest)

    def _fill(self, newest: int | None = None) -> None:
        if newest is None:
            newest = self.snapshot.seq if self.snapshot is not None else 0
        self._pager.seen(*self.events.around, newest)

    def _retitle(self) -> None:
        pager, events = self._pager, self.events
        title = self._words or "log"
        if self.which.all and pager.window.newest:
            title += f"  {pager.window.newest - self.which.after:,}"
        if pager.searching is not None:
            title += f"  searching {pager.searching} %, any key stops"
        elif events.following and events.rows:
            title += "  following"
        elif pager.news:
            key = keymap.keys_of(self).get("lines.bottom").shown
            title += f"  {pager.news:,} new, {key} follows"
        events.retitle(title)

    # Keys.

    @on(LineView.Entered, "#events")
    def _enter(self) -> None:
        event = self.events.event
        if event is not None:
            self.orion.push_screen(EventScreen(event))

    def on_key(self) -> None:
        """A search that goes on ends with the next key."""
        if self._pager.searching is not None:
            self._pager.stop()
            self._retitle()
            self.say("The search was stopped.", "muted")

    def look_for(self, term: str) -> None:
        """See Searching: through the whole log, from the cursor on and around its end."""
        self.events.term = term
        self.events.refresh()
        if term:
            self._find(term, (self.events.seq or 1) - 1, 1)

    def step_match(self, direction: int) -> None:
        """See Searching."""
        self._find(self.events.term, self.events.seq or 0, direction)

    def _find(self, term: str, cursor: int, direction: int) -> None:
        events = self.events

        def found(event: Event | None) -> None:
            if not self.alive:
                return
            self._retitle()
            self.tell_found(term, found=event is not None)
            if event is None:
                return
            seq = event.seq
            if self._pager.window.holds(seq):
                events.go(events.row_of(seq))
            else:
                events.following = False
                self._pager.to(seq, lambda: events.go(events.row_of(seq)))

        self._pager.find(term, cursor, direction, event_words, found)

    def action_next(self) -> None:
        """Next event or match."""
        if self.search_open:
            self.step_match(1)
        else:
            self.events.move(1)

    def action_previous(self) -> None:
        """Previous event or match."""
        if self.search_open:
            self.step_match(-1)
        else:
            self.events.move(-1)

    def action_wrap(self) -> None:
        """Long lines whole, or cut."""
        self.events.wrapped = not self.events.wrapped
        self.events.compose_again()

    def action_percent(self) -> None:
        """Ask how far along."""
        if not self.query(SearchBar):
            self.mount(SearchBar(self._to_percent, "how far along, in percent", does="go there"), before="#footer")

    def _to_percent(self, entered: str | None) -> None:
        self.close_bar()
        if entered is None:
            return
        try:
            percent = float(entered.strip().removesuffix("%"))
        except ValueError:
            self.say(f"{entered!r} is no number between 0 and 100.", "warn")
            return
        events, seq = self.events, self._pager.window.at_share(percent)
        events.following = False
        self._pager.to(seq, lambda: events.go(events.row_of(seq)))
