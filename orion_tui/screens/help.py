"""All keys, from the catalogue; those of the screen one came from first."""

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult

from orion_tui import __version__, keymap
from orion_tui.screens.base import View
from orion_tui.themes import UNICODE
from orion_tui.widgets.cells import wrap
from orion_tui.widgets.columns import beside
from orion_tui.widgets.document import BLANK, DocLine, Document, of

#: Cells that a column of keys needs, and between two of them.
COLUMN, GAP = 88, 4
#: Cells for keys; where a person gave a command more, its words begin later.
WIDEST_KEYS = 12


class HelpScreen(View):
    """The key, what it does; in several columns where there is room."""

    VIEW = "help"

    def __init__(self, came_from: str = "") -> None:
        super().__init__()
        self._came_from = came_from

    def body(self) -> ComposeResult:
        """See View."""
        yield Document(title="keys", id="keys")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("help",)

    def keys(self) -> Sequence[str]:
        """See View."""
        return ("lines.down", "lines.up", "lines.page_down", "pane.out")

    def on_mount(self) -> None:
        """The text has the keys."""
        pane = self.query_one(Document)
        pane.write(lambda width, _h: self._lines(width))
        pane.focus()

    def _lines(self, width: int) -> list[DocLine]:
        first = [self._came_from] if self._came_from in keymap.VIEWS else []
        views = [*first, *(name for name in keymap.VIEWS if name not in first)]
        columns = max(1, width // COLUMN)
        # Side by side all words begin at one place; in one column a section with short keys gives its words the room.
        shown = self._widest(keymap.VIEWS) if columns > 1 else 0
        room = (width - GAP * (columns - 1)) // columns
        sections: list[Sequence[DocLine]] = []
        for view in views:
            if not keymap.keys_of(self).view(view):
                continue
            here = "  here" if view == self._came_from else ""
            heading = of((keymap.VIEWS[view], "strong"), (here, "muted"))
            sections.append((heading, *self._view_lines(view, room, shown or self._widest((view,))), BLANK))
        about = "Work goes on without this window: a supervisor runs it. q or a lost connection stops nothing."
        end = [of((f"Orion {__version__}", "muted")), *(of((piece, "muted")) for piece in wrap(about, room, UNICODE))]
        return beside([*sections, end], columns, room, GAP)

    def _widest(self, views: Iterable[str]) -> int:
        """Cells for the keys of these screens."""
        keys = keymap.keys_of(self)
        return min(WIDEST_KEYS, max(len(key.all_shown) for view in views for key in keys.view(view)))

    def _view_lines(self, view: str, width: int, shown: int) -> list[DocLine]:
        lines: list[DocLine] = []
        for key in keymap.keys_of(self).view(view):
            for index, piece in enumerate(wrap(key.help, max(20, width - shown - 4), UNICODE)):
                lines.append(of((f"  {key.all_shown if not index else '':<{shown}}  ", "key"), (piece, "text")))
        return lines
