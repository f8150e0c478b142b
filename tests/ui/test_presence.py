"""How far the person has looked is kept while they look: terminals die without a word (HOME-5)."""

import os
import pty
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pytest

from orion_tui import app as application
from orion_tui import presence
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import events
from orion_tui.core.store.database import Store
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY

pytestmark = pytest.mark.unit

#: Seconds in which the application must have gone.
PATIENCE = 40.0


def _looks(drive: Drive) -> list[object]:
    return [call[1] for call in drive.world.calls if call[0] == "looked"]


async def _more_happens(drive: Drive) -> None:
    drive.world.event(RETRY, "task.done", drive.clock.now(), task="t", title="More")
    drive.world.set_state(RETRY, SessionState.RUNNING)
    newest = len(drive.world.events)
    await drive.until(lambda: (s := drive.view.snapshot) is not None and s.seq == newest)


async def test_what_is_seen_is_kept_while_the_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "KEEP_LOOK", 0.02)
    async with orion(night()) as drive:
        await drive.until(lambda: _looks(drive) == [len(drive.world.events)])
        await _more_happens(drive)
        await drive.until(lambda: _looks(drive)[-1] == len(drive.world.events))
        assert len(_looks(drive)) == 2, "nothing new, nothing kept"


async def test_what_comes_while_nobody_is_there_is_not_seen() -> None:
    async with orion(night()) as drive:
        before = len(drive.world.events)
        drive.clock.advance(presence.THERE + 1)
        await _more_happens(drive)
        drive.app.exit(return_code=128 + signal.SIGHUP)
    assert _looks(drive) == [before]


async def test_a_key_sees_what_came_meanwhile() -> None:
    async with orion(night()) as drive:
        drive.clock.advance(presence.THERE + 1)
        await _more_happens(drive)
        await drive.pilot.press("q")
    assert _looks(drive) == [len(drive.world.events)]


async def test_who_only_looks_has_seen_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "KEEP_LOOK", 0.02)
    async with orion(night(), read_only=True) as drive:
        await drive.press("j", "2", "1", "q")
        await drive.until(lambda: not drive.app.is_running)
        assert _looks(drive) == []


@pytest.mark.slow
def test_a_terminal_that_dies_takes_the_last_look_with_it_not(tmp_path: Path) -> None:
    """The kernel's hang-up and that of a multiplexer, one upon the other."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with Store.open(home / "orion.db") as store, store.transaction() as tx:
        events.append(tx, "", "agent.noted", "agent", {"text": "something to look at"})
    child, master = pty.fork()
    if child == 0:
        os.environ |= {"ORION_HOME": str(home), "TERM": "xterm-256color"}
        os.execv(sys.executable, [sys.executable, "-m", "orion_tui"])
    try:
        for words, key in ((b"first look", b"2"), (b"No work yet", b"")):
            seen = b""
            while words not in seen:
                seen += os.read(master, 65536)
            os.write(master, key)
    finally:
        os.close(master)
    for _ in range(2):
        os.kill(child, signal.SIGHUP)
    deadline, tick = time.monotonic() + PATIENCE, threading.Event()
    while os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
        tick.wait(0.05)
    with sqlite3.connect(home / "orion.db") as store:
        assert store.execute("SELECT value FROM meta WHERE key = 'app.last_look'").fetchone()
