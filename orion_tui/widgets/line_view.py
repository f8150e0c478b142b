"""Going about in rows: keys, mouse, and the search for text."""

from collections.abc import Sequence
from typing import TypeVar

from textual import events
from textual.strip import Strip

from orion_tui import keymap
from orion_tui.widgets.line_pane import LinePane

T = TypeVar("T")

#: A search looks at no more rows than this.
SEARCH_ROWS = 200_000


class LineView(LinePane[T], inherit_bindings=False):
    """A pane of lines that obeys keys and mouse, and in which text can be found."""

    BINDINGS = keymap.bindings("lines")

    def __init__(self, *, title: str = "", empty: Sequence[str] = (), id: str | None = None, classes: str = "") -> None:
        super().__init__(title=title, empty=empty, id=id, classes=classes)
        #: What is searched for; marked wherever it is seen.
        self.term = ""

    def lit(self, strip: Strip) -> Strip:
        """See LinePane."""
        if not self.term:
            return strip
        text, term = strip.text.lower(), self.term.lower()
        if len(text) != strip.cell_length or term not in text:
            return strip
        cuts: list[Strip] = []
        position = 0
        while (found := text.find(term, position)) >= 0:
            cuts.append(strip.crop(position, found))
            cuts.append(strip.crop(found, found + len(term)).apply_style(self.look.styles.match))
            position = found + len(term)
        cuts.append(strip.crop(position, None))
        return Strip.join(cuts)

    # Search.

    def search(self, term: str) -> bool:
        """Mark all matches of `term` and go to the first at or after the cursor; False when there is none."""
        self.term = term
        self.refresh()
        return not term or self.step_match(1, include_here=True)

    def step_match(self, direction: int, *, include_here: bool = False) -> bool:
        """To the next (1) or previous (-1) match, around the end; False when nothing matches."""
        count = min(len(self.rows), SEARCH_ROWS)
        if not self.term or not count:
            return False
        term = self.term.lower()
        start = self.at if self.SELECTABLE else self.top
        for offset in range(0 if include_here else 1, count + 1):
            index = (start + direction * offset) % count
            if term in self.plain(self.rows[index]).lower():
                self.go(index)
                return True
        return False

    # Keys and mouse.

    def move(self, delta: int) -> None:
        """Cursor or, without one, view by `delta` rows."""
        self.go((self.at if self.SELECTABLE else self.top) + delta)

    def action_down(self) -> None:
        """Down one line."""
        self.move(1)

    def action_up(self) -> None:
        """Up one line."""
        self.move(-1)

    def action_page_down(self) -> None:
        """Down one page."""
        self.move(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """Up one page."""
        self.move(-max(1, self.size.height - 1))

    def action_top(self) -> None:
        """First line."""
        self.go(0)

    def action_bottom(self) -> None:
        """Last line."""
        self.go(len(self.rows) - 1)

    def action_left(self) -> None:
        """Scroll left."""
        self.slide(-8)

    def action_right(self) -> None:
        """Scroll right."""
        self.slide(8)

    def widest(self) -> int:
        """Columns that the view can scroll over; 0 where lines are cut to fit."""
        return 0

    def slide(self, delta: int) -> None:
        """Scroll sideways, as far as there is text."""
        shift = max(0, min(self.shift + delta, self.widest() - self.size.width))
        if shift != self.shift:
            self.shift = shift
            self.refresh()

    def action_enter(self) -> None:
        """Into the selected item."""
        if self.rows:
            self.post_message(self.Entered(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.move(-3)

    def on_click(self, event: events.Click) -> None:
        """One click selects, two go in."""
        offset = event.get_content_offset(self)
        if offset is None or not self.SELECTABLE:
            return
        event.stop()
        index = self.top + offset.y
        if index < len(self.rows):
            self.go(index)
            if event.chain == 2:
                self.action_enter()
