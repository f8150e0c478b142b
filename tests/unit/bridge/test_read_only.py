"""The read-only bridge over a real state directory: nothing in it changes, whatever is asked."""

import inspect
import sqlite3
from typing import Any

import pytest

from orion_tui.base.errors import StateError, StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.port import Commands
from orion_tui.bridge.read_only import LOOKS, Lookout
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import meta
from orion_tui.core.store.looking import LookingStore
from tests.support.program import snapshot
from tests.support.records import Records

pytestmark = pytest.mark.unit

A = "a" * 12

_MEMBERS = sorted(name for name, _ in inspect.getmembers(Commands, inspect.isfunction) if not name.startswith("_"))


@pytest.fixture
def filled(orion_home: OrionHome) -> OrionHome:
    orion_home.prepare()
    records = Records(orion_home)
    records.session(A, SessionState.RUNNING)
    records.approval("b" * 12, A)
    return orion_home


def content(home: OrionHome) -> dict[str, tuple[int, bytes]]:
    """Everything in it but SQLite's shared memory, in which readers leave their marks."""
    return {name: kept for name, kept in snapshot(home.root).items() if not name.endswith("-shm") and kept[1]}


def test_every_command_that_is_not_known_to_look_is_refused(filled: OrionHome) -> None:
    before = content(filled)
    commands: Any = Lookout(filled)
    try:
        for name in sorted(set(_MEMBERS) - LOOKS - {"wake", "close"}):
            parameters = list(inspect.signature(getattr(Commands, name)).parameters)[1:]
            with pytest.raises(StateError, match="Read-only"):
                getattr(commands, name)(*("x" for _ in parameters))
        assert content(filled) == before
    finally:
        commands.close()


def test_no_supervisor_is_started_although_work_stands_still(filled: OrionHome) -> None:
    commands = Lookout(filled)
    try:
        with pytest.raises(StateError, match="orion daemon start"):
            commands.wake()
    finally:
        commands.close()
    assert not (filled.run / "supervisor.lock").exists()


def test_sqlite_itself_refuses_to_write(filled: OrionHome) -> None:
    with LookingStore.open(filled.database) as store:
        with pytest.raises(StateError):
            store.transact(lambda tx: meta.put(tx, "x", "y"))
        with pytest.raises(StateError), store.transaction():
            raise AssertionError("the block was entered")
        with pytest.raises(StoreError):
            store.reader().rows("UPDATE sessions SET tokens = 7")
        assert store.reader().row("SELECT count(*) FROM events") == (3,)


def test_nothing_is_made_and_nothing_migrated(orion_home: OrionHome, filled: OrionHome) -> None:
    elsewhere = OrionHome(orion_home.root.parent / "nowhere")
    with pytest.raises(StoreError, match="nothing to look at"):
        LookingStore.open(elsewhere.database)
    assert not elsewhere.root.exists()
    connection = sqlite3.connect(filled.database)
    connection.execute("PRAGMA user_version = 3")
    connection.close()
    with pytest.raises(StoreError, match="older version"):
        LookingStore.open(filled.database)
    connection = sqlite3.connect(filled.database)
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()
