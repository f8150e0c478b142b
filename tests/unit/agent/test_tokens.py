"""Estimates of tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.agent.tokens import bytes_of, estimate_tokens

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("abcdefg", 2), ("abcdefgh", 3), ("ü" * 7, 4), ("\ud800", 1)]
)
def test_bytes_by_three_and_a_half_rounded_up(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.integers(0, 10_000))
def test_as_many_bytes_as_fit_and_not_one_more(tokens: int) -> None:
    assert estimate_tokens("x" * bytes_of(tokens)) <= tokens < estimate_tokens("x" * (bytes_of(tokens) + 1))
