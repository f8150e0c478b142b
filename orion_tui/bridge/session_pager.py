"""The list of sessions as a sequence of any length: pages are held around what is looked at, the rest is on its way."""

from collections.abc import Callable, Sequence
from typing import overload

from orion_tui.base.errors import OrionError
from orion_tui.bridge.coming import Coming
from orion_tui.bridge.pages_port import Ask
from orion_tui.core.models.sessions import Session
from orion_tui.core.store.session_pages import SessionFilter, SessionPage

#: Sessions read at a time, and pages that are held.
PAGE = 100
PAGES = 8


class SessionRows(Sequence[Session | Coming]):
    """The list as it was read last; where a page is not held, `Coming` stands."""

    def __init__(self, total: int, pages: dict[int, tuple[Session, ...]]) -> None:
        self._total = total
        self._pages = pages

    def __len__(self) -> int:
        return self._total

    @overload
    def __getitem__(self, index: int) -> Session | Coming: ...
    @overload
    def __getitem__(self, index: slice) -> list[Session | Coming]: ...
    def __getitem__(self, index: int | slice) -> Session | Coming | list[Session | Coming]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._total))]
        if not 0 <= index < self._total:
            raise IndexError(index)
        page = self._pages.get(index // PAGE, ())
        place = index % PAGE
        return page[place] if place < len(page) else Coming(index)


class SessionPager:
    """Reads the pages around what is seen, again whenever something was committed; one question at a time."""

    def __init__(
        self, which: SessionFilter, ask: Ask, changed: Callable[[], None], failed: Callable[[OrionError], None]
    ) -> None:
        self.which = which
        self.rows = SessionRows(0, {})
        #: Whether anything was read yet.
        self.began = False
        self._pages: dict[int, tuple[Session, ...]] = {}
        self._total = 0
        #: Pages that were read since the last commit.
        self._fresh: set[int] = set()
        self._asked = False
        #: How often something was committed: what was read before the last time is read again.
        self._commits = 0
        #: Answers to what was asked with another filter are not wanted.
        self._turn = 0
        self._ask = ask
        self._changed = changed
        self._failed = failed
        self._seen = (0, 0)

    def filter(self, which: SessionFilter) -> None:
        """Another list; what is held stays in view until the first page of it came."""
        self.which = which
        self._turn += 1
        self._asked = False
        self._fresh.clear()
        self._pages = {}
        self.began = False
        self.seen(0, PAGE)

    def stale(self) -> None:
        """Something was committed: what is seen is read again."""
        self._commits += 1
        self._fresh.clear()
        self.seen(*self._seen)

    def seen(self, first: int, last: int) -> None:
        """These rows are in view."""
        self._seen = (first, last)
        if self._asked:
            return
        wanted = [page for page in range(max(0, first) // PAGE, last // PAGE + 1) if page not in self._fresh]
        if wanted and (not self.began or wanted[0] * PAGE < max(1, self._total)):
            self._read(wanted[0])

    def _read(self, page: int) -> None:
        self._asked = True
        turn, which, commits = self._turn, self.which, self._commits

        def done(found: SessionPage) -> None:
            if turn != self._turn:
                return
            self._asked = False
            self.began = True
            if commits == self._commits:
                self._fresh.add(page)
            self._take(page, found)
            self._changed()
            self.seen(*self._seen)

        def failed(error: OrionError) -> None:
            self._asked = False
            self._failed(error)

        self._ask(lambda reads: reads.session_page(which, page * PAGE, PAGE), done, failed)

    def _take(self, page: int, found: SessionPage) -> None:
        self._total = found.total
        # Last in means last to go.
        self._pages.pop(page, None)
        self._pages[page] = found.sessions
        for old in list(self._pages)[:-PAGES]:
            del self._pages[old]
        self.rows = SessionRows(self._total, dict(self._pages))
