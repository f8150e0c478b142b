"""One line of facts above or below a body: state, budgets, sandbox."""

from collections.abc import Callable, Sequence

from textual.strip import Strip
from textual.widget import Widget

from orion_tui.themes import Glyphs, look_of
from orion_tui.widgets.cells import Part, line, width_of

#: A fact that would be cut to fewer cells than these, two blanks before it among them, is left out.
STUB = 12

#: Parts for the left and the right of a line of that many cells.
Facts = tuple[tuple[Part, ...], tuple[Part, ...]]


class FactLine(Widget):
    """Composed for its width; painted again only when what it says changes."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="facts")
        self._composer: Callable[[int], Facts] | None = None
        self._shown: Facts | None = None

    def write(self, composer: Callable[[int], Facts]) -> None:
        """Say this from now on."""
        self._composer = composer
        facts = composer(self.size.width)
        if facts != self._shown:
            self._shown = facts
            self.refresh()

    def on_resize(self) -> None:
        """Another width, other words."""
        if self._composer is not None:
            self._shown = self._composer(self.size.width)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        left, right = self._shown if y == 0 and self._shown is not None else ((), ())
        look, width = look_of(self), self.size.width
        room = width - 2 - sum(width_of(text, look.glyphs) for text, _ in right)
        return line(look, width, [(" ", "text"), *_without_stub(left, room, look.glyphs)], [*right, (" ", "text")])


def _without_stub(parts: Sequence[Part], room: int, glyphs: Glyphs) -> Sequence[Part]:
    """The parts, up to one that begins another fact (two blanks) and has room for a few letters only."""
    used = 0
    for index, (text, _) in enumerate(parts):
        cells = width_of(text, glyphs)
        if index and text.startswith("  ") and room - used < min(cells, STUB):
            return parts[:index]
        used += cells
    return parts
