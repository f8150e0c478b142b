"""The step log: started once or twice, finished once, only under the holder's fence (RUN-7)."""

from typing import TYPE_CHECKING

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import LeaseLost, NotFound, StateError, StoreError
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.store import Store, events, leases, sessions, steps

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A = "a" * 12


def start(store: Store, step: Step, fence: int) -> None:
    store.transact(
        lambda tx: (steps.start(tx, step, fence), events.append(tx, step.session_id, "action.started", "agent", {}))
    )


def finish(store: Store, n: int, fence: int, delta: bytes | None = None) -> None:
    store.transact(
        lambda tx: (
            steps.finish(tx, A, n, fence, {"ok": True}, delta),
            events.append(tx, A, "action.done", "agent", {}),
        )
    )


def test_a_step_is_written_when_it_starts_and_with_its_result(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    fence = records.claimed().fence
    step = records.step()
    start(store, step, fence)
    assert steps.all(store.reader(), A) == [step]
    clock.advance(2)
    finish(store, 1, fence, b"\x00delta\xff")
    assert steps.all(store.reader(), A) == [
        attrs.evolve(step, status=StepStatus.DONE, result={"ok": True}, delta=b"\x00delta\xff", finished_at=clock.now())
    ]


def test_a_finished_step_never_runs_again(store: Store, records: "Records") -> None:
    fence = records.claimed().fence
    start(store, records.step(), fence)
    finish(store, 1, fence)
    done = steps.all(store.reader(), A)
    with pytest.raises(StateError, match=r"step 1 of session .* has finished; it never runs again"):
        start(store, records.step(), fence)
    with pytest.raises(StateError, match=r"step 1 of session .* has finished already"):
        finish(store, 1, fence, b"other")
    assert steps.all(store.reader(), A) == done


def test_the_step_in_flight_may_start_again_and_is_still_one(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    fence = records.claimed().fence
    start(store, records.step(), fence)
    clock.advance(9)
    again = attrs.evolve(records.step(), attempt=2, action={"do": "ReadFile", "path": "x"})
    start(store, again, fence)
    assert steps.all(store.reader(), A) == [again]


def test_numbers_follow_each_other(store: Store, records: "Records") -> None:
    fence = records.claimed().fence
    assert steps.next_n(store.reader(), A) == 1
    with pytest.raises(StateError, match="has no step 1 yet"):
        start(store, records.step(n=2), fence)
    for n in (1, 2, 3):
        start(store, records.step(n=n), fence)
        finish(store, n, fence)
        assert steps.next_n(store.reader(), A) == n + 1
    assert [step.n for step in steps.after(store.reader(), A, 1)] == [2, 3]


def test_a_step_that_never_started_cannot_finish(store: Store, records: "Records") -> None:
    fence = records.claimed().fence
    with pytest.raises(NotFound, match="has no step 1"):
        finish(store, 1, fence)


def test_a_worker_that_lost_its_lease_writes_nothing(store: Store, records: "Records", clock: FixedClock) -> None:
    stale = records.claimed(ttl=10).fence
    start(store, records.step(), stale)
    clock.advance(11)
    taken = store.transact(lambda tx: leases.claim(tx, owner="worker-2", now=clock.now(), ttl=10))
    assert taken is not None
    for attempt in (lambda: finish(store, 1, stale), lambda: start(store, records.step(n=1), stale)):
        with pytest.raises(LeaseLost, match="another worker owns session"):
            attempt()
    assert [step.status for step in steps.all(store.reader(), A)] == [StepStatus.STARTED]
    finish(store, 1, taken.fence)


def test_a_worker_that_gave_the_session_back_writes_nothing(store: Store, records: "Records") -> None:
    session = records.claimed()
    store.transact(lambda tx: leases.release(tx, A, "worker-1", session.fence))
    with pytest.raises(LeaseLost):
        start(store, records.step(), session.fence)


def test_a_step_without_its_event_is_not_written(store: Store, records: "Records") -> None:
    fence = records.claimed().fence
    with pytest.raises(StoreError, match=r"step 1 of session .* without an event"):
        store.transact(lambda tx: steps.start(tx, records.step(), fence))
    assert steps.all(store.reader(), A) == []


def test_steps_go_with_their_session(store: Store, records: "Records") -> None:
    fence = records.claimed().fence
    start(store, records.step(), fence)
    finish(store, 1, fence)
    with store.transaction() as tx:
        tx.run("DELETE FROM sessions WHERE id = ?", (A,))
    reader = store.reader()
    assert reader.rows("SELECT * FROM steps") == []
    assert reader.rows("SELECT * FROM step_results") == []
    with pytest.raises(NotFound):
        sessions.get(reader, A)
