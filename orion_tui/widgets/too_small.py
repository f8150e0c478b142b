"""What stands on the screen when nothing else fits."""

from textual.strip import Strip
from textual.widget import Widget

from orion_tui.terminal import MINIMUM_HEIGHT, MINIMUM_WIDTH
from orion_tui.themes import look_of
from orion_tui.widgets.cells import line


class TooSmall(Widget):
    """Says what is there and what is needed. Work goes on; only the view waits."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="too-small")

    def on_resize(self) -> None:
        """The figures change with the size."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Three lines in the middle."""
        width, height = self.size
        rows = (
            f"{width} x {height} is too small",
            f"Orion needs {MINIMUM_WIDTH} x {MINIMUM_HEIGHT}",
            "q quits; work goes on",
        )
        index = y - max(0, (height - len(rows)) // 2)
        text = rows[index] if 0 <= index < len(rows) else ""
        return line(look_of(self), width, [(text.center(width), "text" if index == 0 else "muted")])
