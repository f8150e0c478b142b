"""One file's changes, unified or side by side, with words that differ and blanks that trail made visible."""

from collections.abc import Hashable
from functools import lru_cache
from itertools import pairwise

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.diff_port import FileDiff
from orion_tui.bridge.tints import LineTints, Tints
from orion_tui.core.models.hunks import DiffLine
from orion_tui.syntax import syntax_of
from orion_tui.widgets.cells import fit, line, literal
from orion_tui.widgets.diff_rows import DiffRow, DiffRows
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.word_changes import word_changes

#: Characters of a line that are drawn at most; the rest is reached by scrolling, up to here.
LONGEST = 4_000


class DiffPane(LineView[DiffRow]):
    """Rows of the file that is selected. Left and right scroll in long lines, unless they are wrapped."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(title="", empty=("Nothing changed.",), id=id)
        self.diff: FileDiff | None = None
        self.beside = False
        self.wrapped = False
        self.tints: Tints | None = None
        self._number_width = 4
        self._widest = 0
        #: What `rows` was laid out for.
        self._laid_for: tuple[object, ...] = ()

    def show_file(self, diff: FileDiff | None, *, beside: bool, wrapped: bool = False) -> None:
        """Lay out a file; keeps the place when it is the same one."""
        same = diff is not None and self.diff is not None and diff.key == self.diff.key
        wanted = (beside, wrapped, self.size.width if wrapped else 0)
        if same and wanted == self._laid_for and diff == self.diff:
            return
        before = self.rows if same and diff == self.diff else None
        at, shown_at = self.at, self.at - self.top
        self.diff, self.beside, self.wrapped, self._laid_for = diff, beside, wrapped, wanted
        if diff is None:
            self.tints = None
            self.show(())
            return
        last = max((max(h.old_start + h.old_count, h.new_start + h.new_count) for h in diff.hunks), default=0)
        self._number_width = max(3, len(str(last)))
        if not same:
            self.at = self.top = self.shift = 0
            self.term, self.tints = "", None
        if wrapped:
            self.shift = 0
        room, glyphs = self._room(), self.look.glyphs
        rows = DiffRows(
            diff, beside=beside, pieces=(lambda text: len(pieces(literal(text, glyphs), room))) if wrapped else None
        )
        if isinstance(before, DiffRows):
            self.at = rows.place_of(at, before)
            self.top = max(0, self.at - shown_at)
        self.rows = ()
        self.show(rows)
        self._widest = 0

    def tint(self, tints: Tints) -> None:
        """The colours of the file on show have been found."""
        if self.diff is not None and self.diff.key == tints.key:
            self.tints = tints
            self.refresh()

    def _room(self) -> int:
        """Columns for the text of a line."""
        width, n = self.size.width - 1, self._number_width
        return max(8, ((width - 1) // 2 - n - 3) if self.beside else (width - 2 * n - 4))

    def widest(self) -> int:
        """Columns of the longest line; 0 where lines are wrapped."""
        if self.wrapped:
            return 0
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
                    self._side(row, half, base, new=False),
                    rule,
                    self._side(row, width - half - 1, base, new=True),
                ]
            )
        item = row.left if row.left is not None else row.right
        assert item is not None
        n, glyphs = self._number_width, self.look.glyphs
        old = fit("" if item.old_no is None or row.part else str(item.old_no), n, glyphs, right=True)
        new = fit("" if item.new_no is None or row.part else str(item.new_no), n, glyphs, right=True)
        gutter = line(self.look, 2 * n + 2, [(f"{old} {new} ", "faint")], base=base)
        return Strip.join([gutter, self._code(item, row.partner, row.part, width - 2 * n - 2, base)])

    def _side(self, row: DiffRow, width: int, base: Style, *, new: bool) -> Strip:
        item, other = (row.right, row.left) if new else (row.left, row.right)
        if item is None:
            return line(self.look, width, [], base=base)
        number = (item.new_no if new else item.old_no) if not row.part else None
        n, glyphs = self._number_width, self.look.glyphs
        gutter = line(self.look, n + 1, [(fit(str(number or ""), n, glyphs, right=True) + " ", "faint")], base=base)
        partner = other if item.kind != " " else None
        return Strip.join([gutter, self._code(item, partner, row.part, width - n - 1, base)])

    def _code(self, item: DiffLine, partner: DiffLine | None, part: int, width: int, base: Style) -> Strip:
        """Sign and text of one line: its ground says added or removed, a stronger one the words that differ."""
        styles, glyphs = self.look.styles, self.look.glyphs
        text = literal(item.text[: LONGEST + self.shift], glyphs)
        begin, stop = self.shift, len(text)
        if self.wrapped:
            starts = pieces(text, self._room())
            if part >= len(starts):
                return line(self.look, width, [], base=base)
            begin, stop = starts[part], starts[part + 1] if part + 1 < len(starts) else len(text)
        sign, ground, strong = " ", base, base
        words: tuple[tuple[int, int], ...] = ()
        if item.kind != " ":
            added = item.kind == "+"
            sign = item.kind
            ground = base + (styles.added if added else styles.removed)
            strong = ground + (styles.added_word if added else styles.removed_word)
            if partner is not None:
                other = literal(partner.text[: LONGEST + self.shift], glyphs)
                words = word_changes(other, text)[1] if added else word_changes(text, other)[0]
            sign_style = ground + (styles.good if added else styles.bad)
        else:
            sign_style = ground
        kept = len(text.rstrip(" ")) if item.kind != " " else len(text)
        segments = [Segment(" " if part else sign, sign_style), Segment(" ", ground)]
        tints = self._tints_of(item, text)
        syntax = syntax_of(styles)
        for left, right, changed, kind in _cut(begin, stop, words, tints, kept):
            style = strong if changed else ground
            if left >= kept:
                segments.append(Segment(glyphs.space * (right - left), ground + styles.bad))
            else:
                # Words that changed stand out by their ground, on which the text's own colour reads best.
                segments.append(Segment(text[left:right], style + syntax[kind] if kind and not changed else style))
        if not item.newline and stop == len(text):
            segments.append(Segment(f"  {glyphs.corner} no newline at the end", ground + styles.faint))
        strip = Strip(segments)
        if strip.cell_length <= width or width < 2:
            return strip.adjust_cell_length(width, ground)
        more = Strip([Segment(glyphs.cut, ground + styles.faint)], 1)
        return Strip.join([strip.adjust_cell_length(width - 1, ground), more])

    def _tints_of(self, item: DiffLine, text: str) -> LineTints:
        # Where signs were replaced for a poor terminal, places do not fit any more.
        if self.tints is None or len(text) != len(item.text[: LONGEST + self.shift]):
            return ()
        return self.tints.of(old_no=item.old_no, new_no=item.new_no)


def _cut(
    begin: int, stop: int, words: tuple[tuple[int, int], ...], tints: LineTints, kept: int
) -> list[tuple[int, int, bool, str]]:
    """[begin, stop) in pieces of one style each: whether its words changed, and the kind of code."""
    places = {begin, stop, min(max(kept, begin), stop)}
    for span in (*words, *tints):
        places.update(place for place in span[:2] if begin < place < stop)
    found: list[tuple[int, int, bool, str]] = []
    for left, right in pairwise(sorted(places)):
        changed = any(a <= left and right <= b for a, b in words)
        kind = next((name for a, b, name in tints if a <= left and right <= b), "")
        found.append((left, right, changed, kind))
    return found


@lru_cache(maxsize=8192)
def pieces(text: str, room: int) -> tuple[int, ...]:
    """Where each row of a line begins that is wrapped to `room` cells; code is broken where it must be."""
    if text.isascii():
        return tuple(range(0, max(1, len(text)), room))
    starts, used = [0], 0
    for index, char in enumerate(text):
        width = cell_len(char)
        if used + width > room:
            starts.append(index)
            used = 0
        used += width
    return tuple(starts)
