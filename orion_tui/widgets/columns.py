"""Sections side by side, where a pane is wide enough for more than one column of them."""

from collections.abc import Sequence

from rich.cells import cell_len

from orion_tui.widgets.document import BLANK, DocLine


def beside(sections: Sequence[Sequence[DocLine]], columns: int, width: int, gap: int) -> list[DocLine]:
    """The sections in reading order, down one column and then the next; none is torn apart.

    `width` is a column's in cells, `gap` what lies between two. Lines must not be wider than a column, nor have parts
    at the right edge where there is more than one.
    """
    if columns == 1:
        return [line for section in sections for line in section]
    height = _least_height(sections, columns)
    filled = _fill(sections, height)
    lines: list[DocLine] = []
    for row in range(max(len(column) for column in filled)):
        parts: list[tuple[str, str]] = []
        for number, column in enumerate(filled):
            line = column[row] if row < len(column) else BLANK
            room = width + gap if number < len(filled) - 1 else 0
            parts += [*line.left, (" " * (room - cell_len(line.text)), "text")]
        lines.append(DocLine(tuple(parts)))
    return lines


def _fill(sections: Sequence[Sequence[DocLine]], height: int) -> list[list[DocLine]]:
    filled: list[list[DocLine]] = [[]]
    for section in sections:
        if filled[-1] and len(filled[-1]) + len(section) > height:
            filled.append([])
        filled[-1] += section
    return filled


def _least_height(sections: Sequence[Sequence[DocLine]], columns: int) -> int:
    height = max(len(section) for section in sections)
    while len(_fill(sections, height)) > columns:
        height += 1
    return height
