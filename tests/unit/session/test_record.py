"""What a worker writes: fenced, with its event, an approval spent with the step it allows (RUN-7, ASK-1)."""

from collections.abc import Callable

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import LeaseLost, StateError
from orion_tui.base.kinds import Tier
from orion_tui.core.models.actions import Decision, RunCommand
from orion_tui.core.models.sessions import Approval, ApprovalStatus, SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.record import PolicyChanged, Record
from orion_tui.core.store import Store, Transaction, approvals, events, leases, plans, sessions, steps

pytestmark = pytest.mark.unit

ACTION = RunCommand(argv=("true",))
DECISION = Decision(tier=Tier.REQUIRES_APPROVAL, layer="role", rule="requires_approval[0] run", reason="asks")


def ask(record: Record, approval_id: str = "a1", binding: str = "b") -> Approval:
    approval = Approval(
        id=approval_id,
        session_id=record.session_id,
        task_id="a",
        index=0,
        status=ApprovalStatus.PENDING,
        binding=binding,
        card={},
        created_at=record.clock.now(),
    )
    record.ask(approval, supersedes=None, data={"text": "run true", "rule": "", "reason": "", "index": 0})
    return approval


def answer(record: Record, status: ApprovalStatus = ApprovalStatus.APPROVED, lapses: float = 100.0) -> None:
    now = record.clock.now()
    record.store.transact(lambda tx: approvals.answer(tx, "a1", status, "", now, now + lapses))


def test_nothing_begins_under_a_policy_that_was_taken_back_since_it_was_decided(record: Record) -> None:
    def change(tx: Transaction) -> None:
        sessions.save_policy(tx, "other", "{}")
        sessions.set_policy(tx, record.session_id, "other")
        events.append(tx, record.session_id, "reach.revoked", "user", {}, "other")

    record.store.transact(change)
    with pytest.raises(PolicyChanged):
        record.start_step("a", 0, 0, ACTION, DECISION, None)
    assert "action.started" not in types(record)


def types(record: Record) -> list[str]:
    return [event.type for event in events.after(record.store.reader(), 0, session_id=record.session_id)]


WRITES: dict[str, Callable[[Record], object]] = {
    "event": lambda r: r.event("x.happened", {}),
    "state": lambda r: r.state(SessionState.RUNNING, "working"),
    "columns": lambda r: r.columns(tokens=5),
    "task": lambda r: r.task("a", TaskStatus.DONE, "task.done", {}),
    "start": lambda r: r.start_step("a", 0, 0, ACTION, DECISION, None),
    "ask": ask,
}


@pytest.mark.parametrize("write", list(WRITES))
def test_a_worker_whose_lease_went_to_another_writes_nothing(record: Record, clock: FixedClock, write: str) -> None:
    clock.advance(121)
    taken = record.store.transact(lambda tx: leases.claim(tx, owner="w2", now=clock.now(), ttl=120))
    assert taken is not None
    before = types(record)
    with pytest.raises(LeaseLost):
        WRITES[write](record)
    assert types(record) == before


@pytest.mark.parametrize("write", list(WRITES))
def test_the_holder_writes(record: Record, write: str) -> None:
    WRITES[write](record)


def test_an_illegal_transition_is_refused_and_writes_no_event(record: Record) -> None:
    with pytest.raises(StateError):
        record.state(SessionState.UNDONE, "no")
    assert "session.state" not in types(record)


def test_a_step_left_in_flight_is_started_again_under_its_number(record: Record) -> None:
    assert record.start_step("a", 0, 0, ACTION, DECISION, None) == 1
    assert record.start_step("a", 0, 0, ACTION, DECISION, None) == 1
    record.finish_step(1, "action.done", {}, {"ok": True}, None)
    assert record.start_step("a", 0, 1, ACTION, DECISION, None) == 2
    assert [step.n for step in steps.all(record.store.reader(), record.session_id)] == [1, 2]


def test_asking_makes_the_task_wait_in_the_same_moment(record: Record) -> None:
    ask(record)
    row = plans.all(record.store.reader(), record.session_id)[0]
    assert row.status is TaskStatus.WAITING
    assert "run true" in row.reason
    question = record.question_of("a")
    assert question is not None
    assert question.id == "a1"
    assert record.question_of("b") is None


def test_an_approval_is_spent_with_the_step_that_it_allows(record: Record) -> None:
    ask(record)
    answer(record)
    given = record.approval_for("a", 0)
    assert given is not None
    assert given.status is ApprovalStatus.APPROVED
    record.start_step("a", 0, 0, ACTION, DECISION, given)
    assert approvals.get(record.store.reader(), "a1").status is ApprovalStatus.USED


def test_a_spent_approval_counts_for_the_step_in_flight_and_for_nothing_after_it(record: Record) -> None:
    ask(record)
    answer(record)
    n = record.start_step("a", 0, 0, ACTION, DECISION, record.approval_for("a", 0))
    again = record.approval_for("a", 0)
    assert again is not None
    assert again.status is ApprovalStatus.USED
    assert record.approval_for("a", 1) is None
    assert record.start_step("a", 0, 0, ACTION, DECISION, again) == n
    record.finish_step(n, "action.done", {}, {"ok": True}, None)
    assert record.approval_for("a", 0) is None


def test_the_same_approval_does_not_start_two_steps(record: Record) -> None:
    ask(record)
    answer(record)
    given = record.approval_for("a", 0)
    n = record.start_step("a", 0, 0, ACTION, DECISION, given)
    record.finish_step(n, "action.done", {}, {"ok": True}, None)
    with pytest.raises(StateError):
        record.start_step("a", 0, 0, ACTION, DECISION, given)
    assert len(steps.all(record.store.reader(), record.session_id)) == 1


def test_an_answer_that_was_not_used_in_time_lapses(record: Record, clock: FixedClock) -> None:
    ask(record)
    answer(record, lapses=10)
    clock.advance(10)
    assert record.approval_for("a", 0) is None
    assert approvals.get(record.store.reader(), "a1").status is ApprovalStatus.LAPSED


def test_a_refusal_keeps_counting(record: Record) -> None:
    ask(record)
    answer(record, ApprovalStatus.REJECTED)
    refused = record.approval_for("a", 0)
    assert refused is not None
    assert refused.status is ApprovalStatus.REJECTED


def test_an_ended_session_withdraws_its_open_questions(record: Record) -> None:
    ask(record)
    record.state(SessionState.RUNNING, "working")
    record.state(SessionState.CANCELLED, "cancelled")
    assert approvals.get(record.store.reader(), "a1").status is ApprovalStatus.CANCELLED
    assert approvals.pending(record.store.reader()) == []


def test_a_waiting_session_keeps_them(record: Record) -> None:
    ask(record)
    record.state(SessionState.RUNNING, "working")
    record.state(SessionState.WAITING, "waits")
    assert len(approvals.pending(record.store.reader())) == 1


def test_finished_tasks_are_counted_with_the_task(record: Record, store: Store) -> None:
    record.task("a", TaskStatus.FLAGGED, "task.done", {})
    assert sessions.get(store.reader(), record.session_id).tasks_done == 1
    record.task("b", TaskStatus.FAILED, "task.failed", {"reason": "no"})
    assert sessions.get(store.reader(), record.session_id).tasks_done == 1


def test_a_pause_that_was_taken_back_in_the_last_moment_does_not_come(record: Record) -> None:
    record.state(SessionState.RUNNING, "working")
    record.store.transact(lambda tx: sessions.set_control(tx, record.session_id, "pause"))
    record.store.transact(lambda tx: sessions.set_control(tx, record.session_id, ""))
    assert not record.pause("paused by the user", 1.0)
    assert sessions.get(record.store.reader(), record.session_id).state is SessionState.RUNNING
    record.store.transact(lambda tx: sessions.set_control(tx, record.session_id, "pause"))
    assert record.pause("paused by the user", 1.0)
    session = sessions.get(record.store.reader(), record.session_id)
    assert (session.state, session.control, session.running_seconds) == (SessionState.PAUSED, "", 1.0)
