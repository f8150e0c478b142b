"""Approvals: answered once, used once, lapsing, withdrawn with the session (ASK-1, ASK-2)."""

from typing import TYPE_CHECKING

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import NotFound, StateError, StoreError
from orion_tui.core.models.sessions import Approval, ApprovalStatus
from orion_tui.core.store import Store, approvals, events, overview

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A, B = "a" * 12, "b" * 12


def approve(store: Store, clock: FixedClock, id: str = "q1", *, hours: float = 24) -> Approval:
    return store.transact(
        lambda tx: approvals.answer(
            tx, id, ApprovalStatus.APPROVED, "fine", clock.now(), clock.now() + hours * 3600, actor="user"
        )
    )


def use(store: Store, clock: FixedClock, id: str = "q1") -> Approval:
    return store.transact(
        lambda tx: (approvals.use(tx, id, clock.now()), events.append(tx, A, "action.started", "agent", {}))[0]
    )


def test_a_question_comes_back_as_asked_and_is_pending(store: Store, records: "Records") -> None:
    records.session()
    asked = records.approval()
    assert approvals.get(store.reader(), "q1") == asked
    assert approvals.pending(store.reader()) == [asked]
    assert overview.overview(store.reader()).pending_approvals == 1


def test_questions_of_all_sessions_wait_oldest_first(store: Store, records: "Records") -> None:
    records.session()
    records.session(B)
    for id, session in (("z", A), ("m", B), ("a", A)):
        records.approval(id, session=session)
    assert [approval.id for approval in approvals.pending(store.reader())] == ["z", "m", "a"]
    assert [approval.id for approval in approvals.pending(store.reader(), A)] == ["z", "a"]


def test_an_approval_is_told_and_no_longer_waits(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    asked = records.approval()
    clock.advance(60)
    answered = approve(store, clock)
    assert answered == attrs.evolve(
        asked,
        status=ApprovalStatus.APPROVED,
        answered_at=clock.now(),
        lapses_at=clock.now() + 86400,
        answer_reason="fine",
    )
    assert approvals.get(store.reader(), "q1") == answered
    assert approvals.pending(store.reader()) == []
    event = events.latest(store.reader(), A, 1)[0]
    assert (event.type, event.actor) == ("approval.approved", "user")
    assert event.data == {"approval": "q1", "task": "baseline", "reason": "fine"}


def test_a_rejection_keeps_its_reason_and_never_lapses(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    records.approval()
    # As typed on a command line of another encoding.
    why = "not this one: caf\udce9"
    answered = store.transact(
        lambda tx: approvals.answer(tx, "q1", ApprovalStatus.REJECTED, why, clock.now(), clock.now() + 1)
    )
    assert (answered.status, answered.answer_reason, answered.lapses_at) == (
        ApprovalStatus.REJECTED,
        why,
        None,
    )
    assert records.types()[-1] == "approval.rejected"


@pytest.mark.parametrize("first", [ApprovalStatus.APPROVED, ApprovalStatus.REJECTED])
def test_of_two_answers_the_first_one_holds(
    store: Store, records: "Records", clock: FixedClock, first: ApprovalStatus
) -> None:
    records.session()
    records.approval()
    answered = store.transact(lambda tx: approvals.answer(tx, "q1", first, "", clock.now(), clock.now() + 9))
    for second in (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED):
        with pytest.raises(StateError, match=f"approval q1 is {first}"):
            store.transact(
                lambda tx, second=second: approvals.answer(tx, "q1", second, "later", clock.now(), clock.now() + 9)
            )
    assert approvals.get(store.reader(), "q1") == answered


def test_an_answer_is_yes_or_no(store: Store, records: "Records") -> None:
    records.session()
    records.approval()
    with pytest.raises(ValueError, match="not an answer: used"):
        store.transact(lambda tx: approvals.answer(tx, "q1", ApprovalStatus.USED, "", 0.0, None))


def test_an_approval_is_spent_once(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    records.approval()
    approve(store, clock)
    clock.advance(5)
    used = use(store, clock)
    assert (used.status, used.used_at) == (ApprovalStatus.USED, clock.now())
    with pytest.raises(StateError, match="approval q1 is used, so it cannot be used"):
        use(store, clock)


def test_what_nobody_approved_cannot_be_used(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    records.approval()
    with pytest.raises(StateError, match="approval q1 is pending"):
        use(store, clock)
    store.transact(lambda tx: approvals.answer(tx, "q1", ApprovalStatus.REJECTED, "", clock.now(), None))
    with pytest.raises(StateError, match="approval q1 is rejected"):
        use(store, clock)


def test_an_approval_lapses_at_its_time_and_not_before(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    records.approval()
    approve(store, clock, hours=1)
    clock.advance(3599)
    with pytest.raises(StateError, match="is approved, so it cannot become lapsed"):
        store.transact(lambda tx: approvals.lapse(tx, "q1", clock.now()))
    clock.advance(1)
    with pytest.raises(StateError, match="lapsed unused"):
        use(store, clock)
    assert store.transact(lambda tx: approvals.lapse(tx, "q1", clock.now())).status is ApprovalStatus.LAPSED
    assert records.types()[-1] == "approval.lapsed"


def test_using_an_approval_owes_the_event_of_what_it_allows(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    records.session()
    records.approval()
    approve(store, clock)
    with pytest.raises(StoreError, match=r"approval q1 of session .* without an event"):
        store.transact(lambda tx: approvals.use(tx, "q1", clock.now()))
    assert approvals.get(store.reader(), "q1").status is ApprovalStatus.APPROVED


def test_an_unused_answer_can_be_superseded_and_a_spent_one_cannot(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    records.session()
    for id in ("open", "given", "spent", "refused"):
        records.approval(id)
    approve(store, clock, "given")
    approve(store, clock, "spent")
    use(store, clock, "spent")
    store.transact(lambda tx: approvals.answer(tx, "refused", ApprovalStatus.REJECTED, "", clock.now(), None))
    for id in ("open", "given"):
        assert store.transact(lambda tx, id=id: approvals.supersede(tx, id)).status is ApprovalStatus.SUPERSEDED
        assert records.types()[-1] == "approval.superseded"
        with pytest.raises(StateError, match="superseded"):
            use(store, clock, id)
    for id in ("spent", "refused", "open"):
        with pytest.raises(StateError, match="cannot become superseded"):
            store.transact(lambda tx, id=id: approvals.supersede(tx, id))


def test_the_newest_question_for_an_action_is_the_one_that_counts(store: Store, records: "Records") -> None:
    records.session()
    records.approval("q1", index=2)
    records.approval("q2", index=2)
    records.approval("q3", index=3)
    found = approvals.for_action(store.reader(), A, "baseline", 2)
    assert found is not None
    assert found.id == "q2"
    assert approvals.for_action(store.reader(), A, "baseline", 7) is None


def test_open_questions_end_with_their_session_and_others_stay(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    records.session()
    records.session(B)
    for id, session in (("q1", A), ("q2", A), ("q3", A), ("other", B)):
        records.approval(id, session=session)
    approve(store, clock, "q1")
    assert store.transact(lambda tx: approvals.cancel_pending(tx, A, "session cancelled")) == 2
    assert [approvals.get(store.reader(), id).status for id in ("q1", "q2", "q3", "other")] == [
        ApprovalStatus.APPROVED,
        ApprovalStatus.CANCELLED,
        ApprovalStatus.CANCELLED,
        ApprovalStatus.PENDING,
    ]
    assert records.types()[-2:] == ["approval.cancelled"] * 2


def test_an_approval_that_does_not_exist_is_not_found(store: Store, clock: FixedClock) -> None:
    with pytest.raises(NotFound, match="no approval nothing"):
        approve(store, clock, "nothing")
    with pytest.raises(NotFound, match="no approval nothing"):
        use(store, clock, "nothing")
    with pytest.raises(NotFound):
        approve(store, clock, "not utf-8: \udcff")
