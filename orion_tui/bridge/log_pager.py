"""Keeps a window of a log filled around the place that is looked at: asks for one page at a time, waits for none."""

from collections.abc import Callable

from orion_tui.base.errors import OrionError
from orion_tui.bridge.event_window import PAGE, Around, EventWindow, read_around, read_end
from orion_tui.bridge.pages_port import Ask, EventPages
from orion_tui.core.models.events import Event
from orion_tui.core.store.event_pages import Search, Stretch, Which

#: A page is asked for when what is seen comes this near to the end of what is held.
NEAR = 100


class LogPager:
    """One log's window and what is asked for it. `changed` is called after the window did."""

    def __init__(self, which: Which, ask: Ask, changed: Callable[[], None], failed: Callable[[OrionError], None]):
        self.which = which
        self.window = EventWindow()
        self._ask = ask
        self._changed = changed
        self._failed = failed
        #: Answers to what was asked before the last jump are not wanted any more.
        self._jumps = 0
        self._asked = False
        #: How many events came behind the mark, counted up to `_counted`; None where there is no mark.
        self.news: int | None = None
        self._counted = 0
        #: Whether anything was read yet.
        self.began = False
        #: How far a search got, in percent; None while there is none.
        self.searching: int | None = None

    # Where to.

    def to_end(self, then: Callable[[], None] | None = None) -> None:
        """Hold the newest events."""
        which = self.which
        self._jump(lambda reads: read_end(reads, which), then)

    def to(self, seq: int, then: Callable[[], None] | None = None) -> None:
        """Hold what lies around an event."""
        which = self.which
        self._jump(lambda reads: read_around(reads, which, seq), then)

    def to_start(self, then: Callable[[], None] | None = None) -> None:
        """Hold the oldest events."""
        self.to(self.which.after + 1, then)

    def _jump(self, job: Callable[[EventPages], Around], then: Callable[[], None] | None) -> None:
        self._jumps += 1
        jump = self._jumps
        self._asked = True

        def done(around: Around) -> None:
            if jump == self._jumps:
                self._asked = False
                self.window.move(around)
                self.began = True
                self._changed()
                if then is not None:
                    then()

        self._ask(job, done, self._broke)

    def _broke(self, error: OrionError) -> None:
        self._asked = False
        self._failed(error)

    # What is near.

    def seen(self, before: int, behind: int, newest: int) -> None:
        """What is looked at has this many events before and behind it that are held; `newest` is the store's last."""
        window = self.window
        if self._asked or not self.began:
            return
        if (window.ends and newest > window.high and behind < NEAR + PAGE) or (not window.ends and behind < NEAR):
            self._onward()
        elif not window.begins and before < NEAR:
            self._back()
        elif self.news is not None and newest > self._counted:
            self._count(newest)

    def mark(self, seq: int) -> None:
        """Count from now on what comes behind this event."""
        self.news, self._counted = 0, seq

    def unmark(self) -> None:
        """Count no more."""
        self.news = None

    def _onward(self) -> None:
        self._asked = True
        jump, which, cursor = self._jumps, self.which, self.window.high

        def done(stretch: Stretch) -> None:
            if jump == self._jumps:
                self._asked = False
                self.window.extend_onward(stretch)
                self._changed()

        self._ask(lambda reads: reads.events_onward(which, cursor, PAGE), done, self._broke)

    def _back(self) -> None:
        self._asked = True
        jump, which, cursor = self._jumps, self.which, self.window.low

        def done(stretch: Stretch) -> None:
            if jump == self._jumps:
                self._asked = False
                self.window.extend_back(stretch)
                self._changed()

        self._ask(lambda reads: reads.events_back(which, cursor, PAGE), done, self._broke)

    def _count(self, newest: int) -> None:
        if self.which.all:
            # There are no gaps: nothing has to be read.
            self.news = (self.news or 0) + newest - self._counted
            self._counted = newest
            self.window.newest = max(self.window.newest, newest)
            self._changed()
            return
        self._asked = True
        which, after = self.which, self._counted

        def done(counted: tuple[int, int]) -> None:
            self._asked = False
            if self.news is not None and self._counted == after:
                self.news, self._counted = self.news + counted[0], counted[1]
                self.window.newest = max(self.window.newest, self._counted)
                self._changed()

        self._ask(lambda reads: reads.events_count(which, after), done, self._broke)

    # What is looked for.

    def find(
        self,
        term: str,
        cursor: int,
        direction: int,
        says: Callable[[Event], str],
        found: Callable[[Event | None], None],
    ) -> None:
        """Look for `term` from `cursor` on, around the end, a piece at a time; `stop` ends it between two pieces."""
        self._search += 1
        self.searching = 0
        self._look(self._search, term, cursor, cursor, direction, says, found, around=False)

    _search = 0

    def stop(self) -> None:
        """No search any more."""
        self._search += 1
        self.searching = None

    def _look(
        self,
        search: int,
        term: str,
        start: int,
        cursor: int,
        direction: int,
        says: Callable[[Event], str],
        found: Callable[[Event | None], None],
        *,
        around: bool,
    ) -> None:
        which = self.which

        def done(result: Search) -> None:
            if search != self._search:
                return
            passed = (result.reached - start) * direction
            if result.found is not None and not (around and passed > 0):
                self.searching = None
                found(result.found)
            elif (around and (passed >= 0 or result.ended)) or (result.found is not None and around):
                self.searching = None
                found(None)
            else:
                turn = result.ended
                at = result.reached if not turn else (self.which.after if direction > 0 else 1 << 62)
                self.searching = self._searched(start, result.reached, direction, around=around)
                self._changed()
                self._look(search, term, start, at, direction, says, found, around=around or turn)

        self._ask(lambda reads: reads.events_find(which, term, cursor, direction, says), done, self._failed)

    def _searched(self, start: int, reached: int, direction: int, *, around: bool) -> int:
        length = max(1, self.window.newest - self.which.after)
        way = (reached - start) * direction + (length if around else 0)
        return max(0, min(99, way * 100 // length))
