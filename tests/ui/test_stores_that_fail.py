"""A store that is damaged, foreign, newer, locked or taken away: said with what to do, and nothing is touched."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import Store, Transaction, sessions
from tests.support.screens.rows import POLICY, session
from tests.support.screens.terminal import TerminalRun, left_on

pytestmark = pytest.mark.unit


@pytest.fixture
def home(tmp_path: Path) -> OrionHome:
    """A state directory with some pages of sessions in it."""
    place = OrionHome(tmp_path / "home")
    place.prepare()

    def fill(tx: Transaction) -> None:
        sessions.save_policy(tx, POLICY, "{}")
        for n in range(60):
            sessions.insert(tx, session(f"{n:012x}", SessionState.COMPLETED, f"goal {n} " * 40, tasks_done=1))

    with Store.open(place.database) as store:
        store.transact(fill)
    return place


def _flip(path: Path, begin: int, length: int) -> None:
    data = bytearray(path.read_bytes())
    data[begin : begin + length] = bytes(byte ^ 0xFF for byte in data[begin : begin + length])
    path.write_bytes(data)


def _header(path: Path) -> None:
    _flip(path, 0, 100)


def _pages(path: Path) -> None:
    _flip(path, 4096, path.stat().st_size - 8192)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_header, "is damaged"),
        (_pages, "is damaged"),
        (_cut, "is damaged"),
        (_newer, "was written by a newer Orion"),
        (_foreign, "is not an Orion database"),
        (_directory, "cannot"),
    ],
)
def test_what_cannot_be_read_is_said_and_left_alone(home: OrionHome, harm: Callable[[Path], None], words: str) -> None:
    harm(home.database)
    before = home.database.read_bytes() if home.database.is_file() else b""
    with TerminalRun(home=home.root, size=(200, 30)) as run:
        assert run.wait() == 11, run.text[-2000:]
        assert words in run.text
        assert str(home.database) in run.text
        assert "Traceback" not in run.text
        assert left_on(run.raw) == set()
        assert run.set_back
    assert (home.database.read_bytes() if home.database.is_file() else b"") == before


def test_a_store_that_another_program_keeps_locked_is_said(home: OrionHome) -> None:
    holder = sqlite3.connect(home.database)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with TerminalRun(home=home.root, size=(200, 30)) as run:
        assert run.wait() == 11
        assert f"kept {home.database} locked" in run.text
        assert "orion doctor" in run.text
        assert left_on(run.raw) == set()
    holder.close()


@pytest.mark.parametrize("how", ["the file", "the directory"])
def test_a_store_that_is_taken_away_ends_what_would_be_lost(home: OrionHome, how: str) -> None:
    with TerminalRun(home=home.root, size=(200, 30)) as run:
        run.until("to review")
        if how == "the file":
            home.database.rename(home.root / "aside")
        else:
            shutil.rmtree(home.root)
        assert run.wait() == 11
        assert "was removed or replaced while it was in use" in run.text
        assert left_on(run.raw) == set()
        assert run.set_back
