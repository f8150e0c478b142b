"""One line of facts above or below a body: state, budgets, sandbox."""

from collections.abc import Callable

from textual.strip import Strip
from textual.widget import Widget

from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line

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
        return line(look_of(self), self.size.width, [(" ", "text"), *left], [*right, (" ", "text")])
