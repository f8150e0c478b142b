"""Special paths of a promotion: each has to be allowed by name (GATE-4)."""

from collections.abc import Hashable

from rich.style import Style
from textual.strip import Strip

from orion_tui import keymap
from orion_tui.widgets.cells import fit_path, line
from orion_tui.widgets.line_view import LineView

#: Key to the engine, path as shown, reason, whether it was allowed.
SpecialPath = tuple[str, str, str, bool]


class SpecialList(LineView[SpecialPath], inherit_bindings=False):
    """A box, the path, why it is special."""

    # Enter goes on with the promotion.
    BINDINGS = keymap.without("lines", "lines.enter")

    def key_of(self, row: SpecialPath) -> Hashable:
        """See LineView."""
        return row[0]

    def plain(self, row: SpecialPath) -> str:
        """See LineView."""
        return row[1]

    def draw(self, row: SpecialPath, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        _, path, reason, allowed = row
        glyphs = self.look.glyphs
        box = f"[{glyphs.done}] " if allowed else "[ ] "
        room = max(12, min(48, width - 30))
        return line(
            self.look,
            width,
            [(box, "good" if allowed else "warn"), (fit_path(path, room, glyphs), "text"), (f"  {reason}", "muted")],
            base=base,
        )
