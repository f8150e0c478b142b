"""A few ways to choose from, each with the plain words that belong to it."""

from collections.abc import Hashable, Sequence

import attrs
from rich.style import Style
from textual.strip import Strip

from orion_tui.widgets.cells import line, wrap
from orion_tui.widgets.line_view import LineView

#: Cells of a name with two blanks after it.
NAME = 13


@attrs.frozen
class Choice:
    """A name and what it means."""

    name: str
    words: str


class ChoiceList(LineView[Choice]):
    """Enter takes the selected one. The words of each stand below it, wrapped."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(title="", id=id)
        self._choices: tuple[Choice, ...] = ()

    def offer(self, choices: Sequence[Choice]) -> None:
        """Show the choices and take the height that they need."""
        self._choices = tuple(choices)
        self._break()

    def on_resize(self) -> None:
        """Another width, other breaks."""
        self._break()
        super().on_resize()

    def _break(self) -> None:
        # Before it is shown for the first time it has no size of its own.
        width = max(30, (self.size.width or self.screen.size.width - 8) - 1 - NAME)
        rows: list[Choice] = []
        for choice in self._choices:
            pieces = wrap(choice.words, width, self.look.glyphs)
            rows += [Choice(choice.name, f"{index}|{piece}") for index, piece in enumerate(pieces)]
        self.styles.height = len(rows)
        self.show(tuple(rows))

    def extent(self, index: int) -> range:
        """See LineView: a choice is all its lines."""
        name = self.rows[index].name
        indices = [i for i, row in enumerate(self.rows) if row.name == name]
        return range(indices[0], indices[-1] + 1)

    def go(self, index: int, *, by_user: bool = True) -> None:
        """The cursor stands on first lines."""
        if self.rows:
            super().go(self.extent(max(0, min(index, len(self.rows) - 1))).start, by_user=by_user)

    def move(self, delta: int) -> None:
        """From choice to choice."""
        if not self.rows:
            return
        here = self.extent(self.at)
        self.go(here.stop if delta > 0 else here.start - 1)

    def key_of(self, row: Choice) -> Hashable:
        """See LineView."""
        return row

    def plain(self, row: Choice) -> str:
        """See LineView."""
        return row.words

    def draw(self, row: Choice, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        number, _, piece = row.words.partition("|")
        name = f"{row.name if number == '0' else '':<{NAME}}"
        return line(self.look, width, [(name, "strong"), (piece, "muted")], base=base)
