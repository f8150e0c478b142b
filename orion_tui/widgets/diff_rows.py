"""A file's hunks as rows: unified or side by side, laid out hunk by hunk and only where somebody looks."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import overload

import attrs

from orion_tui.bridge.diff_port import FileDiff
from orion_tui.core.models.hunks import DiffLine, Hunk
from orion_tui.widgets.word_changes import alike

#: Pairs of lines of one change that are compared at most, to find out which became which.
COMPARED = 150


@attrs.frozen
class DiffRow:
    """One row. Unified rows use one side, side-by-side rows both; a heading or remark uses neither."""

    left: DiffLine | None = None
    right: DiffLine | None = None
    heading: str = ""
    #: The line on the other side of a change, for marking the words that differ.
    partner: DiffLine | None = None
    #: Which piece of a wrapped line; 0 for the first, and for lines that are cut.
    part: int = 0

    @property
    def text(self) -> str:
        """What a search looks at."""
        if self.heading:
            return self.heading
        if self.part:
            return ""
        lines = [line.text for line in (self.left, self.right) if line is not None]
        return lines[0] if len(lines) == 2 and lines[0] == lines[1] else "\n".join(lines)


class DiffRows(Sequence[DiffRow]):
    """Rows of one file; a hunk is laid out when one of its rows is first asked for."""

    def __init__(self, diff: FileDiff, *, beside: bool, pieces: Callable[[str], int] | None = None) -> None:
        """`pieces` says into how many rows a line's text is wrapped; None where lines are cut."""
        self._hunks = diff.hunks
        self._beside = beside
        self._pieces = pieces
        self._remark = diff.remark
        lengths = [1 + self._length(hunk) for hunk in diff.hunks]
        #: Index of each hunk's heading, and the total at the end.
        self.starts = [0, *accumulate(lengths)]
        self._laid: dict[int, list[DiffRow]] = {}

    def __len__(self) -> int:
        return self.starts[-1] + (1 if self._remark else 0)

    @overload
    def __getitem__(self, index: int) -> DiffRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[DiffRow]: ...
    def __getitem__(self, index: int | slice) -> "DiffRow | list[DiffRow]":
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0 or index >= len(self):
            raise IndexError(index)
        if index == self.starts[-1]:
            return DiffRow(heading=self._remark)
        hunk = bisect_right(self.starts, index) - 1
        return self._layout(hunk)[index - self.starts[hunk]]

    def next_hunk(self, index: int, direction: int) -> int | None:
        """The heading after (1) or before (-1) the row; None when there is none."""
        heads = self.starts[:-1]
        if direction > 0:
            return next((start for start in heads if start > index), None)
        return next((start for start in reversed(heads) if start < index), None)

    @property
    def laid(self) -> int:
        """How many hunks were laid out so far."""
        return len(self._laid)

    def place_of(self, index: int, other: "DiffRows") -> int:
        """Where the row at `index` of `other`, another layout of the same file, is found here."""
        hunk = bisect_right(other.starts, index) - 1
        if not 0 <= hunk < min(len(self._hunks), len(other.starts) - 1):
            return 0
        wanted = other[index]
        for offset, row in enumerate(self._layout(hunk)):
            if not row.heading and (
                (wanted.right is not None and row.right == wanted.right)
                or (wanted.right is None and wanted.left is not None and row.left == wanted.left)
            ):
                return self.starts[hunk] + offset
        return self.starts[hunk]

    def _length(self, hunk: Hunk) -> int:
        if self._pieces is not None:
            return sum(self._height(row) for row in self._lines(hunk))
        return _pairs_count(hunk) if self._beside else len(hunk.lines)

    def _height(self, row: DiffRow) -> int:
        assert self._pieces is not None
        sides = {id(side): side for side in (row.left, row.right) if side is not None}
        return max(self._pieces(side.text) for side in sides.values())

    def _lines(self, hunk: Hunk) -> list[DiffRow]:
        return _beside(hunk) if self._beside else _unified(hunk)

    def _layout(self, number: int) -> list[DiffRow]:
        rows = self._laid.get(number)
        if rows is None:
            hunk = self._hunks[number]
            lines = self._lines(hunk)
            if self._pieces is not None:
                lines = [attrs.evolve(row, part=n) if n else row for row in lines for n in range(self._height(row))]
            rows = self._laid[number] = [DiffRow(heading=heading(hunk)), *lines]
        return rows


def heading(hunk: Hunk) -> str:
    """`@@ 14,8 → 15,12 @@ def call(`."""
    where = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    return f"{where} {hunk.heading}" if hunk.heading else where


def _runs(hunk: Hunk) -> "list[tuple[list[DiffLine], list[DiffLine], DiffLine | None]]":
    """Runs of removed and added lines, each ended by a context line (or None at the end)."""
    runs: list[tuple[list[DiffLine], list[DiffLine], DiffLine | None]] = []
    removed: list[DiffLine] = []
    added: list[DiffLine] = []
    for item in hunk.lines:
        if item.kind == "-":
            if added:
                runs.append((removed, added, None))
                removed, added = [], []
            removed.append(item)
        elif item.kind == "+":
            added.append(item)
        else:
            runs.append((removed, added, item))
            removed, added = [], []
    if removed or added:
        runs.append((removed, added, None))
    return runs


def _pairs_count(hunk: Hunk) -> int:
    return sum(max(len(removed), len(added)) + (context is not None) for removed, added, context in _runs(hunk))


def _unified(hunk: Hunk) -> list[DiffRow]:
    rows: list[DiffRow] = []
    for removed, added, context in _runs(hunk):
        pairs = _pairs(removed, added)
        back = {new: old for old, new in pairs.items()}
        rows += [DiffRow(left=item, partner=added[pairs[i]] if i in pairs else None) for i, item in enumerate(removed)]
        rows += [DiffRow(right=item, partner=removed[back[i]] if i in back else None) for i, item in enumerate(added)]
        if context is not None:
            rows.append(DiffRow(left=context, right=context))
    return rows


def _pairs(removed: list[DiffLine], added: list[DiffLine]) -> dict[int, int]:
    """Which removed line became which added one, in order: one by one where they are as many, else by likeness."""
    if len(removed) == len(added):
        return {index: index for index in range(len(removed))}
    pairs: dict[int, int] = {}
    if len(removed) * len(added) <= COMPARED:
        start = 0
        for index, old in enumerate(removed):
            found = next((n for n in range(start, len(added)) if alike(old.text, added[n].text)), None)
            if found is not None:
                pairs[index], start = found, found + 1
    return pairs


def _beside(hunk: Hunk) -> list[DiffRow]:
    rows: list[DiffRow] = []
    for removed, added, context in _runs(hunk):
        for index in range(max(len(removed), len(added))):
            left = removed[index] if index < len(removed) else None
            right = added[index] if index < len(added) else None
            rows.append(DiffRow(left=left, right=right))
        if context is not None:
            rows.append(DiffRow(left=context, right=context))
    return rows
