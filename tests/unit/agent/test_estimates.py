"""Estimates and approval rates from experience (LEARN-2)."""

import math

import pytest

from orion_tui.core.agent.estimates import approval_rate, cost, estimate

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("count", range(5))
def test_with_fewer_than_five_like_tasks_it_is_up_to_twice_the_guess_and_says_so(count: int) -> None:
    found = estimate(600.0, [(100.0, 900.0)] * count)
    assert (found.least, found.most) == (600.0, 1_200.0)
    assert f"{count} like task" in found.made
    assert found.like == 0


def test_from_five_on_it_is_the_mean_ratio_give_or_take_its_sample_deviation() -> None:
    # Ratios 1, 2, 3, 4, 5: mean 3, sample deviation the root of 2.5.
    outcomes = [(100.0, 100.0), (10.0, 20.0), (1.0, 3.0), (2.0, 8.0), (60.0, 300.0)]
    found = estimate(100.0, outcomes)
    assert math.isclose(found.least, 100 * (3 - math.sqrt(2.5)))
    assert math.isclose(found.most, 100 * (3 + math.sqrt(2.5)))
    assert found.like == 5
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


def test_what_like_tasks_cost_is_a_range_from_five_on_and_never_below_nothing() -> None:
    assert cost([0.1] * 4) is None
    found = cost([0.1, 0.2, 0.3, 0.4, 0.5])
    assert found is not None
    assert math.isclose(found.least, 0.3 - math.sqrt(0.025))
    assert math.isclose(found.most, 0.3 + math.sqrt(0.025))
    assert found.like == 5
    assert (dear := cost([0.01] * 4 + [5.0])) is not None
    assert dear.least == 0.0


def test_work_without_a_price_says_nothing_of_cost() -> None:
    assert cost([0.0] * 9 + [0.1] * 4) is None
