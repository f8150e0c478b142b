"""Plans and tasks as they stand."""

from typing import TYPE_CHECKING

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import NotFound, StoreError
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store import Store, Transaction, events, plans

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A = "a" * 12


def told(tx: Transaction) -> None:
    events.append(tx, A, "task.done", "orion", {})


def test_a_newer_plan_takes_the_place_of_the_older(store: Store, records: "Records") -> None:
    records.session()
    with pytest.raises(NotFound, match="has no plan"):
        plans.get(store.reader(), A)
    store.transact(lambda tx: (plans.save(tx, A, {"title": "one"}, 1), told(tx)))
    store.transact(lambda tx: (plans.save(tx, A, {"title": "two", "tasks": []}, 2), told(tx)))
    assert plans.get(store.reader(), A) == (2, {"title": "two", "tasks": []})


def test_tasks_come_back_as_written_in_the_plans_order(store: Store, records: "Records") -> None:
    records.session()
    last = records.task("alpha", position=1)
    first = records.task("zulu", position=0)
    assert plans.all(store.reader(), A) == [first, last]


def test_a_task_moves_with_its_reason_and_columns(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    before = records.task()
    store.transact(
        lambda tx: (
            plans.set_status(tx, A, "baseline", TaskStatus.FAILED, "exit 1", checked="failed", finished_at=clock.now()),
            told(tx),
        )
    )
    assert plans.all(store.reader(), A) == [
        attrs.evolve(before, status=TaskStatus.FAILED, reason="exit 1", checked="failed", finished_at=clock.now())
    ]


def test_a_task_that_moves_without_an_event_does_not_move(store: Store, records: "Records") -> None:
    records.session()
    before = records.task()
    with pytest.raises(StoreError, match=r"task baseline of session .* without an event"):
        store.transact(lambda tx: plans.set_status(tx, A, "baseline", TaskStatus.DONE))
    assert plans.all(store.reader(), A) == [before]


def test_a_task_that_does_not_exist_is_not_found(store: Store, records: "Records") -> None:
    records.session()
    with pytest.raises(NotFound, match="no task nothing"):
        store.transact(lambda tx: plans.set_status(tx, A, "nothing", TaskStatus.DONE))


def test_identity_of_a_task_has_no_back_door(store: Store, records: "Records") -> None:
    records.session()
    records.task()
    changes: dict[str, object] = {"title": "x"}
    with pytest.raises(ValueError, match="not a column to set: title"):
        store.transact(
            lambda tx: plans.set_status(tx, A, "baseline", TaskStatus.DONE, **changes)  # type: ignore[arg-type]  # what the types forbid
        )
