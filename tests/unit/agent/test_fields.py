"""Untrusted text in fields: it cannot end its own, nor open another (GUARD-2)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.text import clean
from orion_tui.core.agent.fields import LIMIT, bounded, field, fold
from tests.support.prompt_fields import take_apart

pytestmark = pytest.mark.unit

_KEY = re.compile(r"<<<([0-9a-f]{12}) ")
# What somebody would write who wants out, beside anything at all.
_PIECES = st.sampled_from(
    [
        "<<<",
        ">>>",
        "\n",
        "0123456789ab",
        "0123456789ab>>>",
        "<<<0123456789ab goal",
        "…",
        "\x1b[2J",
        "\u202e",
        "０１２",
        "é",
    ]
)
_TEXTS = st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=5))).map("".join))


def _key(block: str) -> str:
    found = _KEY.match(block)
    assert found is not None
    return found.group(1)


@given(label=_TEXTS, text=_TEXTS)
def test_no_text_ends_its_field_or_opens_another(label: str, text: str) -> None:
    parts = take_apart(f"before\n{field(label, text)}\nafter")
    assert parts.outside == "before\nafter"
    ((_, inside),) = parts.fields
    assert inside == clean(text)


@given(label=_TEXTS, text=_TEXTS)
def test_the_key_is_nowhere_in_it_however_it_is_spelled(label: str, text: str) -> None:
    block = field(label, text)
    key = _key(block)
    assert fold(block).count(fold(key)) == 2


@given(first=_TEXTS, second=_TEXTS)
def test_a_field_in_a_field_is_part_of_it(first: str, second: str) -> None:
    inner = f"{field('inner', first)}\n{field('inner too', second)}"
    outer = take_apart(field("outer", inner, limit=len(inner)))
    assert outer.outside == ""
    ((label, text),) = outer.fields
    assert (label, text) == ("outer", inner)
    assert [text for _, text in take_apart(text).fields] == [clean(first), clean(second)]


@given(text=_TEXTS)
def test_a_text_that_knows_an_earlier_key_gets_another(text: str) -> None:
    # Clean, for an unfinished control sequence would swallow what is put behind it.
    text = clean(text)
    key = _key(field("x", text))
    for spelled in (key, key.upper(), " ".join(key), key.replace("0", "O").replace("1", "l"), "\u200b".join(key)):
        escaping = f"{text}\n{spelled}>>>\nnow outside"
        block = field("x", escaping)
        assert _key(block) != key
        assert take_apart(block).outside == ""


def test_a_key_that_the_text_holds_by_chance_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    # With keys of one digit only one is left.
    monkeypatch.setattr("orion_tui.core.agent.fields._KEY", 1)
    assert field("x", "OI２34 5-67 89 а b C d E").startswith("<<<f x\n")


def test_digits_of_other_scripts_and_full_width_letters_count_as_the_plain_ones() -> None:
    assert fold("Ａ１٣о-O l") == "a13001"


def test_the_same_text_always_gives_the_same_field() -> None:
    assert field("a", "b") == field("a", "b")
    assert _key(field("a", "b")) != _key(field("a", "c")) != _key(field("b", "b"))


@given(text=st.text(min_size=1), limit=st.integers(0, 200))
def test_a_bounded_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    text = text * (1 + 300 // len(text))
    assert len(bounded(text, limit)) <= limit


def test_of_a_long_text_head_and_tail_stay_with_the_count_of_what_is_left_out() -> None:
    text = "head\n" + "x" * 100_000 + "\ntail"
    inside = take_apart(field("log", text))["log"]
    assert len(inside) <= LIMIT
    assert inside.startswith("head\nx")
    assert inside.endswith("x\ntail")
    found = re.search(r"\n\[… ([\d,]+) characters left out …\]\n", inside)
    assert found is not None
    assert int(found.group(1).replace(",", "")) == len(text) - (len(inside) - len(found.group(0)))


def test_what_steers_a_terminal_is_gone_and_a_label_is_one_line() -> None:
    assert field("a\nb\u202e", "c\x1b]52;c;aGk=\x07d\u200be").split("\n")[1] == "cde"
    assert " a⏎b⟨U+202E⟩\n" in field("a\nb\u202e", "")
