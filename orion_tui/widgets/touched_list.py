"""Files that a session's actions changed so far: how often each, and when last."""

from collections.abc import Hashable, Sequence

import attrs
from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.entry_views import ActionView, Entry
from orion_tui.widgets.cells import fit_path, line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.times import now_of, short_moment

#: Cells of how often, and of when.
TIMES = 5
WHEN = 8


@attrs.frozen
class Touched:
    """One file."""

    path: str
    times: int
    #: When it was changed last (seconds since the epoch).
    at: float


def touched(entries: Sequence[Entry]) -> tuple[Touched, ...]:
    """The files that were changed, the one that was changed last first."""
    found: dict[str, Touched] = {}
    for action in entries:
        if not isinstance(action, ActionView):
            continue
        for path in action.changed:
            before = found.pop(path, None)
            found[path] = Touched(path, before.times + 1 if before is not None else 1, action.finished_at or action.at)
    return tuple(reversed(found.values()))


class TouchedList(LineView[Touched]):
    """The path, how often, when."""

    def __init__(self, *, id: str) -> None:
        super().__init__(
            title="files",
            empty=("No file was changed yet.", "", "What actions change is listed here,", "and Enter shows how."),
            id=id,
        )
        self._of: Sequence[Entry] | None = None

    def take(self, entries: Sequence[Entry]) -> None:
        """Show what these entries changed; nothing is done when they are the same."""
        if entries is not self._of:
            self._of = entries
            files = touched(entries)
            self.show(files)
            self.retitle(f"files  {len(files):,}" if files else "files")
            if not self.has_focus:
                # The newest stays in view: nobody has chosen the one that was the newest before.
                self.go(0, by_user=False)

    def key_of(self, row: Touched) -> Hashable:
        """See LineView."""
        return row.path

    def plain(self, row: Touched) -> str:
        """See LineView."""
        return row.path

    def draw(self, row: Touched, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        glyphs = self.look.glyphs
        times = f"{row.times:,}x" if row.times > 1 else ""
        return line(
            self.look,
            width,
            [(" ", "text"), (fit_path(row.path, width - TIMES - WHEN - 2, glyphs), "text")],
            [(f"{times:>{TIMES}}", "muted"), (f"{short_moment(row.at, now_of(self)):>{WHEN}}", "faint"), (" ", "text")],
            base=base,
        )
