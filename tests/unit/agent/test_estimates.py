"""Estimates and approval rates from experience (LEARN-2)."""

import math

import pytest

from orion_tui.core.agent.estimates import approval_rate, estimate

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("count", range(5))
def test_with_fewer_than_five_like_tasks_it_is_up_to_twice_the_guess_and_says_so(count: int) -> None:
    found = estimate(600.0, [(100.0, 900.0)] * count)
    assert (found.least, found.most) == (600.0, 1_200.0)
    assert f"{count} like task" in found.made


def test_from_five_on_it_is_the_mean_ratio_give_or_take_its_sample_deviation() -> None:
    # Ratios 1, 2, 3, 4, 5: mean 3, sample deviation the root of 2.5.
    outcomes = [(100.0, 100.0), (10.0, 20.0), (1.0, 3.0), (2.0, 8.0), (60.0, 300.0)]
    found = estimate(100.0, outcomes)
    assert math.isclose(found.least, 100 * (3 - math.sqrt(2.5)))
    assert math.isclose(found.most, 100 * (3 + math.sqrt(2.5)))
    assert found.made == "5 like tasks took 3.00 times the guess, with a standard deviation of 1.58"


def test_no_estimate_is_below_nothing() -> None:
    found = estimate(100.0, [(1.0, 0.0)] * 4 + [(1.0, 100.0)])
    assert found.least == 0.0
    assert found.most > 0


def test_outcomes_without_a_guess_are_not_counted() -> None:
    useless = [(0.0, 5.0), (-1.0, 5.0), (math.nan, 5.0), (1e-320, 1e300)]
    assert estimate(100.0, [(1.0, 2.0)] * 4 + useless).most == 200.0
    assert "4 like tasks" in estimate(100.0, [(1.0, 2.0)] * 4 + useless).made


@pytest.mark.parametrize(("outcomes", "rate"), [([True] * 4, None), ([True] * 4 + [False], 0.8), ([False] * 5, 0.0)])
def test_the_approval_rate_is_known_from_five_outcomes_on(outcomes: list[bool], rate: float | None) -> None:
    assert approval_rate(outcomes) == rate
