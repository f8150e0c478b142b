"""The program on terminals that are tiny, huge, poor, foreign, gone, or talk nonsense: it stays, and leaves well."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.screens.terminal import TerminalRun, left_on

pytestmark = pytest.mark.unit

#: Sizes from nothing to more than anybody has.
SIZES = ((1, 1), (20, 5), (300, 80), (2, 60), (300, 1), (59, 15), (60, 16), (0, 0), (65_535, 65_535), (80, 24))

#: Bold, dim, italic, underlined, reverse, struck out; and the terminal's own two colours.
UNCOLOURED = {"", "0", "1", "2", "3", "4", "7", "9", "39", "49"}

STAGE = "tests.support.screens.stage"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Where a stage writes what its engine was asked."""
    return tmp_path / "calls.json"


def asked(calls: Path) -> list[str]:
    return [str(call) for call in json.loads(calls.read_text("utf-8"))]


def stage(
    world: str, calls: Path, *, size: tuple[int, int] = (100, 30), unlike: Mapping[str, str] | None = None
) -> TerminalRun:
    return TerminalRun(home=None, module=STAGE, arguments=(world, str(calls)), size=size, unlike=unlike)


def escape(run: TerminalRun) -> None:
    """The key itself: what follows at once would make another key of it."""
    run.send(b"\x1b")
    run.read_for(0.3)


def leave(run: TerminalRun) -> None:
    """Out by the key that always works, and nothing stays behind."""
    run.send(b"\x03")
    assert run.wait() == 0, run.text[-2000:]
    assert left_on(run.raw) == set()
    assert run.set_back


def test_any_size_at_any_moment(calls: Path) -> None:
    """In every screen, in a dialog, in a text field, in a search, with a button of the mouse held."""
    moments = (
        b"",
        b"r",  # the reason for a no, typed into a field
        b"\x1b",
        b"2/needle",
        b"\x1b",
        b"3",
        b"w",
        b"a long goal",
        b"\x1b",
        b"?",
        b"q\x10",  # the palette
        b"\x1b",
        b"\x1b[<0;5;5M\x1b[<32;9;9M",  # dragging
    )
    with stage("night", calls) as run:
        run.until("needs you")
        for keys in moments:
            run.send(keys)
            for size in SIZES:
                run.resize(*size)
                run.read_for(0.01)
        run.quiet()
        assert run.alive, run.text[-2000:]
        leave(run)


def test_too_small_is_said_and_the_picture_comes_back(calls: Path) -> None:
    with stage("night", calls, size=(20, 5)) as run:
        run.until("too small")
        at = len(run.raw)
        run.resize(80, 24)
        run.until("needs you", since=at)
        leave(run)


def test_the_terminal_is_believed_about_its_size(calls: Path) -> None:
    # As a shell leaves them behind that has exported them.
    with stage("night", calls, size=(80, 24), unlike={"COLUMNS": "20", "LINES": "5"}) as run:
        run.until("needs you")
        leave(run)


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "dumb"},
        {"TERM": ""},
        {"TERM": "no-such-terminal", "NO_COLOR": "1"},
        {"TERM": "linux"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["dumb", "unset", "unknown without colour", "linux", "C"],
)
def test_poor_terminals(calls: Path, environment: dict[str, str]) -> None:
    with stage("night", calls, unlike=environment) as run:
        run.until("needs you")
        run.send(b"2/")
        run.until("words to filter by")
        # Umlauts from a keyboard that speaks Latin-1, and from one that speaks UTF-8.
        run.send(b"\xe4\xf6" + "ä".encode())
        escape(run)
        run.send(b"?")
        run.until("Mission control")
        if environment.get("TERM") in {"dumb", "linux"} or "LANG" in environment:
            # But for what the person typed, where the terminal can show it.
            typed: set[str] = set() if "LANG" in environment else {"ä", "\ufffd"}
            assert {c for c in run.raw.decode("utf-8") if not c.isascii()} <= typed
        if "NO_COLOR" in environment or environment.get("TERM") == "dumb":
            assert {code for way in run.colours for code in way.split(";")} <= UNCOLOURED
        leave(run)


def test_nonsense_from_the_terminal(calls: Path) -> None:
    """One after the other into every kind of place; the next key works each time, and nothing was decided."""
    nonsense = (
        b"\x1b[<999;999;999M",
        b"\x1b[<0;-3;-3M\x1b[<0;-3;-3m",
        b"\x1b[<0;999999999999;1M",
        b"\x1b[<0;12",
        b"\x1b[M\xff\xff\xff",
        b"\x1b[48;99999;99999;0;0t",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[99999999999u",
        b"\x1b[1;1;1114112u",
        b"\x1b]52;c;?\x07\x1bP+q\x1b\\\x1b[?1;2c\x1b[?2048;2$y",
        b"\x1b[",
        b"\x1bO",
        b"\x00" * 100,
        bytes(range(128, 256)) * 2,
        b"\xe4\xf6\xfc\xc3",
        b"\x1b[200~\x1b[200~\x1b[201~\x1b[201~",
        b"\x1b[200~\x1b]52;c;eA==\x07\x1b[2J\x9b2J\x1b[201~",
        b"git push --force\ryes yes yes\r",  # a paste that nothing marks as one
    )
    with stage("night", calls) as run:
        for keys in (b"1", b"2", b"3", b"2/", b"1r"):
            escape(run)
            run.send(keys)
            for piece in nonsense:
                run.send(piece)
                run.read_for(0.02)
        run.quiet()
        escape(run)
        at = len(run.raw)
        run.send(b"?")
        run.until("Mission control", since=at)
        leave(run)
    assert not [call for call in asked(calls) if "approve" in call or "reject" in call]


def test_a_flood_of_keys(calls: Path) -> None:
    with stage("night", calls, size=(80, 24)) as run:
        run.until("needs you")
        run.send(b"jk" * 5_000)
        at = len(run.raw)
        run.send(b"?")
        run.until("Mission control", since=at)
        leave(run)


def test_ten_megabytes_into_every_text_field(calls: Path) -> None:
    """Bounded, said, and the keys work at once; what is a control sequence in it never comes back out."""
    paste = b"\x1b[200~" + b"A\x1b]52;c;eA==\x07 [red]\xff" * 500_000 + b"\x1b[201~"
    with stage("evening", calls) as run:
        run.until("needs you")
        # The goal; a line of the form; a search; an answer to the agent.
        for keys, said in ((b"w", "pasted"), (b"\t\t", "Too long"), (b"2/", "Too long")):
            if keys == b"2/":
                escape(run)
            run.send(keys)
            run.quiet(0.3)
            at = len(run.raw)
            run.send(paste)
            run.until(said, since=at)
        assert b"]52;" not in run.raw
        escape(run)
        at = len(run.raw)
        run.send(b"?")
        run.until("Mission control", since=at)
        leave(run)


def test_a_paste_where_no_text_goes_does_nothing(calls: Path) -> None:
    with stage("night", calls) as run:
        run.until("needs you")
        run.read_for(0.7)
        run.send(b"\x1b[200~aaarrrqqq\x1b[201~")
        run.until("Pasted text goes into text fields")
        leave(run)
    assert not [call for call in asked(calls) if "approve" in call or "reject" in call]


def test_keys_from_before_the_first_picture_are_dropped(calls: Path) -> None:
    with stage("night", calls) as run:
        run.send(b"aaaarrrr?\rq")
        run.until("needs you")
        run.quiet()
        assert run.alive
        leave(run)
    assert not [call for call in asked(calls) if "approve" in call or "reject" in call]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_with_the_terminal_as_it_was(calls: Path, number: int, code: int) -> None:
    with stage("night", calls) as run:
        run.until("needs you")
        run.signal(number)
        assert run.wait() == code
        assert left_on(run.raw) == set()
        assert run.set_back


def test_a_terminal_that_takes_nothing_does_not_hold_up_the_end(calls: Path) -> None:
    with stage("night", calls, size=(300, 80)) as run:
        run.until("needs you")
        # Nobody reads any more, as on a connection that stalls, and there is much to draw.
        for size in ((300, 80), (299, 80)) * 20:
            run.resize(*size)
            run.wait_unread(0.05)
        run.signal(signal.SIGTERM)
        assert run.wait_unread(30) == 143
        assert run.set_back


def test_stopped_and_continued(calls: Path) -> None:
    with stage("night", calls) as run:
        run.until("needs you")
        run.quiet()
        run.signal(signal.SIGTSTP)
        run.until_stopped()
        assert left_on(run.raw) - {"title"} == set()
        assert run.set_back
        at = len(run.raw)
        run.signal(signal.SIGCONT)
        run.until("needs you", since=at)
        leave(run)


def test_stopped_without_a_warning_and_continued(calls: Path) -> None:
    with stage("night", calls) as run:
        run.until("needs you")
        run.quiet()
        threads = run.threads
        for _ in range(3):
            run.signal(signal.SIGSTOP)
            run.until_stopped()
            at = len(run.raw)
            run.signal(signal.SIGCONT)
            run.until("needs you", since=at)
            run.quiet()
        # Two readers of keys would each get a part of a sequence.
        assert run.threads == threads
        leave(run)


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12])
def test_a_hang_up_continues_what_it_ends(calls: Path, delay: float) -> None:
    """The system sends the second signal along with the first, and it may be taken at any time until the end."""
    with stage("night", calls) as run:
        run.until("needs you")
        run.signal(signal.SIGHUP)
        run.read_for(delay)
        if run.alive:
            run.signal(signal.SIGCONT)
        assert run.wait() == 129
        assert left_on(run.raw) == set()
        assert run.set_back


def test_a_mistake_in_the_program_leaves_the_terminal_clean(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with TerminalRun(home=home, module="tests.support.screens.mistaken") as run:
        run.until("No work yet.")
        at = len(run.raw)
        run.send(b"?")
        assert run.wait() == 1
        assert left_on(run.raw) == set()
        assert run.set_back
        assert "a mistake of its own: RuntimeError: 7 letters went wrong" in " ".join(run.text.split())
        assert "orion-tui-crash.txt" in run.text
        # Neither the secret nor the control sequence.
        assert "hunter" not in run.text
        assert b"]52;" not in run.raw[at:]
    kept = (home / "logs" / "orion-tui-crash.txt").read_text("utf-8")
    assert "RuntimeError" in kept
    assert "\x1b" not in kept


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = os.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("closed", ["0<&-", "0</dev/null", "2>&-", "2>/dev/null", "0<&- 1>&- 2>&-"])
def test_without_keys_or_a_screen_it_says_so(tmp_path: Path, terminal: tuple[int, int], closed: str) -> None:
    _, slave = terminal
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m orion_tui {closed}', sys.executable],
        stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE if "2" not in closed else slave,
        env={**os.environ, "ORION_HOME": str(tmp_path)}, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    if "2" not in closed:
        assert b"needs a terminal: standard input is none" in done.stderr
    elif "1" not in closed:
        assert b"needs a terminal: standard error is none" in done.stdout
