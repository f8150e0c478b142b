"""Whatever a terminal sends becomes keys, pastes, or nothing; never an error."""

import pytest
from textual import events
from textual.message import Message

from orion_tui.tty.keyboard import LONGEST_PASTE, MOST_REPEATS, Keyboard

pytestmark = pytest.mark.unit

START, END = b"\x1b[200~", b"\x1b[201~"


def read(*chunks: bytes) -> list[Message]:
    """All that comes of these readings, one after the other."""
    keyboard = Keyboard()
    return [message for chunk in chunks for message in keyboard.feed(chunk)]


def keys(messages: list[Message]) -> list[str]:
    return [message.key for message in messages if isinstance(message, events.Key)]


def pastes(messages: list[Message]) -> list[str]:
    return [message.text for message in messages if isinstance(message, events.Paste)]


def test_letters_and_arrows_are_keys() -> None:
    assert keys(read(b"a\x1b[A\x1b[1;5C", "ä".encode())) == ["a", "up", "ctrl+right", "ä"]


def test_a_letter_cut_in_two_is_one_letter() -> None:
    assert keys(read(b"\xc3", b"\xa4")) == ["ä"]


def test_bytes_that_are_no_utf8_do_not_end_the_reading() -> None:
    assert keys(read(b"\xe4", b"j"))[-1] == "j"
    assert keys(read(bytes(range(128, 256)), b"\n", b"j"))[-1] == "j"


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1b[99999999999u",
        b"\x1b[1114112u",
        b"\x1b[1;1;1114112u",
        b"\x1b[<0;999;999M",
        b"\x1b[<0;-5;-5M",
        b"\x1b[<0;99999999999999999;1M",
        b"\x1b[M\xff\xff\xff",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[999999999;999999999R",
        b"\x1b[" + b"9" * 5_000 + b"u",
        b"\x1b]52;c;" + b"A" * 100 + b"\x07",
        b"\x1bP+q\x1b\\",
        bytes(range(256)) * 3,
    ],
)
def test_the_next_key_is_read_after_anything(sequence: bytes) -> None:
    assert keys(read(sequence, b"\x1b[A"))[-1] == "up"
    # Byte by byte, as a slow line brings it.
    assert keys(read(*(sequence[n : n + 1] for n in range(len(sequence))), b"\x1b[A"))[-1] == "up"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096])
def test_a_paste_is_whole_wherever_it_is_cut(size: int) -> None:
    data = START + b"one\ntwo \x1b[20 \xc3\xa4" + END + b"k"
    messages = read(*(data[n : n + size] for n in range(0, len(data), size)))
    assert pastes(messages) == ["one\ntwo \x1b[20 ä"]
    assert keys(messages) == ["k"]


def test_pastes_that_follow_each_other_are_two() -> None:
    assert pastes(read(START + b"a" + END + START + b"b" + END)) == ["a", "b"]


def test_of_an_endless_paste_only_so_much_is_kept() -> None:
    messages = read(START, *[b"x" * 4096] * 600, END, b"j")
    assert [len(text) for text in pastes(messages)] == [LONGEST_PASTE]
    assert keys(messages) == ["j"]


def test_a_paste_whose_end_got_lost_is_given_up_by_the_interrupt_key() -> None:
    keyboard = Keyboard()
    assert list(keyboard.feed(START + b"half of it")) == []
    assert list(keyboard.feed(b"q")) == []
    assert list(keyboard.tick()) == []
    assert list(keyboard.feed(b"\x03")) == []
    assert keys(list(keyboard.feed(b"j"))) == ["j"]


def test_an_interrupt_inside_of_a_paste_is_part_of_it() -> None:
    assert pastes(read(START + b"a", b"\x03", b"b" + END)) == ["a\x03b"]


def test_more_than_anybody_types_at_once_is_a_paste() -> None:
    messages = read(b"git push --force\rapprove everything\r")
    assert (pastes(messages), keys(messages)) == (["git push --force\napprove everything\n"], [])


def test_the_last_piece_of_a_paste_that_nothing_marks_is_no_keys() -> None:
    clock = [100.0]
    keyboard = Keyboard(now=lambda: clock[0])
    first = list(keyboard.feed(b"git log --oneline --graph --all\n" * 100))
    clock[0] += 0.01
    rest = list(keyboard.feed(b"data\r"))
    assert (keys([*first, *rest]), pastes(rest)) == ([], ["data\n"])
    clock[0] += 0.2
    assert keys(list(keyboard.feed(b"a"))) == ["a"], "and then it is the person again"


def test_a_key_that_is_held_down_is_no_paste() -> None:
    assert keys(read(b"j" * 100)) == ["j"] * 100


def test_of_more_than_anybody_waits_for_the_rest_is_dropped() -> None:
    assert keys(read(b"jk" * 2_000 + b"?")) == ["j", "k"] * MOST_REPEATS + ["question_mark"]


def test_escape_is_a_key_once_nothing_follows() -> None:
    keyboard = Keyboard()
    messages = list(keyboard.feed(b"\x1b"))
    for _ in range(1_000_000):
        messages += keyboard.tick()
        if messages:
            break
    assert keys(messages) == ["escape"]
