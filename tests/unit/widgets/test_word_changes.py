"""Which words of a line changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.widgets.word_changes import MOST_WORDS, word_changes

pytestmark = pytest.mark.unit


def _marked(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[a:b] for a, b in spans]


def test_each_word_that_changed_is_marked_and_none_between() -> None:
    old, new = "return call(first, second, third)", "return send(first, second, fourth)"
    left, right = word_changes(old, new)
    assert _marked(old, left) == ["call", "third"]
    assert _marked(new, right) == ["send", "fourth"]


def test_whole_words_are_marked() -> None:
    left, right = word_changes("self.attempt_count = 1", "self.attempt_counts = 1")
    assert _marked("self.attempt_count = 1", left) == ["attempt_count"]
    assert _marked("self.attempt_counts = 1", right) == ["attempt_counts"]


def test_lines_with_little_in_common_are_not_marked() -> None:
    assert word_changes("import random", "class Session(Base):") == ((), ())


def test_a_line_of_thousands_of_words_is_compared_by_its_ends() -> None:
    words = [f"w{n}" for n in range(20 * MOST_WORDS)]
    old, new = " ".join(words), " ".join([*words[:5], "x", *words[6:-5], "y", *words[-4:]])
    left, right = word_changes(old, new)
    assert len(left) == len(right) <= 1


@given(st.text("ab c.", max_size=30), st.text("ab c.", max_size=30))
def test_what_is_not_marked_is_the_same_on_both_sides(old: str, new: str) -> None:
    left, right = word_changes(old, new)
    if not left and not right:
        return
    rest = [
        "".join(c for i, c in enumerate(t) if not any(a <= i < b for a, b in s)) for t, s in ((old, left), (new, right))
    ]
    assert rest[0].replace(" ", "") == rest[1].replace(" ", "")
