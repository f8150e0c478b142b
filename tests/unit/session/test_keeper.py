"""Copies every hour, none for nothing, and an alarm when the store turns out to be damaged (THREATS 20)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StoreError
from orion_tui.core.session.keeper import AGAIN, EVERY, Keeper
from orion_tui.core.store import Store, events
from orion_tui.core.store.faults import DamagedStore, backups_of

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Iterator[Store]:
    with Store.open(tmp_path / "orion.db", clock) as opened:
        yield opened


def alarm(error: StoreError) -> None:
    raise AssertionError(error)


def happen(store: Store) -> None:
    store.transact(lambda tx: events.append(tx, "", "something.happened", "orion", {"text": "x" * 3000}))


def copies(store: Store) -> list[str]:
    return sorted(path.name for path in backups_of(store.path).glob("*"))


def test_a_copy_is_made_when_something_happened_and_only_then(store: Store, clock: FixedClock) -> None:
    keeper = Keeper(store, alarm)
    assert keeper.keep() == EVERY
    assert copies(store) == [], "an empty store is nothing to keep"
    happen(store)
    assert keeper.keep() == EVERY
    assert len(copies(store)) == 1
    clock.advance(EVERY)
    assert keeper.keep() == EVERY
    assert len(copies(store)) == 1, "nothing happened since"
    happen(store)
    keeper.keep()
    assert len(copies(store)) == 2


def test_it_is_due_an_hour_after_the_newest_copy_and_at_once_when_the_clock_went_back(
    store: Store, clock: FixedClock
) -> None:
    keeper = Keeper(store, alarm)
    assert keeper.due_in() == 0
    happen(store)
    keeper.keep()
    (made,) = backups_of(store.path).glob("orion-*.db")
    os.utime(made, (clock.now(), clock.now()))
    clock.advance(600)
    assert keeper.due_in() == EVERY - 600
    clock.advance(EVERY)
    assert keeper.due_in() == 0
    clock.step_wall(-86_400)
    assert keeper.due_in() == 0


def test_a_copy_that_cannot_be_made_is_told_and_tried_again(store: Store) -> None:
    happen(store)
    backups_of(store.path).write_text("a file in the way")
    assert Keeper(store, alarm).keep() == AGAIN
    told = events.latest(store.reader(), None, 1)[0]
    assert told.type == "store.not_copied"
    assert "cannot keep a copy" in told.data["reason"]
    assert told.data["hint"]


def test_damage_is_an_alarm_and_the_good_copy_stays(store: Store) -> None:
    for _ in range(200):
        happen(store)
    keeper = Keeper(store, alarm)
    keeper.keep()
    kept = copies(store)
    happen(store)
    store.reader().rows("PRAGMA wal_checkpoint(TRUNCATE)")
    with store.path.open("r+b") as file:
        file.seek(store.path.stat().st_size // 2)
        file.write(os.urandom(64 * 4096))
    with pytest.raises(DamagedStore):
        keeper.keep()
    assert copies(store) == kept
