"""Sections side by side."""

import pytest

from orion_tui.widgets.columns import beside
from orion_tui.widgets.document import DocLine, of

pytestmark = pytest.mark.unit


def sections(*heights: int) -> list[list[DocLine]]:
    return [
        [of((f"{name}{row}", "text")) for row in range(height)] for name, height in zip("abcd", heights, strict=False)
    ]


def texts(lines: list[DocLine]) -> list[str]:
    return [line.text.rstrip() for line in lines]


def test_one_column_is_all_sections_in_order() -> None:
    assert texts(beside(sections(2, 1), 1, 10, 2)) == ["a0", "a1", "b0"]


def test_two_columns_are_read_down_and_then_across() -> None:
    assert texts(beside(sections(2, 1, 2), 2, 6, 2)) == ["a0      c0", "a1      c1", "b0"]


def test_no_section_is_torn_apart() -> None:
    assert texts(beside(sections(1, 3), 2, 6, 2)) == ["a0      b0", "        b1", "        b2"]
