"""`orion doctor --restore`: from a damaged store to its last good copy, never behind anybody's back (THREATS 20)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.errors import Busy, StateError, StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core import restore
from orion_tui.core.session import lock
from orion_tui.core.store import Store, backups, events, meta
from tests.support.command_line import Orion, in_process

pytestmark = pytest.mark.unit


@pytest.fixture
def orion(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    return in_process(monkeypatch, capsys)


@pytest.fixture
def copy(orion_home: OrionHome) -> Path:
    """A copy of a store that has one fact, and has gone on since."""
    with Store.open(orion_home.database) as store:
        store.transact(lambda tx: meta.put(tx, "fact", "kept"))
        made = backups.make(store)
        store.transact(lambda tx: meta.put(tx, "fact", "newer"))
    return made


def spoil(path: Path) -> bytes:
    path.write_bytes(os.urandom(path.stat().st_size))
    return path.read_bytes()


def test_the_command_restores_and_keeps_the_damaged_one(orion: Orion, orion_home: OrionHome, copy: Path) -> None:
    spoiled = spoil(orion_home.database)
    refused = orion("status")
    assert refused.code == StoreError.exit_code
    assert "orion doctor --restore" in refused.err
    assert "orion doctor --restore" in orion("doctor", "--only", "store").out
    done = orion("doctor", "--restore", "--yes", "--json")
    assert done.code == 0, done.err
    record = done.json()
    assert record.keys() == {"restored", "damage", "copy", "made_at", "aside"}
    assert record["restored"] is True
    assert record["copy"] == str(copy)
    assert (Path(record["aside"]) / orion_home.database.name).read_bytes() == spoiled
    with Store.open(orion_home.database) as store:
        assert meta.get(store.reader(), "fact") == "kept"
        told = events.latest(store.reader(), None, 1)[0]
        assert (told.type, told.data["copy"]) == ("store.restored", copy.name)
    assert orion("status").code == 0


def test_nothing_is_restored_without_a_yes(orion: Orion, orion_home: OrionHome, copy: Path) -> None:
    spoiled = spoil(orion_home.database)
    done = orion("doctor", "--restore")
    assert done.code == 2
    assert str(copy) in done.out
    assert "--yes" in done.err
    assert orion_home.database.read_bytes() == spoiled


def test_a_whole_store_is_left_alone(orion: Orion, orion_home: OrionHome, copy: Path) -> None:
    assert "nothing is to be restored" in orion("doctor", "--restore", "--yes").out
    with pytest.raises(StateError, match="is whole"):
        restore.restore(orion_home, SystemClock())
    with Store.open(orion_home.database) as store:
        assert meta.get(store.reader(), "fact") == "newer"


def test_a_store_that_is_gone_is_restored_too(orion: Orion, orion_home: OrionHome, copy: Path) -> None:
    orion_home.database.unlink()
    assert orion("doctor", "--restore", "--yes").code == 0
    with Store.open(orion_home.database) as store:
        assert meta.get(store.reader(), "fact") == "kept"


def test_a_damaged_copy_is_said_to_be_passed_over(orion: Orion, orion_home: OrionHome, copy: Path) -> None:
    newer = copy.with_name("orion-29991231T000000Z.db")
    newer.write_bytes(copy.read_bytes())
    spoil(newer)
    spoil(orion_home.database)
    done = orion("doctor", "--restore", "--yes")
    assert done.code == 0
    assert "1 newer" in done.out
    assert str(copy) in done.out


def test_without_a_copy_it_says_what_there_is_instead(orion: Orion, orion_home: OrionHome) -> None:
    Store.open(orion_home.database).close()
    spoiled = spoil(orion_home.database)
    done = orion("doctor", "--restore", "--yes")
    assert done.code == StoreError.exit_code
    assert "repo.git" in done.err
    assert orion_home.database.read_bytes() == spoiled


def test_beside_a_supervisor_or_an_open_window_it_is_refused(orion_home: OrionHome, copy: Path) -> None:
    spoiled = spoil(orion_home.database)
    with lock.hold(orion_home.run / "supervisor.lock", "1"), pytest.raises(Busy, match="supervisor"):
        restore.restore(orion_home, SystemClock())
    script = "import sys; f = open(sys.argv[1], 'rb'); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(orion_home.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(Busy, match="open in 1 other process") as caught:
            restore.restore(orion_home, SystemClock())
        assert str(other.pid) in caught.value.problems[0]
    finally:
        other.kill()
        other.communicate()
    assert orion_home.database.read_bytes() == spoiled
    assert restore.restore(orion_home, SystemClock()).copy == copy
