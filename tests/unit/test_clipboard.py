"""The exact bytes that put a text into a terminal's clipboard, and when there are none."""

import base64

import pytest

from orion_tui import clipboard
from orion_tui.clipboard import MOST_BYTES, Clipboard, Wrap

pytestmark = pytest.mark.unit

PLAIN = {"TERM": "xterm-256color"}


def test_a_terminal_gets_osc_52() -> None:
    assert clipboard.detect(PLAIN).sequence("héllo\n") == "\x1b]52;c;aMOpbGxvCg==\x07"


def test_tmux_gets_it_wrapped_and_bare() -> None:
    found = clipboard.detect({**PLAIN, "TMUX": "/tmp/tmux-1000/default,1,0"})
    assert found.sequence("hi") == "\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\" + "\x1b]52;c;aGk=\x07"


def test_screen_gets_it_in_pieces_that_it_can_hold() -> None:
    text = "x" * 3_000
    found = clipboard.detect({**PLAIN, "TERM": "screen-256color", "STY": "1.pts"}).sequence(text)
    strings = found.split("\x1b\\")
    assert all(piece.startswith("\x1bP") and len(piece) < 768 for piece in strings[:-1])
    assert strings[-1] == ""
    joined = "".join(piece.removeprefix("\x1bP") for piece in strings)
    assert joined.startswith("\x1b]52;c;")
    assert joined.endswith("\x07")
    assert base64.b64decode(joined[7:-1]).decode() == text


@pytest.mark.parametrize("term", ["dumb", "linux", "vt100", "unknown"])
def test_poor_terminals_get_nothing(term: str) -> None:
    assert clipboard.detect({"TERM": term}).sequence("hi") == ""
    assert clipboard.detect({"TERM": term, "TMUX": "x"}).sequence("hi") == ""


def test_what_is_too_long_is_not_sent_cut() -> None:
    reached = Clipboard(reached=True)
    assert reached.sequence("x" * MOST_BYTES)
    assert reached.sequence("x" * (MOST_BYTES + 1)) == ""
    assert reached.sequence("é" * (MOST_BYTES // 2 + 1)) == ""
    assert reached.sequence("") == ""


@pytest.mark.parametrize("wrap", Wrap)
def test_nothing_of_the_text_is_a_sequence(wrap: Wrap) -> None:
    hostile = "\x1b\\\x07\x1b]52;c;?\x07\x9c\udcff"
    found = Clipboard(reached=True, wrap=wrap).sequence(hostile)
    assert "?" not in found
    assert "\x9c" not in found
    assert found.isascii()
