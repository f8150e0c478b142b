"""What typed words fit, and what they fit best."""

import pytest

from orion_tui.base.fuzzy import score

pytestmark = pytest.mark.unit


def best(words: str, *texts: str) -> list[str]:
    """Those that fit, the best first."""
    return sorted((text for text in texts if score(words, text)), key=lambda text: -score(words, text))


def test_beginnings_come_before_middles_and_letters_in_order_last() -> None:
    texts = ("pretry it", "Add retry", "Retry at once", "r.e.t.r.y", "nothing")
    assert best("retry", *texts) == ["Retry at once", "Add retry", "pretry it"]
    assert best("rtry", *texts) == ["pretry it", "Add retry", "Retry at once"]


def test_all_words_are_wanted_in_any_order() -> None:
    assert best("client retry", "Add retry to the client", "Add retry", "client") == ["Add retry to the client"]


def test_letters_across_a_sentence_mean_nothing() -> None:
    assert not score("retry", "Bring the work into the repository: gate, preview, credential.")
    assert not score("xy", "x and y")
    assert score("apic", "api-client")


@pytest.mark.parametrize("words", ["", "   ", "\x00", "%", "[a]" * 50])
def test_what_is_no_word_fits_nothing(words: str) -> None:
    assert score(words, "Add retry") == 0
