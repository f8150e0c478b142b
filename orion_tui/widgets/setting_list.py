"""Settings as lines: name, value, and who decided it."""

from collections.abc import Hashable, Sequence

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.settings_port import SettingView
from orion_tui.widgets.cells import Part, fit, line
from orion_tui.widgets.line_view import LineView

#: Columns of the name at the least; long ones (a provider's own) get up to half of the width.
NAME = 28
_GAP = 2


class SettingList(LineView[SettingView]):
    """In the order in which they are given."""

    _longest = 0

    def show(self, rows: Sequence[SettingView], *, shift: int | None = None) -> None:
        """See LineView."""
        self._longest = max((len(row.name) for row in rows), default=0)
        super().show(rows, shift=shift)

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
        room = max(NAME, min(self._longest + 1 + _GAP, width // 2))
        shown = fit(f" {group}{dot}{rest}", room - _GAP, self.look.glyphs)
        left: list[Part] = [
            (shown[: len(group) + 2], "faint"),
            (f"{shown[len(group) + 2 :]}{' ' * _GAP}", "text"),
            (row.value or "not set", ("strong" if own else "text") if row.value else "faint"),
        ]
        right: list[Part] = [(f"  {row.origin} ", "text" if own else "faint")]
        return line(self.look, width, left, right, base=base)
