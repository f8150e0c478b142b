"""Many questions answered at once: exactly what was shown, each by itself (ASK-2, THREATS 14)."""

from collections.abc import Iterator

import attrs
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.answering import Shown, grouped
from orion_tui.core.models.sessions import Answers, Approval, ApprovalStatus, SessionState
from orion_tui.core.store import approvals, events
from tests.unit.test_engine import ONE, TWO, Person

pytestmark = pytest.mark.unit

YES, NO = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED


@pytest.fixture
def person(orion_home: OrionHome) -> Iterator[Person]:
    person = Person(orion_home)
    person.add(ONE, SessionState.WAITING)
    person.add(TWO, SessionState.WAITING, "/w2")
    yield person
    person.engine.close()


def asked(person: Person, ident: str, session: str = ONE, alike: str = "run make", **changes: object) -> Approval:
    approval = Approval(
        id=ident,
        session_id=session,
        task_id="t",
        index=0,
        status=ApprovalStatus.PENDING,
        binding=f"b-{ident}",
        card={"title": f"run {ident}"},
        created_at=person.clock.now(),
        alike=alike,
    )
    approval = attrs.evolve(approval, **changes)
    with person.engine.store.transaction() as tx:
        approvals.insert(tx, approval)
        events.append(tx, session, "approval.asked", "aegis", {})
    return approval


def status_of(person: Person, ident: str) -> ApprovalStatus:
    return approvals.get(person.engine.store.reader(), ident).status


def test_what_was_shown_is_answered_over_all_sessions(person: Person) -> None:
    shown = [Shown.of(asked(person, "a")), Shown.of(asked(person, "b", TWO))]
    done = person.engine.answer_all(shown, NO, "not now")
    assert [a.id for a in done.answered] == ["a", "b"]
    assert {a.answer_reason for a in done.answered} == {"not now"}
    assert not done.left_out
    assert person.woken == 1


def test_each_approval_lapses_and_counts_by_itself(person: Person) -> None:
    shown = [Shown.of(asked(person, "a")), Shown.of(asked(person, "b"))]
    for given in person.engine.answer_all(shown, YES).answered:
        assert given.status is YES
        assert given.lapses_at == person.clock.now() + 24 * 3600
        assert given.binding == f"b-{given.id}"


def test_what_was_answered_meanwhile_is_left_out_and_named(person: Person) -> None:
    shown = [Shown.of(asked(person, ident)) for ident in "abc"]
    person.engine.reject_approval("b", "no")
    done = person.engine.answer_all(shown, YES)
    assert [a.id for a in done.answered] == ["a", "c"]
    assert [(left.id, left.title, left.why) for left in done.left_out] == [
        ("b", "run b", "it was rejected meanwhile"),
    ]
    assert status_of(person, "b") is NO


def test_what_is_asked_anew_is_not_approved_in_the_old_ones_place(person: Person) -> None:
    shown = [Shown.of(asked(person, "a"))]
    with person.engine.store.transaction() as tx:
        approvals.supersede(tx, "a")
    asked(person, "a2")
    done = person.engine.answer_all(shown, YES)
    assert not done.answered
    assert done.left_out[0].why == "its inputs changed; asked anew as a2"
    assert status_of(person, "a2") is ApprovalStatus.PENDING
    assert person.woken == 0


def test_a_question_that_now_asks_for_something_else_is_left_out(person: Person) -> None:
    asked(person, "a")
    done = person.engine.answer_all([Shown(id="a", binding="of something else")], YES)
    assert not done.answered
    assert done.left_out[0].why == "what it asks for changed"


def test_a_withdrawn_or_unknown_one_is_named(person: Person) -> None:
    shown = [Shown.of(asked(person, "a")), Shown(id="zzz", binding="b")]
    with person.engine.store.transaction() as tx:
        approvals.cancel_pending(tx, ONE, "it ended")
    left = {one.id: one.why for one in person.engine.answer_all(shown, YES).left_out}
    assert left == {"a": "it was withdrawn", "zzz": "it is not there any more"}


def test_a_question_of_the_agent_takes_no_bare_yes_but_a_refusal(person: Person) -> None:
    shown = [Shown.of(asked(person, "q", card={"title": "question: which?", "question": "which?"}))]
    assert "wants an answer of its own" in person.engine.answer_all(shown, YES).left_out[0].why
    assert [a.id for a in person.engine.answer_all(shown, NO, "none").answered] == ["q"]


def test_one_marked_twice_is_answered_once(person: Person) -> None:
    shown = Shown.of(asked(person, "a"))
    done = person.engine.answer_all([shown, shown], YES)
    assert len(done.answered) == 1
    assert not done.left_out


def test_groups_are_of_the_like_oldest_first(person: Person) -> None:
    for ident, alike in (("a", "run make"), ("b", "write *.md"), ("c", "run make"), ("d", ""), ("e", "")):
        asked(person, ident, alike=alike)
    groups = [[a.id for a in group] for group in grouped(person.engine.approvals())]
    assert groups == [["a", "c"], ["b"], ["d"], ["e"]]


def test_a_card_knows_how_the_like_was_answered(person: Person) -> None:
    for ident in "abc":
        asked(person, ident)
    person.engine.approve("a")
    person.engine.reject_approval("b", "the wheel is not ours")
    asked(person, "d", alike="run other")
    assert person.engine.answers_to("run make") == Answers(approved=1, refused=1, last_reason="the wheel is not ours")
    assert person.engine.answers_to("run other") == Answers()
    assert person.engine.answers_to("") == Answers()
