"""What is read by the page rather than with every snapshot: logs and lists of any length."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from orion_tui.base.errors import OrionError
from orion_tui.core.models.events import Event
from orion_tui.core.store.event_pages import Search, Stretch, Which
from orion_tui.core.store.session_pages import SessionFilter, SessionPage

R = TypeVar("R")


class SessionPages(Protocol):
    """Pages of the list of sessions."""

    def session_page(self, which: SessionFilter, offset: int, limit: int) -> SessionPage:
        """`limit` sessions from the one with that number on."""
        ...


class EventPages(Protocol):
    """Pages of events, read in a thread of their own so that no snapshot waits for them."""

    def events_onward(self, which: Which, cursor: int, limit: int) -> Stretch:
        """The first `limit` events behind `cursor`."""
        ...

    def events_back(self, which: Which, cursor: int, limit: int) -> Stretch:
        """The last `limit` events before `cursor`."""
        ...

    def events_count(self, which: Which, after: int) -> tuple[int, int]:
        """How many came behind `after`, and up to where that was counted."""
        ...

    def events_first(self, which: Which) -> int:
        """A seq with none of these events before it."""
        ...

    def events_find(self, which: Which, term: str, cursor: int, direction: int, says: Callable[[Event], str]) -> Search:
        """The first event behind (1) or before (-1) `cursor` that says `term`, or how far none does."""
        ...


class Pages(EventPages, SessionPages, Protocol):
    """Everything that is read by the page."""


class Ask(Protocol):
    """How pages are asked for: `done` or `failed` is called later, in the caller's thread."""

    def __call__(
        self,
        job: Callable[[Pages], R],
        done: Callable[[R], object],
        failed: Callable[[OrionError], None] | None = None,
    ) -> None:
        """Ask for one."""
        ...
