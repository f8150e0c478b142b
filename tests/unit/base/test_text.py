"""What is shown of untrusted text: nothing acts, and where a person decides nothing is unseen."""

import pytest

from orion_tui.base.text import clean, display_path, has_disguise, reveal

pytestmark = pytest.mark.unit

#: One of each that shows as nothing, as a blank, or moves what is around it.
UNSEEN = [
    *("\x1b[2J", "\x9b31m", "\x1b]52;c;eA==\x07", "\r", "\x00", "\x7f"),
    *("\u200b", "\u00ad", "\u202e", "\u2066", "\ufeff", "\u2028", "\U000e0041"),
    *("\u034f", "\u115f", "\u1160", "\u17b4", "\u180b", "\u2800", "\u3164", "\uffa0", "\ufe00", "\U000e0100"),
]
SEEN = ["plain", "naïve café", "Grüße", "日本語", "Привет", "tab\tnew\nline", "✓ ⏎ →", "❤\ufe0f"]


@pytest.mark.parametrize("hidden", UNSEEN)
def test_what_is_not_seen_is_dropped_where_it_is_read_and_spelled_where_it_is_decided(hidden: str) -> None:
    assert clean(f"rm{hidden}x") == "rmx"
    assert "⟨U+" in reveal(f"rm{hidden}x")
    assert has_disguise(f"rm{hidden}x")


@pytest.mark.parametrize("blank", ["\u00a0", "\u3000", "\u2003"])
def test_other_blanks_are_spelled_and_count_as_a_disguise(blank: str) -> None:
    assert f"⟨U+{ord(blank):04X}⟩" in reveal(f"rm{blank}x")
    assert has_disguise(f"rm{blank}x")


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays(text: str) -> None:
    assert clean(text) == reveal(text) == text.replace("\t", "    ")
    assert not has_disguise(text)


def test_removing_a_sequence_makes_no_new_one() -> None:
    assert "\x1b" not in clean("\x1b\x1b[0m[31mred\x1b\x1b]0;x\x07]0;y\x07")
    assert display_path(b"a\nb\x1b[0m") == "a⏎b⟨U+001B⟩[0m"
