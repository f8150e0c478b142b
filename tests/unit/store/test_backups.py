"""Copies: whole, private, checked, and good for coming back from damage."""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StoreError
from orion_tui.core.store import Store, backups, events, meta, sessions
from orion_tui.core.store.faults import backups_of

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit


def spoil(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_copy_holds_everything_and_only_its_owner_can_read_it(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    session = records.session()
    copy = backups.make(store)
    assert copy == backups_of(store.path) / "orion-20250615T150640Z.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert names(copy.parent) == [copy.name]
    with Store.open(copy, clock) as opened:
        opened.quick_check()
        assert sessions.get(opened.reader(), session.id) == session
        assert events.after(opened.reader(), 0) == events.after(store.reader(), 0)


def test_a_copy_is_of_committed_changes_only(store: Store) -> None:
    store.transact(lambda tx: meta.put(tx, "done", "v"))
    with store.transaction() as tx:
        meta.put(tx, "half", "v")
        copy = backups.make(store)
    with Store.open(copy) as opened:
        assert meta.get(opened.reader(), "done") == "v"
        assert meta.get(opened.reader(), "half") is None


def test_the_three_newest_copies_stay(store: Store, clock: FixedClock) -> None:
    made: list[str] = []
    for _ in range(5):
        made.append(backups.make(store).name)
        clock.advance(3600)
    assert names(backups_of(store.path)) == made[2:]


def test_a_damaged_store_is_not_copied_over_a_good_one(path: Path, clock: FixedClock) -> None:
    with Store.open(path, clock) as store:
        with store.transaction() as tx:
            for number in range(300):
                meta.put(tx, f"{number:04}", "x" * 1000)
        made = backups.make(store, keep=1)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(8 * 4096))
    clock.advance(3600)
    with Store.open(path, clock) as store, pytest.raises(StoreError, match="is damaged"):
        backups.make(store, keep=1)
    assert names(made.parent) == [made.name]


def test_what_an_interrupted_copy_left_behind_is_swept_up(store: Store) -> None:
    folder = backups_of(store.path)
    folder.mkdir()
    (folder / "orion-20250615T150640Z.part").write_text("half")
    copy = backups.make(store)
    assert names(folder) == [copy.name]


def test_a_damaged_store_names_its_newest_copy_and_comes_back_from_it(path: Path, clock: FixedClock) -> None:
    with Store.open(path, clock) as store:
        store.transact(lambda tx: meta.put(tx, "k", "old"))
        backups.make(store)
        clock.advance(3600)
        store.transact(lambda tx: meta.put(tx, "k", "new"))
        copy = backups.make(store)
        clock.advance(3600)
        store.transact(lambda tx: meta.put(tx, "k", "lost"))
    spoil(path)
    with pytest.raises(StoreError, match="is damaged") as caught:
        Store.open(path, clock)
    assert "orion doctor --restore" in caught.value.hint
    spoiled = path.read_bytes()
    assert backups.restore(path) == copy
    with Store.open(path, clock) as store:
        store.quick_check()
        assert meta.get(store.reader(), "k") == "new"
    (aside,) = path.parent.glob("damaged-*")
    assert (aside / path.name).read_bytes() == spoiled
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_copy_is_passed_over_for_the_next_older_one(path: Path, clock: FixedClock) -> None:
    with Store.open(path, clock) as store:
        store.transact(lambda tx: meta.put(tx, "k", "old"))
        good = backups.make(store)
        clock.advance(3600)
        store.transact(lambda tx: meta.put(tx, "k", "new"))
        spoil(backups.make(store))
    spoil(path)
    assert backups.sound(path) == [good]
    assert backups.restore(path) == good
    with Store.open(path, clock) as store:
        assert meta.get(store.reader(), "k") == "old"


def test_a_log_of_the_damaged_store_does_not_reach_the_restored_one(path: Path, clock: FixedClock) -> None:
    with Store.open(path, clock) as store:
        store.transact(lambda tx: meta.put(tx, "k", "kept"))
        backups.make(store)
        store.transact(lambda tx: meta.put(tx, "k", "in the log"))
        log = path.with_name(path.name + "-wal").read_bytes()
    spoil(path)
    path.with_name(path.name + "-wal").write_bytes(log)
    backups.restore(path)
    with Store.open(path, clock) as store:
        assert meta.get(store.reader(), "k") == "kept"


def test_without_a_sound_copy_nothing_is_moved(path: Path, clock: FixedClock) -> None:
    path.write_bytes(b"damaged" * 1000)
    with pytest.raises(StoreError, match="there is no copy"):
        backups.restore(path)
    folder = backups_of(path)
    folder.mkdir()
    (folder / "orion-20250615T150640Z.db").write_bytes(b"damaged too" * 1000)
    with pytest.raises(StoreError, match="there is no sound copy") as caught:
        backups.restore(path)
    assert "orion-20250615T150640Z.db" in caught.value.problems[0]
    assert path.read_bytes() == b"damaged" * 1000
    assert not list(path.parent.glob("damaged-*"))
