"""Search in a pane: `/` opens a line at the bottom, Enter goes to the first match, `n` and `N` go on, Esc ends it."""

from collections.abc import Callable
from typing import Any

from textual import on
from textual.containers import Horizontal
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.screens.base import View
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.text_entry import TextEntry


class SearchBar(Horizontal, inherit_bindings=False):
    """The line; there only while a term is being entered."""

    BINDINGS = keymap.bindings("search")

    def __init__(
        self,
        taken: Callable[[str | None], None],
        words: str = "search",
        typed: Callable[[str], None] | None = None,
        *,
        does: str = "search",
    ) -> None:
        """`words` say what to enter, `does` what Enter does with it; `typed` is told of every change."""
        self._entry = TextEntry(words)
        super().__init__(self._entry, id="search-bar")
        self._taken = taken
        self._typed = typed
        self._keys = (f"search.submit|{does}", "search.leave")

    def on_mount(self) -> None:
        """It has the keys, and the bottom line says so."""
        self._entry.focus()
        self._tell_keys(self._keys)

    def close(self) -> None:
        """Go; the screen has its keys again."""
        self._tell_keys(())
        self.remove()

    def _tell_keys(self, keys: tuple[str, ...]) -> None:
        if isinstance(self.screen, View):
            self.screen.entering = keys
            self.screen.refresh_frame()

    def action_submit(self) -> None:
        """Take what was entered."""
        self._taken(self._entry.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typed is not None:
            self._typed(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_leave(self) -> None:
        """Nothing was entered."""
        self._taken(None)


class Searching(View):
    """A screen with panes in which text can be found."""

    def searched(self) -> LineView[Any]:
        """The pane that a search looks through."""
        raise NotImplementedError

    @property
    def search_open(self) -> bool:
        """Whether `n` goes from match to match."""
        return bool(self.searched().term)

    def action_search(self) -> None:
        """Open the line."""
        if not self.query(SearchBar):
            self.mount(SearchBar(self.end_search), before="#footer")

    def end_search(self, term: str | None) -> None:
        """Close the line; search if a term was entered."""
        self.close_bar()
        if term is not None:
            self.look_for(term)

    def close_bar(self) -> None:
        """The pane has the keys again."""
        for bar in self.query(SearchBar):
            bar.close()
        self.searched().focus()

    def look_for(self, term: str) -> None:
        """Search; "" for nothing any more."""
        found = self.searched().search(term)
        if term:
            self.tell_found(term, found=found)

    def tell_found(self, term: str, *, found: bool) -> None:
        """What came of a search."""
        onward, back = self.key(f"{self.VIEW}.next"), self.key(f"{self.VIEW}.previous")
        ends = f"{onward} next, {back} previous match of {term!r}; {self.key('pane.out')} ends the search"
        self.say(ends if found else f"No match for {term!r}.", "muted" if found else "warn")

    def step_match(self, direction: int) -> None:
        """To the next or previous match."""
        self.step_in(self.searched(), direction)

    def step_in(self, pane: LineView[Any], direction: int) -> None:
        """To the next or previous match in a pane; said where there is none, or no other."""
        before = (pane.at, pane.top)
        if not pane.step_match(direction):
            self.say("No match.", "warn")
        elif (pane.at, pane.top) == before:
            self.say(f"The only match of {pane.term!r} here.", "muted")

    def action_out(self) -> None:
        """First the search ends, then the screen."""
        if self.search_open:
            self.look_for("")
        else:
            super().action_out()
