"""A few wrapped lines below something: why it is wrong, what to know about it. Takes no room while it says nothing."""

from collections.abc import Sequence

from textual.strip import Strip
from textual.widget import Widget

from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line, wrap


class Remark(Widget):
    """Texts with their styles, each wrapped; all of it literal."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, indent: int = 0, most: int = 4) -> None:
        super().__init__(id=id, classes="remark")
        self._texts: tuple[Part, ...] = ()
        self._lines: list[Part] = []
        self._indent = indent
        self._most = most
        self.display = False

    @property
    def said(self) -> str:
        """All that it says."""
        return "\n".join(text for text, _ in self._texts)

    def say(self, texts: Sequence[Part] = ()) -> None:
        """Say this instead."""
        told = tuple(part for part in texts if part[0])
        if told != self._texts:
            self._texts = told
            self._compose_lines()

    def on_resize(self) -> None:
        """Another width, other breaks."""
        self._compose_lines()

    def _compose_lines(self) -> None:
        glyphs = look_of(self).glyphs
        # Before it is shown for the first time it has no size of its own.
        width = (self.size.width or self.screen.size.width - 4) - self._indent - 1
        lines = [(piece, style) for text, style in self._texts for piece in wrap(text, max(8, width), glyphs)]
        if len(lines) > self._most:
            lines = [*lines[: self._most - 1], (f"{glyphs.cut} {len(lines) - self._most + 1} lines more", "faint")]
        if lines != self._lines or self.display != bool(lines):
            self._lines = lines
            self.display = bool(lines)
            self.styles.height = len(lines)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of the lines."""
        part = self._lines[y] if y < len(self._lines) else ("", "text")
        return line(look_of(self), self.size.width, [(" " * self._indent, "text"), part])
