"""A pane of lines that draws only what is seen: the base of every list, log and text of the application."""

from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from orion_tui import keymap
from orion_tui.themes import Look, look_of
from orion_tui.widgets.cells import line, literal
from orion_tui.widgets.teaching import taught

T = TypeVar("T")

#: A search looks at no more rows than this.
SEARCH_ROWS = 200_000


class LineView(Widget, Generic[T], can_focus=True, inherit_bindings=False):
    """Rows of one line each over any sequence, paged or not. Unchanged lines are not painted again.

    A selectable view has a cursor that stays on its item when rows come and go; the others only scroll.
    """

    BINDINGS = keymap.bindings("lines")
    ALLOW_SELECT = False
    #: Whether a cursor walks over the rows.
    SELECTABLE: ClassVar[bool] = True
    #: Whether the cursor stands out although the keys are elsewhere (in the entry above it).
    ALWAYS_ACTIVE: ClassVar[bool] = False

    class Moved(Message):
        """The cursor stands on another item, by key, mouse or because its item went away."""

        def __init__(self, view: "LineView[T]", by_user: bool) -> None:
            super().__init__()
            self.view = view
            self.by_user = by_user

        @property
        def control(self) -> "LineView[T]":
            """The view it happened in."""
            return self.view

    class Entered(Message):
        """The person goes into the selected item."""

        def __init__(self, view: "LineView[T]") -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> "LineView[T]":
            """The view it happened in."""
            return self.view

    def __init__(self, *, title: str = "", empty: Sequence[str] = (), id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id, classes=f"pane {classes}")
        self.rows: Sequence[T] = ()
        #: What an empty pane says: what belongs here and the key that makes it, by its id in braces.
        self.empty = tuple(empty)
        #: Index of the selected row; meaningless while there is none.
        self.at = 0
        #: First row and first column in view.
        self.top = 0
        self.shift = 0
        self.term = ""
        self._title = title
        self._shown_title = ""

    # What a subclass says.

    def draw(self, row: T, index: int, width: int, base: Style) -> Strip:
        """One row as exactly `width` cells on the ground `base`."""
        raise NotImplementedError

    def key_of(self, row: T) -> Hashable:
        """What makes a row the same item after a change."""
        return id(row)

    def plain(self, row: T) -> str:
        """What a search looks at."""
        del row
        return ""

    def extent(self, index: int) -> range:
        """The rows that belong to the item at `index`: highlighted and kept in view together."""
        return range(index, index + 1)

    # State.

    @property
    def look(self) -> Look:
        """How the app draws."""
        return look_of(self)

    @property
    def selected(self) -> T | None:
        """The row under the cursor."""
        return self.rows[self.at] if 0 <= self.at < len(self.rows) else None

    def on_mount(self) -> None:
        """Title as literal text."""
        self.retitle(self._title)

    def retitle(self, title: str) -> None:
        """Put `title` into the frame, literally."""
        self._title = title
        shown = literal(title, self.look.glyphs) if self.is_attached else None
        if shown is not None and shown != self._shown_title:
            self._shown_title = shown
            self.border_title = Content(shown) if shown else None

    def show(self, rows: Sequence[T]) -> None:
        """Take new rows. The cursor stays on its item where that is still there; only changed lines are painted."""
        before, selected = self.rows, self.selected
        old_top, old_at, old_count = self.top, self.at, len(before)
        visible_before = [before[i] for i in range(old_top, min(old_count, old_top + self.size.height))]
        self.rows = rows
        moved = False
        if selected is not None:
            key = self.key_of(selected)
            if not (self.at < len(rows) and self.key_of(rows[self.at]) == key):
                found = next((i for i, row in enumerate(rows) if self.key_of(row) == key), None)
                moved = found is None
                self.at = found if found is not None else self.at
        self.at = max(0, min(self.at, len(rows) - 1))
        moved = moved or (selected is None and bool(rows))
        # A list seen from its top stays at its top: what is new and first must not hide above.
        if self.SELECTABLE and (old_at != self.at) and old_top > 0:
            self.top += self.at - old_at
        self._settle()
        if self.top != old_top or not before or not rows:
            self.refresh()
        else:
            self._refresh_changed(visible_before, old_at)
        if old_count != len(rows):
            self._show_place()
        if moved:
            self.post_message(self.Moved(self, by_user=False))

    def _refresh_changed(self, visible_before: Sequence[T], old_at: int) -> None:
        height = self.size.height
        visible = [self.rows[i] for i in range(self.top, min(len(self.rows), self.top + height))]
        dirty = self._cursor_lines(old_at) | self._cursor_lines(self.at) if old_at != self.at else set[int]()
        for y in range(max(len(visible), len(visible_before))):
            old = visible_before[y] if y < len(visible_before) else None
            new = visible[y] if y < len(visible) else None
            if old is not new and old != new:
                dirty.add(y)
        self._refresh_lines(dirty)

    def _cursor_lines(self, index: int) -> set[int]:
        return {row - self.top for row in self.extent(index)} if index < len(self.rows) else set()

    def _refresh_lines(self, ys: set[int]) -> None:
        regions = [Region(0, y, self.size.width, 1) for y in ys if 0 <= y < self.size.height]
        if regions:
            self.refresh(*regions)

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        top = self.top
        self._settle()
        if self.top != top:
            self.refresh()
        self._show_place()

    def _settle(self) -> None:
        height = max(1, self.size.height)
        last_top = max(0, len(self.rows) - height)
        if self.SELECTABLE and self.rows:
            item = self.extent(self.at)
            if item.start < self.top:
                self.top = item.start
            elif item.stop > self.top + height:
                self.top = item.stop - height
        self.top = max(0, min(self.top, last_top))

    def go(self, index: int, *, by_user: bool = True) -> None:
        """Put the cursor on a row (or, without a cursor, bring it to the top of the view)."""
        if not self.rows:
            return
        old_top, old_at = self.top, self.at
        index = max(0, min(index, len(self.rows) - 1))
        if self.SELECTABLE:
            self.at = index
        else:
            self.top = index
        self._settle()
        if self.top != old_top:
            self.refresh()
        else:
            self._refresh_lines(self._cursor_lines(old_at) | self._cursor_lines(self.at))
        if (self.top, self.at) != (old_top, old_at):
            self._show_place()
        if self.at != old_at:
            self.post_message(self.Moved(self, by_user))

    def _show_place(self) -> None:
        count = len(self.rows)
        if count <= self.size.height or not self.size.height:
            place = None
        elif self.SELECTABLE:
            place = f"{self.at + 1} of {count}"
        else:
            seen = min(count, self.top + self.size.height)
            place = f"{seen} of {count}"
        if (place is None) != (self.border_subtitle is None) or (place and self._place != place):
            self.border_subtitle = Content(place) if place else None
        self._place = place

    _place: str | None = None

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """Textual's line protocol."""
        width, look = self.size.width, self.look
        index = self.top + y
        if index >= len(self.rows):
            return self._filler(y, width)
        chosen = self.SELECTABLE and index in self.extent(self.at)
        active = chosen and (self.has_focus or self.ALWAYS_ACTIVE)
        base = look.styles.base
        if chosen:
            base = base + (look.styles.selection if active else look.styles.selection_away)
        if not self.SELECTABLE:
            return self._marked(self.draw(self.rows[index], index, width, base))
        bar = line(look, 1, [(look.glyphs.bar if active else " ", "accent")], base=base)
        return Strip.join([bar, self._marked(self.draw(self.rows[index], index, width - 1, base))])

    def _filler(self, y: int, width: int) -> Strip:
        text = ""
        if not self.rows and 0 <= y - 1 < len(self.empty) and self.size.height > 2:
            text = self.empty[y - 1]
        elif not self.rows and self.size.height <= 2 and y < len(self.empty):
            text = self.empty[y]
        return line(self.look, width, [("  ", "muted"), *taught(text, keymap.keys_of(self))] if text else [])

    def _marked(self, strip: Strip) -> Strip:
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

    def on_focus(self) -> None:
        """The cursor's colour says which pane has the keys."""
        self._refresh_lines(self._cursor_lines(self.at))

    def on_blur(self) -> None:
        """See `on_focus`."""
        self._refresh_lines(self._cursor_lines(self.at))

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
