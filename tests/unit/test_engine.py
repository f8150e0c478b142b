"""What a front end may ask: commands that fit the state, answers that count once (RUN-1, RUN-5, ASK-1)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import NotFound, StateError, UsageError
from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.base.paths import OrionHome
from orion_tui.core.answering import APPROVAL_LAPSES
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store import approvals, events, leases, plans, sessions

pytestmark = pytest.mark.unit

ONE, TWO = "a00000000001", "a00000000002"
S = SessionState


class Person:
    """An engine with one session in it, and a count of how often the supervisor was woken."""

    def __init__(self, home: OrionHome) -> None:
        self.woken = 0
        self.clock = FixedClock()
        self.engine = Engine.open(home, clock=self.clock, wake=self.wake)

    def wake(self) -> None:
        self.woken += 1

    def add(self, session_id: str, state: SessionState, workspace: str = "/w", *, plan: bool = True) -> None:
        session = Session(
            id=session_id,
            workspace=workspace,
            goal="g",
            role="r",
            policy="p",
            state=state,
            base_commit="0" * 40,
            created_at=self.clock.now(),
            updated_at=self.clock.now(),
        )
        task = TaskRow(
            session_id=session_id,
            id="t",
            position=0,
            title="t",
            kind=ActionKind.RUN,
            tier=Tier.AUTONOMOUS,
            needs=(),
            confidence=1.0,
            status=TaskStatus.WAITING,
        )
        with self.engine.store.transaction() as tx:
            sessions.save_policy(tx, "p", "{}")
            sessions.insert(tx, session)
            if plan:
                plans.save(tx, session_id, {"tasks": []}, version=1)
            plans.insert_all(tx, [task])
            events.append(tx, session_id, "plan.accepted", "user", {})

    def ask(self, approval_id: str, session_id: str = ONE) -> None:
        approval = Approval(
            id=approval_id,
            session_id=session_id,
            task_id="t",
            index=0,
            status=ApprovalStatus.PENDING,
            binding="b",
            card={},
            created_at=self.clock.now(),
        )
        with self.engine.store.transaction() as tx:
            approvals.insert(tx, approval)
            events.append(tx, session_id, "approval.asked", "aegis", {})

    def hold(self, session_id: str = ONE) -> int:
        now = self.clock.now()
        held = self.engine.store.transact(
            lambda tx: leases.claim(tx, owner="w", now=now, ttl=120, session_id=session_id)
        )
        assert held is not None
        return held.fence

    def state(self, session_id: str = ONE) -> SessionState:
        return self.engine.session(session_id).state


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    made = Person(OrionHome(tmp_path / "home"))
    yield made
    made.engine.close()


def test_what_has_no_plan_yet_is_resumed_at_planning(person: Person) -> None:
    person.add(ONE, S.PLANNING, plan=False)
    person.engine.pause(ONE)
    assert person.state() is S.PAUSED
    person.engine.resume(ONE)
    assert person.state() is S.PLANNING


def test_cancelling_what_nobody_works_on_ends_it_at_once(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.ask("q1")
    person.engine.cancel(ONE)
    assert person.state() is S.CANCELLED
    assert person.engine.approvals() == []


def test_cancelling_what_runs_is_left_to_its_worker(person: Person) -> None:
    person.add(ONE, S.RUNNING)
    person.hold()
    person.engine.cancel(ONE)
    assert person.state() is S.RUNNING
    assert person.engine.session(ONE).control == "cancel"
    assert person.woken == 1


@pytest.mark.parametrize("ended", [S.COMPLETED, S.FAILED, S.PROMOTED, S.REJECTED, S.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(person: Person, ended: SessionState) -> None:
    person.add(ONE, ended)
    with pytest.raises(StateError, match=ended.value):
        person.engine.cancel(ONE)
    assert person.state() is ended


def test_pause_and_resume_of_what_nobody_works_on(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.engine.pause(ONE)
    assert person.state() is S.PAUSED
    person.engine.resume(ONE)
    assert person.state() is S.RUNNING
    assert person.woken == 1


def test_pausing_what_runs_is_left_to_its_worker(person: Person) -> None:
    person.add(ONE, S.RUNNING)
    person.hold()
    person.engine.pause(ONE)
    assert person.engine.session(ONE).control == "pause"
    assert person.woken == 1, "its worker may have been killed: somebody has to carry the pause out"


def test_a_pause_that_has_not_come_yet_can_be_taken_back(person: Person) -> None:
    person.add(ONE, S.RUNNING)
    person.hold()
    person.engine.pause(ONE)
    person.engine.resume(ONE)
    assert person.engine.session(ONE).control == ""
    assert person.state() is S.RUNNING


def test_resuming_what_was_interrupted_wakes_a_supervisor(person: Person) -> None:
    person.add(ONE, S.INTERRUPTED)
    person.engine.resume(ONE)
    assert person.woken == 1


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("stopped", [S.WAITING, S.INTERRUPTED])
def test_what_goes_on_at_its_time_goes_on_at_once_when_it_is_resumed(
    person: Person, stopped: SessionState, held: bool
) -> None:
    # Its worker writes down when to go on, and gives the lease back a moment later: the person may come in between.
    person.add(ONE, S.RUNNING)
    fence = person.hold()
    due = person.engine.clock.now() + 3600
    with person.engine.store.transaction() as tx:
        sessions.set_state(tx, ONE, {S.RUNNING}, stopped, "no room; goes on later", due_at=due)
        if not held:
            leases.release(tx, ONE, "w", fence)
    person.engine.resume(ONE)
    if held:
        person.engine.store.transact(lambda tx: leases.release(tx, ONE, "w", fence))
    assert person.engine.session(ONE).lease_until == 0
    assert leases.has_work(person.engine.store.reader())


def test_what_has_ended_cannot_be_paused(person: Person) -> None:
    person.add(ONE, S.COMPLETED)
    with pytest.raises(StateError, match="is completed; only work that goes on can be paused") as caught:
        person.engine.pause(ONE)
    assert not caught.value.hint


@pytest.mark.parametrize(
    ("state", "tended"),
    [(S.RUNNING, True), (S.INTERRUPTED, True), (S.CREATED, True), (S.PAUSED, False), (S.COMPLETED, False)],
)
def test_work_that_stands_still_is_tended(person: Person, state: SessionState, tended: bool) -> None:
    person.add(ONE, state)
    assert person.engine.stands_still() is tended
    assert person.engine.tend() is tended
    assert person.woken == int(tended)


def test_a_session_that_waits_for_an_answer_needs_no_supervisor(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.ask("q1")
    assert not person.engine.tend()
    assert person.woken == 0


def test_only_what_is_paused_can_be_resumed(person: Person) -> None:
    person.add(ONE, S.COMPLETED)
    with pytest.raises(StateError, match="not paused"):
        person.engine.resume(ONE)


def test_rejected_work_stays_rejected(person: Person) -> None:
    person.add(ONE, S.COMPLETED)
    person.engine.reject(ONE, "wrong direction")
    session = person.engine.session(ONE)
    assert (session.state, session.reason) == (S.REJECTED, "wrong direction")
    with pytest.raises(StateError, match=f"session {ONE} is rejected already"):
        person.engine.reject(ONE, "again")


@pytest.mark.parametrize(("state", "way_out"), [(S.RUNNING, "orion cancel"), (S.PROMOTED, "orion undo-promote")])
def test_what_cannot_be_rejected_says_what_to_do_first(person: Person, state: SessionState, way_out: str) -> None:
    person.add(ONE, state)
    with pytest.raises(StateError, match=state.value) as caught:
        person.engine.reject(ONE, "no")
    assert caught.value.hint.endswith(f"{way_out} {ONE}")


def test_an_approval_counts_for_24_hours_and_wakes_the_supervisor(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.ask("q1")
    given = person.engine.approve("q1")
    assert given.status is ApprovalStatus.APPROVED
    assert given.lapses_at == person.clock.now() + APPROVAL_LAPSES
    assert person.woken == 1


def test_of_two_answers_the_first_holds(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.ask("q1")
    person.engine.reject_approval("q1", "no")
    with pytest.raises(StateError):
        person.engine.approve("q1")
    assert person.engine.approval("q1").status is ApprovalStatus.REJECTED


def test_questions_come_oldest_first_over_all_sessions(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.add(TWO, S.WAITING, "/v")
    person.ask("q1", TWO)
    person.clock.advance(1)
    person.ask("q2", ONE)
    assert [a.id for a in person.engine.approvals()] == ["q1", "q2"]
    assert [a.id for a in person.engine.approvals(ONE)] == ["q2"]


def test_an_approval_is_found_by_the_start_of_its_id(person: Person) -> None:
    person.add(ONE, S.WAITING)
    person.ask("abc1")
    person.ask("abd2")
    assert person.engine.approval("abc").id == "abc1"
    with pytest.raises(UsageError, match="several"):
        person.engine.approval("ab")
    with pytest.raises(NotFound):
        person.engine.approval("x")


def test_a_session_is_found_by_the_start_of_its_id(person: Person) -> None:
    person.add(ONE, S.COMPLETED)
    person.add(TWO, S.COMPLETED, "/v")
    assert person.engine.session("a00000000002").id == TWO
    with pytest.raises(UsageError):
        person.engine.session("a0")
    with pytest.raises(NotFound):
        person.engine.session("ffff")


def test_a_change_by_another_connection_is_noticed(person: Person) -> None:
    before = person.engine.changed()
    assert person.engine.changed() == before
    person.add(ONE, S.CREATED)
    assert person.engine.changed() != before
