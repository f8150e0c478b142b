"""All keys, from the catalogue; those of the screen one came from first."""

from collections.abc import Sequence

from textual.app import ComposeResult

from orion_tui import __version__, keymap
from orion_tui.screens.base import View
from orion_tui.widgets.document import BLANK, DocLine, Document, of


class HelpScreen(View):
    """Two columns of words: the key, what it does."""

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
        lines: list[DocLine] = []
        for view in [*first, *(name for name in keymap.VIEWS if name not in first)]:
            if not keymap.keys_of(self).view(view):
                continue
            here = "  here" if view == self._came_from else ""
            lines += [of((keymap.VIEWS[view], "accent"), (here, "muted")), *self._view_lines(view, width), BLANK]
        lines += [
            of(("Orion ", "muted"), (__version__, "muted")),
            of(
                (
                    "Work goes on without this window: a supervisor runs it. q or a lost connection stops nothing.",
                    "muted",
                )
            ),
        ]
        return lines

    def _view_lines(self, view: str, width: int) -> list[DocLine]:
        from orion_tui.themes import UNICODE
        from orion_tui.widgets.cells import wrap

        lines: list[DocLine] = []
        for key in keymap.keys_of(self).view(view):
            for index, piece in enumerate(wrap(key.help, max(20, width - 16), UNICODE)):
                lines.append(of((f"  {key.all_shown if not index else '':<13} ", "key"), (piece, "text")))
        return lines
