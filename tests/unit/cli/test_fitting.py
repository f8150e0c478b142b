"""Tables on narrow terminals."""

import pytest

from orion_tui.cli.fitting import GAP, fitted

pytestmark = pytest.mark.unit

PLAN = ("#", "task", "title", "kind", "tier", "needs", "estimate", "conf", "check")
NATURAL = (2, 12, 60, 12, 12, 10, 28, 4, 40)


def test_what_identifies_a_row_is_whole_and_the_least_goes_first() -> None:
    shown = fitted(PLAN, NATURAL, 80, least=("kind", "estimate", "conf", "needs"))
    widths = {PLAN[place]: width for place, width in shown}
    assert widths["#"] == 2
    assert widths["task"] == 12
    assert "title" in widths
    assert "tier" in widths
    assert "kind" not in widths
    assert sum(widths.values()) + GAP * (len(widths) - 1) <= 80


def test_a_wide_terminal_shows_everything_whole() -> None:
    assert fitted(PLAN, NATURAL, 300) == list(enumerate(NATURAL))


def test_long_texts_are_cut_before_a_column_is_left_out() -> None:
    assert fitted(("id", "goal"), (12, 300), 80) == [(0, 12), (1, 66)]


def test_even_on_no_width_at_all_the_first_column_stays() -> None:
    assert [place for place, _ in fitted(PLAN, NATURAL, 5)] == [0]
