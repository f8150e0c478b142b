"""Texts of any length and any letters become lines of the right width, in time that grows with the text."""

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from orion_tui.themes import ASCII, UNICODE, Glyphs
from orion_tui.widgets.cells import fit, fit_path, literal, wrap

pytestmark = pytest.mark.unit

MEGABYTE = 1_000_000


@pytest.mark.parametrize("letter", ["x", "ä", "日", "x y"])
def test_a_megabyte_without_a_newline_is_wrapped_whole(letter: str) -> None:
    text = letter * (MEGABYTE // len(letter))
    lines = wrap(text, 70, UNICODE)
    assert max(map(cell_len, lines)) <= 70
    # Nothing is lost but the blanks at which lines break.
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("cut", [fit, fit_path])
@pytest.mark.parametrize("text", ["x" * MEGABYTE, "ä/" * MEGABYTE, "e" + "\u0301" * MEGABYTE, "日本" * 3_000])
def test_a_cell_is_exactly_as_wide_as_it_should_be(cut: Callable[[str, int, Glyphs], str], text: str) -> None:
    for width in (0, 1, 2, 3, 40, 79):
        assert cell_len(cut(text, width, UNICODE)) == width


def test_marks_do_not_heap_up() -> None:
    assert literal("e" + "\u0301" * 1_000 + "x", UNICODE) == "e" + "\u0301" * 4 + "x"
    assert literal("é क्षि ก็ ñ", UNICODE) == "é क्षि ก็ ñ"


def test_what_terminals_measure_differently_is_drawn_in_the_way_they_agree_on() -> None:
    assert literal("❤\ufe0f 👍🏽 1\ufe0f\u20e3", UNICODE) == "❤ 👍 1"
    assert literal("❤\ufe0f", ASCII) == "?"
