"""Ceilings are never passed, whatever a question turns out to use of what it was allowed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.agent.ceilings import LEAST, Budget, Refusal, Spent, allow, warning

pytestmark = pytest.mark.unit

_TOKENS = st.integers(0, 10**9)
_DOLLARS = st.floats(0, 10_000, allow_nan=False)


def test_what_is_wanted_is_allowed_while_there_is_room() -> None:
    assert allow(1_000, 8_000, (3.0, 15.0), Spent(), Budget(max_cost_usd=5.0, max_tokens=2_000_000)) == 8_000


def test_the_answer_is_cut_to_what_is_left_of_the_tokens() -> None:
    assert allow(1_000, 8_000, None, Spent(tokens=95_000), Budget(max_cost_usd=5.0, max_tokens=100_000)) == 4_000


def test_the_answer_is_cut_to_what_is_left_of_the_dollars() -> None:
    # 0.10 left, 0.03 for the question, so 0.07 for the answer at 15 a million.
    budget = Budget(max_cost_usd=1.0, max_tokens=10**9)
    assert allow(10_000, 8_000, (3.0, 15.0), Spent(cost_usd=0.9), budget) in {4_666, 4_665}


def test_the_last_digit_of_a_sum_does_not_pass_the_ceiling() -> None:
    # 6,523 tokens are what the division gives, and their sum is 0.22000000000000003.
    budget = Budget(max_cost_usd=0.22, max_tokens=10**9)
    assert allow(13_385, 8_000, (3.0, 15.0), Spent(cost_usd=0.082), budget) == 6_522


@pytest.mark.parametrize(
    ("question", "price", "spent", "budget", "ceiling"),
    [
        (1_000, None, Spent(tokens=99_000), Budget(max_cost_usd=None, max_tokens=100_000), "tokens"),
        (1_000, None, Spent(tokens=200_000), Budget(max_cost_usd=None, max_tokens=100_000), "tokens"),
        (0, None, Spent(), Budget(max_cost_usd=None, max_tokens=0), "tokens"),
        (10, (3.0, 15.0), Spent(), Budget(max_cost_usd=0.0, max_tokens=10**6), "cost"),
        (10, (0.0, 15.0), Spent(cost_usd=9), Budget(max_cost_usd=5.0, max_tokens=10**6), "cost"),
        (0, (0.0, 15.0), Spent(cost_usd=0.999), Budget(max_cost_usd=1.0, max_tokens=10**7), "cost"),
        (10**6, (3.0, 0.0), Spent(), Budget(max_cost_usd=2.0, max_tokens=10**7), "cost"),
        (10, (math.nan, 1.0), Spent(), Budget(max_cost_usd=2.0, max_tokens=10**7), "cost"),
        (10, (1.0, 1.0), Spent(cost_usd=math.nan), Budget(max_cost_usd=2.0, max_tokens=10**7), "cost"),
    ],
)
def test_nothing_is_asked_where_no_answer_fits(
    question: int, price: tuple[float, float] | None, spent: Spent, budget: Budget, ceiling: str
) -> None:
    answer = allow(question, 8_000, price, spent, budget)
    assert isinstance(answer, Refusal)
    assert answer.ceiling == ceiling
    assert "limit" in answer.text


def test_a_model_without_a_price_works_without_dollars() -> None:
    assert allow(10, 500, None, Spent(), Budget(max_cost_usd=0.0, max_tokens=10_000)) == 500


def test_a_short_answer_that_is_wanted_short_is_allowed() -> None:
    assert allow(10, 100, None, Spent(), Budget(max_cost_usd=None, max_tokens=110)) == 100


@given(
    question=st.integers(0, 10**7),
    wanted=st.integers(1, 10**6),
    price=st.none() | st.tuples(st.floats(0, 1_000), st.floats(0, 1_000)),
    spent=st.builds(Spent, cost_usd=_DOLLARS, tokens=_TOKENS),
    budget=st.builds(Budget, max_cost_usd=st.none() | _DOLLARS, max_tokens=_TOKENS),
)
def test_no_ceiling_is_passed_even_if_all_of_it_is_used(
    question: int, wanted: int, price: tuple[float, float] | None, spent: Spent, budget: Budget
) -> None:
    answer = allow(question, wanted, price, spent, budget)
    if isinstance(answer, Refusal):
        assert answer.ceiling in {"cost", "tokens"}
        return
    assert min(LEAST, wanted) <= answer <= wanted
    assert spent.tokens + question + answer <= budget.max_tokens
    if price is not None and budget.max_cost_usd is not None:
        assert spent.cost_usd + (question * price[0] + answer * price[1]) / 1_000_000 <= budget.max_cost_usd


@given(
    calls=st.lists(st.builds(Spent, cost_usd=st.floats(0, 1), tokens=st.integers(0, 30)), max_size=20),
    budget=st.builds(Budget, max_cost_usd=st.none() | st.floats(0, 3), max_tokens=st.integers(0, 100)),
)
def test_each_ceiling_is_warned_of_once(calls: list[Spent], budget: Budget) -> None:
    spent = Spent()
    warned: list[str] = []
    for one in calls:
        before, spent = spent, Spent(cost_usd=spent.cost_usd + one.cost_usd, tokens=spent.tokens + one.tokens)
        warned += warning(spent, budget, before)
    assert len(warned) == len(set(warned))
    assert ("tokens" in warned) == (budget.max_tokens > 0 and spent.tokens >= 0.8 * budget.max_tokens)
    assert ("cost" in warned) == bool(budget.max_cost_usd and spent.cost_usd >= 0.8 * budget.max_cost_usd)
