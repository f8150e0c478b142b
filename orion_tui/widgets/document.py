"""A pane of composed lines: cards, details, help. Scrolls; has no cursor."""

from collections.abc import Callable, Hashable, Iterable, Sequence

import attrs
from rich.style import Style
from textual.strip import Strip

from orion_tui import keymap
from orion_tui.widgets.cells import Part, line
from orion_tui.widgets.line_view import LineView


@attrs.frozen
class DocLine:
    """One composed line: parts from the left and parts at the right edge."""

    left: tuple[Part, ...] = ()
    right: tuple[Part, ...] = ()
    #: Name of the ground's style in `Styles`; "" for the plain one.
    ground: str = ""

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(text for text, _ in (*self.left, *self.right))


BLANK = DocLine()


def of(*left: Part, right: Iterable[Part] = (), ground: str = "") -> DocLine:
    """A line from its parts."""
    return DocLine(left, tuple(right), ground)


#: Composes the lines for a width and a height in cells.
Composer = Callable[[int, int], Sequence[DocLine]]


class Document(LineView[DocLine], inherit_bindings=False):
    """Lines composed anew when content or size changes; only those that differ are painted."""

    SELECTABLE = False
    # There is nothing to go into, so Enter is left to the screen; nor to scroll sideways, for lines are wrapped.
    BINDINGS = keymap.without("lines", "lines.enter", "lines.left", "lines.right")

    def __init__(self, *, title: str = "", empty: Sequence[str] = (), id: str | None = None, classes: str = "") -> None:
        super().__init__(title=title, empty=empty, id=id, classes=classes)
        self._compose_lines: Composer | None = None
        self.margin = 1
        #: Rows from the first that whoever answers has to have seen; None for all of them.
        self.vital: int | None = None
        self._lowest, self._read_at = 0, (None, 0)

    def write(self, composer: Composer | None) -> None:
        """Show what `composer` makes of the pane's size; None for nothing."""
        self._compose_lines = composer
        self.recompose_lines()

    def begin(self, subject: Hashable) -> None:
        """What is shown from here on is read from its start, where it is something else than before."""
        if subject != self._read_at[0]:
            self._lowest, self._read_at = 0, (subject, self.size.width)

    def unseen(self) -> int | None:
        """Vital rows below the lowest that was in view; None where nothing stands there yet.

        A text is answered once this is 0: the one rule for all that is approved.
        """
        if not self.rows or not self.size.height:
            return None
        vital = len(self.rows) if self.vital is None else self.vital
        return max(0, vital - self._lowest)

    def _settle(self) -> None:
        super()._settle()
        if self.size.width != self._read_at[1]:
            # Wrapped anew: the rows that were seen are others.
            self._lowest, self._read_at = 0, (self._read_at[0], self.size.width)
        self._lowest = max(self._lowest, min(len(self.rows), self.top + self.size.height))

    def recompose_lines(self) -> None:
        """Compose again for the size as it is."""
        width, height = self.size.width - 2 * self.margin, self.size.height
        if self._compose_lines is None or width <= 0:
            self.show(())
        else:
            self.show(self._compose_lines(width, height))

    def on_resize(self) -> None:
        """Lines are composed for a width."""
        self.recompose_lines()

    def draw(self, row: DocLine, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        if row.ground:
            base = base + self.look.styles.of(row.ground)
        pad = " " * self.margin
        return line(self.look, width, [(pad, "text"), *row.left], [*row.right, (pad, "text")], base=base)

    def key_of(self, row: DocLine) -> Hashable:
        """See LineView."""
        return row

    def plain(self, row: DocLine) -> str:
        """See LineView."""
        return row.text
