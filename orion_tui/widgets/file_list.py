"""Changed files: what happened to each, how much, and what needs attention by name."""

from collections.abc import Hashable

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.diff_port import FileChange
from orion_tui.widgets.cells import Part, fit_path, line, width_of
from orion_tui.widgets.line_view import LineView

#: Styles of the letters that say what happened to a file; most are changed, which is nothing to stand out.
_CHANGES = {"A": "good", "D": "bad", "R": "warn", "T": "warn"}


def change(file: FileChange) -> Part:
    """`M `: what happened to the file."""
    return f"{file.status} ", _CHANGES.get(file.status, "muted")


def counts(file: FileChange) -> list[Part]:
    """`+14 -4`, or what stands instead; nothing until somebody has counted."""
    if not file.counted:
        return []
    if file.binary or file.added is None or file.removed is None:
        return [("  binary", "muted")]
    parts: list[Part] = []
    if file.added:
        parts.append((f"  +{file.added:,}", "good"))
    if file.removed:
        parts.append((f" -{file.removed:,}" if file.added else f"  -{file.removed:,}", "bad"))
    return parts or [("  mode" if file.mode else "", "muted")]


class FileList(LineView[FileChange]):
    """A sign for seen, the letter, the path, the counts."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            title="files",
            empty=("Nothing changed.", "", "All files are as they were.", "l in the session tells", "what it did."),
            id=id,
        )
        self.seen: set[str] = set()

    def mark(self, key: str) -> None:
        """Seen, or not seen after all."""
        self.seen ^= {key}
        self.refresh()

    def key_of(self, row: FileChange) -> Hashable:
        """See LineView."""
        return row.key

    def plain(self, row: FileChange) -> str:
        """See LineView."""
        return row.path

    def draw(self, row: FileChange, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        glyphs = self.look.glyphs
        seen = row.key in self.seen
        right = counts(row)
        if row.special:
            right = [(f" {glyphs.flagged}", "warn"), *right]
        left: list[Part] = [
            (f"{glyphs.done} " if seen else "  ", "good"),
            change(row),
        ]
        room = width - 4 - sum(width_of(text, glyphs) for text, _ in right) - 1
        left.append((fit_path(row.path, room, glyphs), "muted" if seen else "text"))
        return line(self.look, width, left, [*right, (" ", "text")], base=base)
