"""Checkpoints, promotions and counters: what recovery and authentication lean on."""

from typing import TYPE_CHECKING

import attrs
import pytest

from orion_tui.base.errors import NotFound, StoreError
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.store import Store, Transaction, checkpoints, counters, events, meta, promotions

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A, B = "a" * 12, "b" * 12


def checkpoint(number: int, session: str = A) -> Checkpoint:
    return Checkpoint(
        session_id=session,
        number=number,
        commit=f"{number:040x}",
        tree="1" * 40,
        step=number * 3,
        task_id="baseline",
        reason="task done",
        created_at=5.0,
    )


def promotion(session: str = A, state: str = "preparing") -> Promotion:
    return Promotion(
        id=0,
        session_id=session,
        state=state,
        target_ref="refs/heads/caf\udce9",
        old_tip="0" * 40,
        merge_commit="",
        accepted_tree="2" * 40,
        journal={"paths": ["a\udcff"], "n": 1},
        created_at=7.0,
    )


def begin(store: Store, item: Promotion) -> int:
    def work(tx: Transaction) -> int:
        number = promotions.insert(tx, item)
        events.append(tx, item.session_id, "promotion.started", "user", {})
        return number

    return store.transact(work)


def test_checkpoints_come_back_in_order_and_are_told(store: Store, records: "Records") -> None:
    records.session()
    assert checkpoints.latest(store.reader(), A) is None
    for number in (0, 1, 2):
        store.transact(lambda tx, number=number: checkpoints.insert(tx, checkpoint(number)))
    assert checkpoints.all(store.reader(), A) == [checkpoint(0), checkpoint(1), checkpoint(2)]
    assert checkpoints.latest(store.reader(), A) == checkpoint(2)
    event = events.latest(store.reader(), A, 1)[0]
    assert event.type == "checkpoint.made"
    assert event.data == {"checkpoint": "cp-0002", "commit": f"{2:040x}", "task": "baseline", "reason": "task done"}


def test_a_checkpoint_number_is_given_once(store: Store, records: "Records") -> None:
    records.session()
    store.transact(lambda tx: checkpoints.insert(tx, checkpoint(0)))
    with pytest.raises(StoreError, match="UNIQUE"):
        store.transact(lambda tx: checkpoints.insert(tx, attrs.evolve(checkpoint(0), commit="f" * 40)))
    assert checkpoints.all(store.reader(), A) == [checkpoint(0)]


def test_a_promotion_moves_through_its_states_with_its_journal(store: Store, records: "Records") -> None:
    records.session()
    number = begin(store, promotion())
    assert promotions.get(store.reader(), number) == attrs.evolve(promotion(), id=number)
    store.transact(
        lambda tx: (
            promotions.set_state(
                tx, number, "committed", merge_commit="3" * 40, journal={"paths": []}, finished_at=9.0
            ),
            events.append(tx, A, "promotion.completed", "user", {}),
        )
    )
    assert promotions.latest(store.reader(), A) == attrs.evolve(
        promotion(), id=number, state="committed", merge_commit="3" * 40, journal={"paths": []}, finished_at=9.0
    )


def test_whatever_was_cut_short_is_found_whatever_its_state_is_called(store: Store, records: "Records") -> None:
    records.session()
    records.session(B)
    for state in ("committed", "undoing", "aborted", "preparing", "undone", "prepared"):
        begin(store, promotion(B if state == "prepared" else A, state))
    assert [p.state for p in promotions.unfinished(store.reader())] == ["undoing", "preparing", "prepared"]


def test_a_promotion_that_moves_without_an_event_does_not_move(store: Store, records: "Records") -> None:
    records.session()
    with pytest.raises(StoreError, match="without an event"):
        store.transact(lambda tx: promotions.insert(tx, promotion()))
    number = begin(store, promotion())
    with pytest.raises(StoreError, match="without an event"):
        store.transact(lambda tx: promotions.set_state(tx, number, "prepared"))
    assert promotions.get(store.reader(), number).state == "preparing"


def test_a_promotion_that_does_not_exist_is_not_found(store: Store, records: "Records") -> None:
    records.session()
    assert promotions.latest(store.reader(), A) is None
    with pytest.raises(NotFound, match="no promotion 5"):
        promotions.get(store.reader(), 5)
    with pytest.raises(NotFound, match="no promotion 5"):
        store.transact(lambda tx: promotions.set_state(tx, 5, "prepared"))


def test_a_counter_is_kept_and_replaced_whole(store: Store) -> None:
    assert counters.get(store.reader(), "pin") is None
    first = counters.Counter(key="pin", failures=2)
    store.transact(lambda tx: counters.save(tx, first))
    assert counters.get(store.reader(), "pin") == first
    second = counters.Counter(
        key="pin", locks=1, locked_until_mono=12.5, locked_until_wall=99.5, boot_id="b", last_step=7
    )
    store.transact(lambda tx: counters.save(tx, second))
    assert counters.get(store.reader(), "pin") == second
    store.transact(lambda tx: counters.delete(tx, "pin"))
    assert counters.get(store.reader(), "pin") is None


def test_a_fact_is_kept_and_replaced(store: Store) -> None:
    store.transact(lambda tx: meta.put(tx, "k", "1"))
    store.transact(lambda tx: meta.put(tx, "k", "2"))
    assert meta.get(store.reader(), "k") == "2"
    assert meta.get(store.reader(), "other") is None
