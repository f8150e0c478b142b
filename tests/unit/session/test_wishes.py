"""A pause or cancel that nobody is left to hear is carried out when the lease ends, or by the next supervisor."""

import threading

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session.record import Record
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.supervisor import HEARTBEAT, STALE, Supervisor
from orion_tui.core.store import Store, sessions

from .conftest import SESSION

pytestmark = pytest.mark.unit


def idle(session: Session, stop: StopSignal) -> float:
    raise AssertionError("there is nothing to run")


@pytest.mark.parametrize(("wish", "to"), [("pause", SessionState.PAUSED), ("cancel", SessionState.CANCELLED)])
@pytest.mark.parametrize("left", [SessionState.RUNNING, SessionState.WAITING, SessionState.INTERRUPTED])
def test_the_next_supervisor_carries_it_out(
    store: Store, clock: FixedClock, record: Record, wish: str, to: SessionState, left: SessionState
) -> None:
    record.state(SessionState.RUNNING, "working")
    store.transact(lambda tx: sessions.set_control(tx, SESSION, wish))
    record.state(left, "the worker ended; its supervisor was killed before it gave the lease back")
    Supervisor(store, clock, idle, owner="next").adopt()
    session = sessions.get(store.reader(), SESSION)
    assert (session.state, session.control, session.lease_owner) == (to, "", "")
    assert (session.finished_at is not None) == (to is SessionState.CANCELLED)


def test_one_that_came_while_the_worker_was_ending_is_carried_out_with_the_lease(
    store: Store, clock: FixedClock
) -> None:
    stop = threading.Event()

    def run(session: Session, signal: StopSignal) -> float:
        record = Record(store=store, clock=clock, session_id=SESSION, fence=session.fence, policy="p")
        record.state(SessionState.RUNNING, "working")
        store.transact(lambda tx: sessions.set_control(tx, SESSION, "pause"))
        record.state(SessionState.WAITING, "waits for an approval")
        stop.set()
        return 0.0

    Supervisor(store, clock, run, owner="w1").run(stop)
    assert sessions.get(store.reader(), SESSION).state is SessionState.PAUSED


def test_a_supervisor_that_slept_longer_than_its_leases_does_not_claim_over_its_own_worker(
    store: Store, clock: FixedClock
) -> None:
    stop = threading.Event()
    claimed: list[int] = []

    def run(session: Session, signal: StopSignal) -> float:
        claimed.append(session.fence)
        if len(claimed) > 1:
            stop.set()
            return 0.0
        clock.advance(STALE + HEARTBEAT)
        record = Record(store=store, clock=clock, session_id=SESSION, fence=session.fence, policy="p")
        for number in range(30):
            # Each change makes the supervisor look for work.
            threading.Event().wait(0.02)
            record.event("session.noted", {"notes": [str(number)]})
        record.state(SessionState.RUNNING, "working")
        record.state(SessionState.COMPLETED, "done")
        stop.set()
        return 0.0

    Supervisor(store, clock, run, owner="w1").run(stop)
    assert len(claimed) == 1
    assert sessions.get(store.reader(), SESSION).state is SessionState.COMPLETED
