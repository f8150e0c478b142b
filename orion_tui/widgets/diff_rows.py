"""A file's hunks as rows: unified or side by side, laid out hunk by hunk and only where somebody looks."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import overload

import attrs

from orion_tui.bridge.port import DiffLine, FileDiff, Hunk


@attrs.frozen
class DiffRow:
    """One row. Unified rows use one side, side-by-side rows both; a heading or remark uses neither."""

    left: DiffLine | None = None
    right: DiffLine | None = None
    heading: str = ""
    #: The line on the other side of a change, for marking the words that differ.
    partner: DiffLine | None = None

    @property
    def text(self) -> str:
        """What a search looks at."""
        if self.heading:
            return self.heading
        lines = [line.text for line in (self.left, self.right) if line is not None]
        return lines[0] if len(lines) == 2 and lines[0] == lines[1] else "\n".join(lines)


class DiffRows(Sequence[DiffRow]):
    """Rows of one file; a hunk is laid out when one of its rows is first asked for."""

    def __init__(self, diff: FileDiff, *, beside: bool) -> None:
        self._hunks = diff.hunks
        self._beside = beside
        self._remark = diff.remark
        lengths = [1 + (_pairs_count(hunk) if beside else len(hunk.lines)) for hunk in diff.hunks]
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

    def _layout(self, number: int) -> list[DiffRow]:
        rows = self._laid.get(number)
        if rows is None:
            hunk = self._hunks[number]
            rows = [DiffRow(heading=heading(hunk)), *(_beside(hunk) if self._beside else _unified(hunk))]
            self._laid[number] = rows
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
        paired = len(removed) == len(added)
        rows += [DiffRow(left=item, partner=added[i] if paired else None) for i, item in enumerate(removed)]
        rows += [DiffRow(right=item, partner=removed[i] if paired else None) for i, item in enumerate(added)]
        if context is not None:
            rows.append(DiffRow(left=context, right=context))
    return rows


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


def differing(old: str, new: str) -> tuple[int, int, int]:
    """How two lines differ: length of the common start, end of the differing part in `old` and in `new`.

    Whole words; (0, 0, 0) where the lines have too little in common for a mark to help.
    """
    limit = min(len(old), len(new))
    start = 0
    while start < limit and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < limit - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    while start and _word(old[start - 1]) and (_word_at(old, start) or _word_at(new, start)):
        start -= 1
    while tail and _word(old[-tail]) and (_word_at(old, len(old) - tail - 1) or _word_at(new, len(new) - tail - 1)):
        tail -= 1
    indent = len(new) - len(new.lstrip())
    if (max(0, start - indent) + tail) * 3 < max(len(old), len(new)) - indent:
        return (0, 0, 0)
    return (start, len(old) - tail, len(new) - tail)


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _word_at(text: str, index: int) -> bool:
    return 0 <= index < len(text) and _word(text[index])
