"""One file's changes, unified or side by side, with words that differ and blanks that trail made visible."""

from collections.abc import Hashable
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.port import DiffLine, FileDiff
from orion_tui.widgets.cells import fit, line, literal
from orion_tui.widgets.diff_rows import DiffRow, DiffRows, differing
from orion_tui.widgets.line_view import LineView

#: Characters of a line that are drawn at most; the rest is reached by scrolling, up to here.
LONGEST = 4_000


class DiffPane(LineView[DiffRow]):
    """Rows of the file that is selected. Left and right scroll in long lines."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(title="", empty=("Nothing changed.",), id=id)
        self.diff: FileDiff | None = None
        self.beside = False
        self._number_width = 4
        self._widest = 0

    def show_file(self, diff: FileDiff | None, *, beside: bool) -> None:
        """Lay out a file; keeps the place when it is the same one."""
        same = diff is not None and self.diff is not None and diff.key == self.diff.key
        if same and beside == self.beside and diff == self.diff:
            return
        self.diff, self.beside = diff, beside
        if diff is None:
            self.show(())
            return
        last = max((max(h.old_start + h.old_count, h.new_start + h.new_count) for h in diff.hunks), default=0)
        self._number_width = max(3, len(str(last)))
        if not same:
            self.at = self.top = self.shift = 0
            self.term = ""
        self.rows = ()
        self.show(DiffRows(diff, beside=beside))
        self._widest = 0

    def widest(self) -> int:
        """Columns of the longest line."""
        if self.diff is not None and not self._widest:
            longest = max((len(item.text) for hunk in self.diff.hunks for item in hunk.lines), default=0)
            gutters = (self._number_width + 3) * 2
            half = self.size.width // 2 if self.beside else 0
            self._widest = min(longest, LONGEST) + gutters + half
        return self._widest

    def step_hunk(self, direction: int) -> bool:
        """To the next or previous hunk of the file; False when there is none."""
        rows = self.rows
        if not isinstance(rows, DiffRows) or (place := rows.next_hunk(self.at, direction)) is None:
            return False
        self.go(place)
        # A hunk is read from its head down: show as much of it as fits.
        self.bring(place)
        return True

    def last_hunk(self) -> None:
        """To the last hunk."""
        if isinstance(self.rows, DiffRows) and len(self.rows.starts) > 1:
            self.go(self.rows.starts[-2])
            self.bring(self.rows.starts[-2])

    def bring(self, index: int) -> None:
        """Scroll so that the row stands near the top, with two lines of what is before it."""
        top = max(0, min(index - 2, len(self.rows) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    def key_of(self, row: DiffRow) -> Hashable:
        """See LineView."""
        return row

    def plain(self, row: DiffRow) -> str:
        """See LineView."""
        return row.text

    def draw(self, row: DiffRow, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        if row.heading:
            return line(
                self.look, width, [(row.heading, "accent" if row.heading.startswith("@@") else "muted")], base=base
            )
        if self.beside:
            half = (width - 1) // 2
            rule = line(self.look, 1, [(self.look.glyphs.vertical, "faint")], base=base)
            return Strip.join(
                [
                    self._side(row.left, row.right, half, base),
                    rule,
                    self._side(row.right, row.left, width - half - 1, base, new=True),
                ]
            )
        item = row.left if row.left is not None else row.right
        assert item is not None
        return self._unified(item, row.partner, width, base)

    def _unified(self, item: DiffLine, partner: DiffLine | None, width: int, base: Style) -> Strip:
        n, glyphs = self._number_width, self.look.glyphs
        old = fit("" if item.old_no is None else str(item.old_no), n, glyphs, right=True)
        new = fit("" if item.new_no is None else str(item.new_no), n, glyphs, right=True)
        gutter = line(self.look, 2 * n + 2, [(f"{old} {new} ", "faint")], base=base)
        return Strip.join([gutter, self._code(item, partner, width - 2 * n - 2, base)])

    def _side(
        self, item: DiffLine | None, other: DiffLine | None, width: int, base: Style, *, new: bool = False
    ) -> Strip:
        if item is None:
            return line(self.look, width, [], base=base)
        number = item.new_no if new else item.old_no
        n, glyphs = self._number_width, self.look.glyphs
        gutter = line(self.look, n + 1, [(fit(str(number or ""), n, glyphs, right=True) + " ", "faint")], base=base)
        partner = other if item.kind != " " else None
        return Strip.join([gutter, self._code(item, partner, width - n - 1, base)])

    def _code(self, item: DiffLine, partner: DiffLine | None, width: int, base: Style) -> Strip:
        """Sign and text of one line: its ground says added or removed, a stronger one the words that differ."""
        styles, glyphs = self.look.styles, self.look.glyphs
        text = literal(item.text[: LONGEST + self.shift], glyphs)
        if item.kind == " ":
            return line(self.look, width, [("  ", "text"), (text[self.shift :], "text")], base=base)
        added = item.kind == "+"
        ground = base + (styles.added if added else styles.removed)
        strong = ground + (styles.added_word if added else styles.removed_word)
        start = end = 0
        if partner is not None:
            other = literal(partner.text[: LONGEST + self.shift], glyphs)
            start, end_old, end_new = differing(*((other, text) if added else (text, other)))
            end = end_new if added else end_old
        kept = len(text.rstrip(" "))
        segments = [Segment(item.kind, ground + (styles.good if added else styles.bad)), Segment(" ", ground)]
        for begin, stop, style in _pieces(start, end, kept, len(text)):
            piece = text[begin:stop]
            if begin >= kept:
                piece = glyphs.space * len(piece)
            shown = piece[max(0, self.shift - begin) :]
            if shown:
                segments.append(Segment(shown, {"word": strong, "blank": ground + styles.bad}.get(style, ground)))
        if not item.newline:
            segments.append(Segment(f"  {glyphs.corner} no newline at the end", ground + styles.faint))
        strip = Strip(segments)
        if strip.cell_length <= width or width < 2:
            return strip.adjust_cell_length(width, ground)
        more = Strip([Segment(glyphs.cut, ground + styles.faint)], 1)
        return Strip.join([strip.adjust_cell_length(width - 1, ground), more])


def _pieces(start: int, end: int, kept: int, length: int) -> list[tuple[int, int, str]]:
    """Cut [0, length) at the differing part and at the trailing blanks."""
    cuts = sorted({0, min(start, length), min(end, length), kept, length})
    pieces: list[tuple[int, int, str]] = []
    for begin, stop in pairwise(cuts):
        style = "blank" if begin >= kept else "word" if start <= begin and stop <= end and end > start else ""
        pieces.append((begin, stop, style))
    return pieces
