"""Claims, limits, leases and stops, with sessions that are functions of the test (RUN-2, RUN-7)."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StoreError
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import heartbeat
from orion_tui.core.session import supervisor as supervisors
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.supervisor import HEARTBEAT, STALE, Supervisor
from orion_tui.core.store import Store, Transaction, events, leases, sessions

pytestmark = pytest.mark.unit

PATIENCE = 20.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while time.monotonic() < deadline:
        if condition():
            return
        tick.wait(0.005)
    raise AssertionError("it did not come to that in time")


class Work:
    """Sessions that run until they are let go."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.running: list[str] = []
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.let_go = threading.Event()
        self.most = 0
        self.not_before = 0.0
        self._lock = threading.Lock()

    def __call__(self, session: Session, stop: StopSignal) -> float:
        with self._lock:
            self.started.append(session.id)
            self.running.append(session.id)
            self.most = max(self.most, len(self.running))
        self._to(session, SessionState.RUNNING)
        while not self.let_go.wait(0.005) and not stop.is_set():
            pass
        with self._lock:
            self.running.remove(session.id)
        if stop.is_set():
            self.stopped.append(session.id)
        else:
            self._to(session, SessionState.WAITING if self.not_before else SessionState.COMPLETED, self.not_before)
        return 0.0

    def _to(self, session: Session, state: SessionState, due: float = 0.0) -> None:
        self.store.transact(lambda tx: sessions.set_state(tx, session.id, set(SessionState), state, due_at=due))


@attrs.frozen
class Scene:
    store: Store
    clock: FixedClock
    work: Work

    def add(self, number: int, state: SessionState = SessionState.CREATED) -> str:
        session_id = f"{number:012x}"
        session = Session(
            id=session_id,
            workspace=f"/w{number}",
            goal="g",
            role="r",
            policy="p",
            state=state,
            base_commit="0" * 40,
            created_at=self.clock.now() + number,
            updated_at=self.clock.now(),
        )

        def change(tx: Transaction) -> None:
            sessions.save_policy(tx, "p", "{}")
            sessions.insert(tx, session)

        self.store.transact(change)
        return session_id

    def told(self, kind: str) -> list[tuple[str, object]]:
        """Events of that type: session and seconds."""
        found = events.after(self.store.reader(), 0, limit=1000)
        return [(event.session_id, event.data.get("seconds")) for event in found if event.type == kind]

    def get(self, session_id: str) -> Session:
        return sessions.get(self.store.reader(), session_id)

    @contextmanager
    def supervisor(self, max_running: int = 4, on_beat: Callable[[], bool] = lambda: True) -> Generator[None]:
        stop = threading.Event()
        supervisor = Supervisor(self.store, self.clock, self.work, owner="me", max_running=max_running, on_beat=on_beat)
        thread = threading.Thread(target=supervisor.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clock = FixedClock()
    store = Store.open(tmp_path / "orion.db", clock=clock)
    yield Scene(store, clock, Work(store))
    store.close()


def test_sessions_run_side_by_side_up_to_the_limit_oldest_first(scene: Scene) -> None:
    ids = [scene.add(n) for n in range(5)]
    with scene.supervisor(max_running=2):
        until(lambda: len(scene.work.running) == 2)
        assert sorted(scene.work.started) == ids[:2]
        scene.work.let_go.set()
        until(lambda: all(scene.get(i).state is SessionState.COMPLETED for i in ids))
    assert scene.work.most == 2
    assert sorted(scene.work.started) == ids


def test_what_is_submitted_later_is_noticed(scene: Scene) -> None:
    scene.work.let_go.set()
    with scene.supervisor():
        session_id = scene.add(1)
        until(lambda: scene.get(session_id).state is SessionState.COMPLETED)
    assert scene.get(session_id).lease_owner == ""


@pytest.mark.parametrize("state", [SessionState.PAUSED, SessionState.AWAITING_PLAN, SessionState.COMPLETED])
def test_what_needs_a_person_or_has_ended_is_left_alone(scene: Scene, state: SessionState) -> None:
    quiet = scene.add(1, state)
    busy = scene.add(2)
    scene.work.let_go.set()
    with scene.supervisor():
        until(lambda: scene.get(busy).state is SessionState.COMPLETED)
    assert scene.work.started == [busy]
    assert scene.get(quiet).state is state


def test_what_a_dead_supervisor_left_running_is_taken_over_at_once(scene: Scene) -> None:
    session_id = scene.add(1, SessionState.RUNNING)
    now = scene.clock.now()
    held = scene.store.transact(lambda tx: leases.claim(tx, owner="dead", now=now, ttl=STALE))
    assert held is not None
    scene.work.let_go.set()
    with scene.supervisor():
        until(lambda: scene.get(session_id).state is SessionState.COMPLETED)
    assert scene.get(session_id).fence == held.fence + 1


def test_an_end_of_the_supervisor_leaves_its_sessions_interrupted_and_free(scene: Scene) -> None:
    session_id = scene.add(1)
    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
    session = scene.get(session_id)
    assert session.state is SessionState.INTERRUPTED
    assert session.lease_owner == ""
    assert scene.work.stopped == [session_id]


def test_a_cancel_reaches_the_worker(scene: Scene) -> None:
    session_id = scene.add(1)
    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
        scene.store.transact(lambda tx: sessions.set_control(tx, session_id, "cancel"))
        until(lambda: scene.work.stopped == [session_id])


def test_the_lease_is_renewed_while_the_worker_lives(scene: Scene) -> None:
    session_id = scene.add(1)
    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
        before = scene.get(session_id).lease_until
        scene.clock.advance(HEARTBEAT)
        until(lambda: scene.get(session_id).lease_until > before)
        assert scene.get(session_id).lease_until == scene.clock.now() + STALE


def test_a_worker_whose_session_was_taken_is_stopped(scene: Scene) -> None:
    session_id = scene.add(1)
    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
        later = scene.clock.now() + STALE + 1
        taken = scene.store.transact(lambda tx: leases.claim(tx, owner="thief", now=later, ttl=STALE))
        assert taken is not None
        scene.clock.advance(HEARTBEAT)
        until(lambda: scene.work.stopped == [session_id])
    assert scene.get(session_id).lease_owner == "thief"


def test_outside_working_hours_it_is_left_until_they_begin(scene: Scene) -> None:
    session_id = scene.add(1)
    scene.work.not_before = scene.clock.now() + 3600
    scene.work.let_go.set()
    with scene.supervisor():
        until(lambda: scene.get(session_id).state is SessionState.WAITING and not scene.get(session_id).lease_owner)
        scene.work.not_before = 0.0
        scene.clock.advance(HEARTBEAT)
        other = scene.add(2)
        until(lambda: scene.get(other).state is SessionState.COMPLETED)
        assert scene.work.started.count(session_id) == 1
        scene.clock.advance(3600)
        until(lambda: scene.get(session_id).state is SessionState.COMPLETED)


def test_it_ends_by_itself_when_nothing_runs(scene: Scene) -> None:
    supervisor = Supervisor(scene.store, scene.clock, scene.work, owner="me")
    thread = threading.Thread(target=supervisor.run, args=(threading.Event(),), kwargs={"idle_exit": 60.0})
    thread.start()

    def ended() -> bool:
        scene.clock.advance(10)
        return not thread.is_alive()

    until(ended)


def test_it_stays_for_as_long_as_it_is_needed(scene: Scene) -> None:
    needed, stop = threading.Event(), threading.Event()
    needed.set()
    asked: list[bool] = []

    def is_needed() -> bool:
        asked.append(needed.is_set())
        return asked[-1]

    supervisor = Supervisor(scene.store, scene.clock, scene.work, owner="me", needed=is_needed)
    thread = threading.Thread(target=supervisor.run, args=(stop,), kwargs={"idle_exit": 60.0})
    thread.start()

    def passes(condition: Callable[[], bool]) -> bool:
        scene.clock.advance(10)
        return condition()

    try:
        until(lambda: passes(lambda: len(asked) == 3 or not thread.is_alive()))
        assert thread.is_alive()
        needed.clear()
        until(lambda: passes(lambda: not thread.is_alive()))
    finally:
        stop.set()
        thread.join()


def test_after_a_sleep_its_own_sessions_are_not_taken_from_its_workers(scene: Scene) -> None:
    session_id = scene.add(1)
    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
        fence = scene.get(session_id).fence
        scene.clock.sleep(8 * 3600)  # the lease is long over when anybody looks again
        until(lambda: scene.get(session_id).lease_until == scene.clock.now() + STALE)
        until(lambda: len(scene.told("supervisor.slept")) == 2)
        # Something else to claim makes it look through everything that is claimable.
        other = scene.add(2)
        until(lambda: other in scene.work.running)
        assert scene.get(session_id).fence == fence, "claimed from under its own worker"
        assert scene.work.running == [session_id, other]
        assert scene.work.stopped == []
    assert scene.told("supervisor.slept") == [("", 28_800.0), (session_id, 28_800.0)]
    assert scene.told("clock.jumped") == []


@pytest.mark.parametrize("seconds", [7200.0, -7200.0])
def test_a_clock_that_is_set_harms_nobody_and_is_told(scene: Scene, seconds: float) -> None:
    session_id = scene.add(1)
    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
        fence = scene.get(session_id).fence
        scene.clock.step_wall(seconds)
        until(lambda: scene.get(session_id).lease_until == scene.clock.now() + STALE)
        assert scene.get(session_id).fence == fence
        scene.work.let_go.set()
        until(lambda: scene.get(session_id).state is SessionState.COMPLETED)
    assert scene.told("clock.jumped") == [("", seconds), (session_id, seconds)]


def test_a_claim_never_takes_what_the_claimer_works_on_however_old_its_lease(scene: Scene) -> None:
    ids = [scene.add(n) for n in range(2)]
    late = scene.clock.now() + 10 * STALE
    for _ in ids:
        scene.store.transact(lambda tx: leases.claim(tx, owner="me", now=scene.clock.now(), ttl=STALE))
    found = scene.store.transact(lambda tx: leases.claim(tx, owner="me", now=late, ttl=STALE, excluding=ids))
    assert found is None
    found = scene.store.transact(lambda tx: leases.claim(tx, owner="me", now=late, ttl=STALE, excluding=ids[:1]))
    assert found is not None
    assert found.id == ids[1]


def test_it_says_that_it_lives_and_says_good_bye(scene: Scene) -> None:
    session_id = scene.add(1)

    def beat() -> heartbeat.Beat:
        found = heartbeat.last(scene.store.reader())
        assert found is not None
        return found

    with scene.supervisor():
        until(lambda: scene.work.running == [session_id])
        first = beat()
        assert not first.ended
        scene.clock.advance(HEARTBEAT)
        until(lambda: beat().awake > first.awake)
        assert beat().running == 1
    assert beat().ended
    assert beat().running == 0


def test_when_another_one_has_taken_its_place_it_ends_and_leaves_the_last_word_to_it(scene: Scene) -> None:
    session_id = scene.add(1)
    ours = threading.Event()
    ours.set()
    with scene.supervisor(on_beat=ours.is_set):
        until(lambda: scene.work.running == [session_id])
        ours.clear()
        scene.clock.advance(HEARTBEAT)
        until(lambda: scene.work.stopped == [session_id])
        until(lambda: len(scene.told("supervisor.displaced")) == 1)
    found = heartbeat.last(scene.store.reader())
    assert found is not None
    assert not found.ended, "the other one's beat must not be overwritten"


def test_it_stays_while_a_session_has_its_time_to_come_and_takes_it_up_then(scene: Scene) -> None:
    session_id = scene.add(1)
    scene.work.not_before = scene.clock.now() + 3600
    scene.work.let_go.set()
    stop = threading.Event()
    supervisor = Supervisor(scene.store, scene.clock, scene.work, owner="me")
    thread = threading.Thread(target=supervisor.run, args=(stop,), kwargs={"idle_exit": 60.0})
    thread.start()
    try:
        until(lambda: scene.get(session_id).state is SessionState.WAITING and not scene.get(session_id).lease_owner)
        scene.clock.advance(1800)
        time.sleep(0.3)
        assert thread.is_alive()
        assert scene.work.started == [session_id]
        scene.work.not_before = 0.0
        scene.clock.advance(1801)
        until(lambda: scene.get(session_id).state is SessionState.COMPLETED)
        assert scene.work.started == [session_id] * 2
        scene.clock.advance(61)
        thread.join(PATIENCE)
        assert not thread.is_alive()
    finally:
        stop.set()
        thread.join()


def test_a_store_that_cannot_be_written_does_not_end_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = threading.Event()
    release = leases.release

    def refuse(*arguments: Any, **more: Any) -> None:
        if failing.is_set():
            raise StoreError("no room left")
        release(*arguments, **more)

    monkeypatch.setattr(leases, "release", refuse)
    monkeypatch.setattr(supervisors, "_STORE_TROUBLE", 0.01)
    failing.set()
    session_id = scene.add(1)
    scene.work.let_go.set()
    with scene.supervisor():
        until(lambda: scene.get(session_id).state is SessionState.COMPLETED)
        time.sleep(0.1)
        assert scene.get(session_id).lease_owner == "me"
        failing.clear()
        until(lambda: scene.get(session_id).lease_owner == "")
        later = scene.add(2)
        until(lambda: scene.get(later).state is SessionState.COMPLETED)


def test_it_stays_for_a_session_that_waits_for_its_working_hours(scene: Scene) -> None:
    session_id = scene.add(1)
    scene.work.not_before = scene.clock.now() + 3600
    scene.work.let_go.set()
    supervisor = Supervisor(scene.store, scene.clock, scene.work, owner="me")
    thread = threading.Thread(target=supervisor.run, args=(threading.Event(),), kwargs={"idle_exit": 60.0})
    thread.start()
    until(lambda: scene.get(session_id).state is SessionState.WAITING and not scene.get(session_id).lease_owner)
    scene.work.not_before = 0.0

    def ended() -> bool:
        scene.clock.advance(10)
        return not thread.is_alive()

    until(ended)
    assert scene.get(session_id).state is SessionState.COMPLETED
