"""How far an approval reaches, in real sessions: for this one until it ends, or for those of the role (ASK-1)."""

import importlib.resources
from typing import TYPE_CHECKING

import pytest

from orion_tui.base.errors import ConflictError, StateError, UsageError, WrongCredential
from orion_tui.core.auth.vault import VaultChoice
from orion_tui.core.models.sessions import ApprovalStatus, SessionState
from orion_tui.core.store import approvals

if TYPE_CHECKING:
    from orion_tui.core.models.sessions import Session
    from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap

#: `numfmt` is no program that the role knows: each use is asked about.
THREE = """
- id: one
  title: Format one
  kind: run
  actions: [{run: numfmt 5}]
- id: two
  title: Format two
  kind: run
  needs: [one]
  actions: [{run: numfmt --round=up 6}]
- id: three
  title: Format three
  kind: run
  needs: [two]
  actions: [{run: "numfmt 5; mcookie"}]
"""
FAILS = """
- id: one
  title: Format one
  kind: run
  actions: [{run: numfmt 5}]
- id: two
  title: Format what is no number
  kind: run
  needs: [one]
  actions: [{run: numfmt abc}]
"""
TWO_AT_ONCE = """
- id: one
  title: Format one
  kind: run
  actions: [{run: numfmt 5}]
- id: two
  title: Format two
  kind: run
  actions: [{run: numfmt --round=up 6}]
"""
ONE = """
- id: one
  title: Format one
  kind: run
  actions: [{run: numfmt 5}]
"""


ELSEWHERE = """
- id: one
  title: Format one
  kind: run
  actions: [{run: numfmt 5, cwd: src}]
- id: two
  title: Format the same elsewhere
  kind: run
  actions: [{run: numfmt 5}]
"""


def ended(bench: "Bench", session: "Session") -> None:
    done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason


def test_for_this_session_the_like_is_not_asked_about_again(bench: "Bench") -> None:
    session = bench.submit(THREE)
    with bench.supervisor():
        approval = bench.pending(session)
        assert bench.engine.preview_reach(approval.id).exact == ("run(numfmt 5)",)
        assert bench.engine.preview_reach(approval.id).wider == ("run(numfmt *)",)
        bench.engine.allow_for_session(bench.engine.preview_reach(approval.id, ["run(numfmt *)"]))
        # The second is covered; the third is a compound of which only the first half is.
        last = bench.until(lambda: next((a for a in bench.engine.approvals(session.id) if a.task_id == "three"), None))
        assert bench.statuses(session)["two"] == "done"
        assert last.card["text"] == "numfmt 5; mcookie"
        bench.engine.approve(last.id)
        ended(bench, session)
    told = {event.type: event for event in bench.events(session)}
    granted = told["reach.granted"]
    assert granted.actor == "user"
    assert granted.data["rules"] == ["run(numfmt *)"]
    now = bench.engine.session(session.id).policy
    assert now == granted.data["policy"] != session.policy
    later = [e for e in bench.events(session) if e.type == "action.decided" and e.data["task"] == "two"]
    assert [(e.policy, e.data["layer"], e.data["rule"]) for e in later] == [(now, "reach", "reach[0] run(numfmt *)")]


def test_the_same_command_in_another_directory_is_another_question(bench: "Bench") -> None:
    session = bench.submit(ELSEWHERE)
    with bench.supervisor():
        asked = bench.until(lambda: found if len(found := bench.engine.approvals(session.id)) == 2 else None)
        there, here = sorted(asked, key=lambda approval: approval.task_id)
        assert there.card["title"] == "run in src: numfmt 5"
        shown = bench.engine.preview_reach(there.id)
        assert shown.exact == ("run(numfmt 5) in src",)
        bench.engine.allow_for_session(shown)
        assert [(one.rule, one.where) for one in bench.engine.reaches()] == [("run(numfmt 5) in src", "src")]
        reader = bench.engine.store.reader()
        assert approvals.get(reader, here.id).status is ApprovalStatus.PENDING, "the other is not answered by it"
        of_both = bench.engine.preview_reach(here.id)
        assert of_both.exact == ("run(numfmt 5)",)
        assert "run in src: numfmt 5" not in [past.text for past in of_both.matched]


def test_questions_that_it_answers_are_withdrawn_and_their_work_goes_on(bench: "Bench") -> None:
    session = bench.submit(TWO_AT_ONCE)
    with bench.supervisor():
        first, second = bench.until(lambda: found if len(found := bench.engine.approvals(session.id)) == 2 else None)
        bench.engine.allow_for_session(bench.engine.preview_reach(first.id, ["run(numfmt *)"]))
        ended(bench, session)
    assert approvals.get(bench.engine.store.reader(), second.id).status is ApprovalStatus.SUPERSEDED


def test_what_is_taken_back_is_asked_about_again(bench: "Bench") -> None:
    session = bench.submit(THREE)
    with bench.supervisor():
        approval = bench.pending(session)
        shown = bench.engine.preview_reach(approval.id, ["run(numfmt *)"])
    bench.engine.allow_for_session(shown)
    assert [(a.scope, a.rule) for a in bench.engine.reaches()] == [("session", "run(numfmt *)")]
    with pytest.raises(StateError):
        bench.engine.revoke_reach(session.id, 0, "run(other *)")  # which stood under that number a moment ago
    assert bench.engine.revoke_reach(session.id, 0, "run(numfmt *)") == ("run(numfmt *)",)
    assert bench.engine.reaches() == []
    assert bench.engine.session(session.id).policy == session.policy
    with pytest.raises(StateError):
        bench.engine.revoke_reach(session.id, 0)
    with bench.supervisor():
        # The one approval that was given along with it still counts: it was for exactly that.
        asked = bench.until(lambda: next((a for a in bench.engine.approvals(session.id) if a.task_id == "two"), None))
        assert asked.card["text"] == "numfmt --round=up 6"


def test_it_ends_with_the_session_also_where_that_is_tried_again(bench: "Bench") -> None:
    session = bench.submit(FAILS)
    with bench.supervisor():
        first = bench.pending(session)
        bench.engine.allow_for_session(bench.engine.preview_reach(first.id, ["run(numfmt *)"]))
        bench.wait(session, SessionState.FAILED)
        bench.engine.retry(session.id)
        assert bench.engine.reaches() == []
        assert bench.pending(session).card["text"] == "numfmt abc"
    told = [event for event in bench.events(session) if event.type == "reach.revoked"]
    assert [(event.data["rules"], event.actor) for event in told] == [(["run(numfmt *)"], "user")]


def test_it_is_shown_with_what_it_would_have_let_through_before(bench: "Bench") -> None:
    before = bench.submit(THREE)
    with bench.supervisor():
        bench.engine.approve(bench.pending(before).id)
        asked = bench.until(lambda: next((a for a in bench.engine.approvals(before.id) if a.task_id == "two"), None))
        bench.engine.reject_approval(asked.id, "not silently")
        bench.wait(before, SessionState.FAILED)
        session = bench.submit(ONE)
        approval = bench.pending(session)
        own = bench.engine.preview_reach(approval.id, ["run(numfmt *)"])
        whole = bench.engine.preview_reach(approval.id, ["run(numfmt *)"], whole_role=True)
    assert own.matched == ()
    assert [(p.text, p.refused, p.reason) for p in whole.matched] == [
        ("run numfmt --round=up 6", True, "not silently"),
        ("run numfmt 5", False, ""),
    ]
    assert whole.refused == 1


def test_for_a_role_it_takes_the_credential_and_holds_for_later_sessions(bench: "Bench") -> None:
    bench.engine.auth.enroll_pin("604182", current=None, vault=VaultChoice.MACHINE_KEY)
    session = bench.submit(ONE)
    with bench.supervisor():
        shown = bench.engine.preview_reach(bench.pending(session).id, whole_role=True)
        with pytest.raises(WrongCredential):
            bench.engine.allow_for_role(shown, "000000")
        assert bench.pending(session).id == shown.approval.id
        bench.engine.allow_for_role(shown, "604182")
        ended(bench, session)
        second = bench.submit(ONE)
        ended(bench, second)
        assert not [e for e in bench.events(second) if e.type == "approval.asked"]
        held = [one for one in bench.engine.reaches() if one.scope == "role"]
        assert [(one.of, one.rule, one.holds) for one in held] == [("software-engineer", "run(numfmt 5)", True)]
        bench.engine.revoke_role_reach(held[0].number)
        third = bench.submit(ONE)
        assert bench.pending(third).card["text"] == "numfmt 5"


def test_what_was_given_under_another_authority_of_the_role_does_not_count(bench: "Bench") -> None:
    bench.engine.auth.enroll_pin("604182", current=None, vault=VaultChoice.MACHINE_KEY)
    session = bench.submit(ONE)
    with bench.supervisor():
        shown = bench.engine.preview_reach(bench.pending(session).id, whole_role=True)
        _narrow(bench)
        with pytest.raises(ConflictError, match="says something else now"):
            bench.engine.allow_for_role(shown, "604182")
        (bench.home.roles / "mine.yaml").unlink()
        bench.engine.allow_for_role(shown, "604182")
        ended(bench, session)
        _narrow(bench)
        assert [one.holds for one in bench.engine.reaches() if one.scope == "role"] == [False]
        assert bench.pending(bench.submit(ONE)).card["text"] == "numfmt 5"


def test_only_what_was_shown_is_allowed(bench: "Bench") -> None:
    session = bench.submit(ONE)
    with bench.supervisor():
        approval = bench.pending(session)
        for text in ("run(numfmt *); run(rm *)", "run(*)", "run", "run(sh *)", "run(env *)", "write(**)", "nonsense"):
            with pytest.raises(UsageError):
                bench.engine.preview_reach(approval.id, [text])
        with pytest.raises(UsageError, match="would not cover what is asked"):
            bench.engine.preview_reach(approval.id, ["run(diff *)"])
        shown = bench.engine.preview_reach(approval.id)
        bench.engine.approve(approval.id)
        with pytest.raises(StateError):
            bench.engine.allow_for_session(shown)
        assert bench.engine.reaches() == []


def _narrow(bench: "Bench") -> None:
    """A role of the user's own in the starter's place that asks for more."""
    starters = importlib.resources.files("orion_tui.roles") / "templates"
    text = (starters / "software-engineer.yaml").read_text("utf-8")
    bench.home.roles.mkdir(parents=True, exist_ok=True)
    (bench.home.roles / "mine.yaml").write_text(
        text.replace("  requires_approval:\n", "  requires_approval:\n    - run(numfmt *)\n", 1)
    )
