"""Rows of one line each, of which only what is seen is drawn: the ground of every list, log and text."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
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


class LinePane(Widget, Generic[T], can_focus=True, inherit_bindings=False):
    """Rows of one line each over any sequence, paged or not. Unchanged lines are not painted again.

    A selectable pane has a cursor that stays on its item when rows come and go; the others only scroll.
    """

    ALLOW_SELECT = False
    #: Whether a cursor walks over the rows.
    SELECTABLE: ClassVar[bool] = True
    #: Whether the cursor stands out although the keys are elsewhere (in the entry above it).
    ALWAYS_ACTIVE: ClassVar[bool] = False

    class Moved(Message):
        """The cursor stands on another item, by key, mouse or because its item went away."""

        def __init__(self, view: "LinePane[Any]", by_user: bool) -> None:
            super().__init__()
            self.view = view
            self.by_user = by_user

        @property
        def control(self) -> "LinePane[Any]":
            """The view it happened in."""
            return self.view

    class Entered(Message):
        """The person goes into the selected item."""

        def __init__(self, view: "LinePane[Any]") -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> "LinePane[Any]":
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

    def lit(self, strip: Strip) -> Strip:
        """A line as it is shown, where something of it stands out."""
        return strip

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

    def show(self, rows: Sequence[T], *, shift: int | None = None) -> None:
        """Take new rows. The cursor stays on its item where that is still there; only changed lines are painted.

        `shift` says by how many rows everything moved down, where the caller knows; else the item is looked for.
        """
        before, selected = self.rows, self.selected
        old_top, old_count = self.top, len(before)
        visible_before, cursor_before = self._visible(), self._cursor_lines(self.at)
        old_at = self.at
        self.rows = rows
        moved = False
        if shift is not None:
            self.at, self.top = self.at + shift, self.top + shift
        elif selected is not None:
            key = self.key_of(selected)
            if not (self.at < len(rows) and self.key_of(rows[self.at]) == key):
                found = next((i for i, row in enumerate(rows) if self.key_of(row) == key), None)
                moved = found is None
                self.at = found if found is not None else self.at
        self.at = max(0, min(self.at, len(rows) - 1))
        moved = moved or (selected is None and bool(rows))
        # A list seen from its top stays at its top: what is new and first must not hide above.
        if shift is None and self.SELECTABLE and (old_at != self.at) and old_top > 0:
            self.top += self.at - old_at
        self._settle()
        if not before or not rows or (shift is None and self.top != old_top):
            self.refresh()
        else:
            self._refresh_changed(visible_before, cursor_before)
        if old_count != len(rows) or shift:
            self._show_place()
        if moved:
            self.post_message(self.Moved(self, by_user=False))

    def _visible(self) -> list[T]:
        return [self.rows[i] for i in range(max(0, self.top), min(len(self.rows), self.top + self.size.height))]

    def _refresh_changed(self, visible_before: Sequence[T], cursor_before: set[int]) -> None:
        visible = self._visible()
        dirty = cursor_before ^ self._cursor_lines(self.at)
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

    def place(self) -> str | None:
        """Where in its rows it stands, for the frame; None where all of them are in view."""
        count = len(self.rows)
        if count <= self.size.height or not self.size.height:
            return None
        return f"{self.at + 1 if self.SELECTABLE else min(count, self.top + self.size.height):,} of {count:,}"

    def _show_place(self) -> None:
        place = self.place()
        if (place is None) != (self.border_subtitle is None) or (place and self._place != place):
            # Set through Textual's own name, for its setter paints the whole pane again: with every step of the cursor.
            self._border_subtitle = Content(place) if place else None
            self.refresh(Region(0, self.outer_size.height - 1 - self.content_offset.y, self.size.width, 1))
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
            return self.lit(self.draw(self.rows[index], index, width, base))
        bar = line(look, 1, [(look.glyphs.bar if active else " ", "accent")], base=base)
        return Strip.join([bar, self.lit(self.draw(self.rows[index], index, width - 1, base))])

    def _filler(self, y: int, width: int) -> Strip:
        text = ""
        if not self.rows and 0 <= y - 1 < len(self.empty) and self.size.height > 2:
            text = self.empty[y - 1]
        elif not self.rows and self.size.height <= 2 and y < len(self.empty):
            text = self.empty[y]
        return line(self.look, width, [("  ", "muted"), *taught(text, keymap.keys_of(self))] if text else [])

    def on_focus(self) -> None:
        """The cursor's colour says which pane has the keys."""
        self._refresh_lines(self._cursor_lines(self.at))

    def on_blur(self) -> None:
        """See `on_focus`."""
        self._refresh_lines(self._cursor_lines(self.at))
