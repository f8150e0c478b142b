"""Questions before a session goes back, or something comes back: they show exactly what will happen."""

from textual.widget import Widget

from orion_tui.bridge.timeline_port import ReturnView
from orion_tui.screens.dialogs import WIDTH, ConfirmDialog
from orion_tui.themes import app_of, look_of
from orion_tui.widgets.document import DocLine
from orion_tui.widgets.timeline_lines import restore_lines, rollback_lines

#: Lines of the screen that are not the question's: frame, margins, answers.
_AROUND = 7


class RollbackDialog(ConfirmDialog):
    """What going back to a checkpoint takes back."""

    def __init__(self, view: ReturnView) -> None:
        super().__init__(f"Go back to {view.name}?", "", "")
        self._view = view

    def lines(self) -> list[DocLine]:
        """See Dialog."""
        return rollback_lines(self._view, WIDTH, _height(self), look_of(self).glyphs)


class RestoreDialog(ConfirmDialog):
    """What bringing something back changes."""

    def __init__(self, view: ReturnView) -> None:
        super().__init__("Bring this back?", "", "")
        self._view = view

    def lines(self) -> list[DocLine]:
        """See Dialog."""
        return restore_lines(self._view, WIDTH, _height(self), look_of(self).glyphs)


def _height(dialog: Widget) -> int:
    return max(8, app_of(dialog).size.height - _AROUND)
