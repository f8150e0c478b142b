"""What can be said on the command line of `orion-tui`, and what is answered to what cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orion_tui.base.errors import NotFound, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.naming import named
from orion_tui.core.models.sessions import SessionState
from orion_tui.options import Options, parse
from tests.support.records import Records
from tests.support.screens.terminal import TerminalRun

pytestmark = pytest.mark.unit

A, B = "a1b2c3d4e5f6", "a1b2ffffffff"


@pytest.fixture
def home(tmp_path: Path) -> OrionHome:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    records = Records(home)
    records.session(A, SessionState.COMPLETED, workspace="/srv/api-client", goal="Retry\x1b[2J with back-off")
    records.session(B, SessionState.COMPLETED, workspace="/srv/shop")
    return home


def orion_tui(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """The program without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "orion_tui", *arguments],
        env={**os.environ, "ORION_HOME": str(home)}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_the_command_line_is_read() -> None:
    assert parse([]) == Options()
    assert parse(["a1b2", "--theme", "light", "--read-only"]) == Options(session="a1b2", theme="light", read_only=True)
    assert parse(["--demo"]).demo


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--theme", "drak"], "there is no theme 'drak' (did you mean 'dark'?)"),
        (["--theme", ""], "there is no theme ''"),
        (["--demo", "--read-only"], "does not go with --read-only"),
        (["--demo", "a1b2"], "does not go with a session"),
        (["  "], "the session's id is empty"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert said in caught.value.message


def test_help_names_every_option_and_a_wrong_theme_is_a_wrong_request(tmp_path: Path) -> None:
    shown = orion_tui("--help", home=tmp_path / "none")
    assert shown.returncode == 0
    for option in ("SESSION", "--demo", "--theme NAME", "--read-only", "--version"):
        assert option in shown.stdout
    wrong = orion_tui("--theme", "lihgt", home=tmp_path / "none")
    assert wrong.returncode == 2
    assert "did you mean 'light'?" in wrong.stderr
    assert not (tmp_path / "none").exists()


def test_a_session_is_found_by_the_beginning_of_its_id(home: OrionHome) -> None:
    assert named(home, "a1b2c") == A
    assert named(home, B, read_only=True) == B
    with pytest.raises(UsageError, match="several sessions begin with a1b2"):
        named(home, "a1b2")


def test_an_unknown_session_is_told_with_what_may_have_been_meant(home: OrionHome, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        named(home, "a1b3c3")
    assert caught.value.problems[0] == f"{A}  api-client: Retry with back-off"
    with pytest.raises(NotFound) as caught:
        named(home, "Shop")
    assert caught.value.problems == (f"{B}  shop: Retry with back-off",)
    with pytest.raises(NotFound, match=r"no session zzzz\n"):
        named(home, "zzzz")
    with pytest.raises(NotFound):
        named(OrionHome(tmp_path / "none"), "a1")
    assert not (tmp_path / "none").exists()


def test_the_terminal_says_that_there_is_no_such_session_and_paints_nothing(home: OrionHome) -> None:
    with TerminalRun(home=home.root, arguments=("a1b3",)) as run:
        assert run.wait() == 3
        assert "no session a1b3; did you mean" in run.text
        assert b"\x1b[?1049h" not in run.raw


def test_read_only_opens_the_session_and_says_what_it_is(home: OrionHome) -> None:
    with TerminalRun(home=home.root, arguments=("a1b2c", "--read-only", "--theme", "light")) as run:
        run.until("read-only")
        run.until("a1b2c3d4")
        run.send(b"x")
        run.until("nothing can be changed here")
        run.send(b"\x03")
        assert run.wait() == 0
