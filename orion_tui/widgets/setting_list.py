"""Settings as lines: name, value, and who decided it."""

from collections.abc import Hashable

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.settings_port import SettingView
from orion_tui.widgets.cells import Part, fit, line
from orion_tui.widgets.line_view import LineView

NAME = 28


class SettingList(LineView[SettingView]):
    """In the order in which they are given."""

    def key_of(self, row: SettingView) -> Hashable:
        """See LineView."""
        return row.name

    def plain(self, row: SettingView) -> str:
        """See LineView."""
        return f"{row.name} {row.value} {row.help}"

    def draw(self, row: SettingView, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        own = row.origin != "default"
        group, dot, rest = row.name.partition(".")
        shown = fit(f" {group}{dot}{rest}", NAME, self.look.glyphs)
        left: list[Part] = [
            (shown[: len(group) + 2], "faint"),
            (shown[len(group) + 2 :], "text"),
            (row.value or "not set", ("strong" if own else "text") if row.value else "faint"),
        ]
        right: list[Part] = [(f"  {row.origin} ", "accent" if own else "faint")]
        return line(self.look, width, left, right, base=base)
