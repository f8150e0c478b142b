"""Edit, then approve: what a person makes of a question is judged, bound, done once, and told (ASK-1, THREATS 14)."""

from typing import TYPE_CHECKING

import pytest

from orion_tui.base.errors import Blocked, ConflictError, UsageError
from orion_tui.core.models.sessions import ApprovalStatus, SessionState
from orion_tui.core.store import approvals, events
from tests.support.bench import git

if TYPE_CHECKING:
    from orion_tui.core.models.sessions import Approval, Session
    from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap

SCRIPT = """
- id: script
  title: Run the script
  kind: run
  actions: [{run: ./script.sh first}]
"""
NEEDS = """
- id: needs
  title: Add what it needs
  kind: add_dependency
  actions: [{write: {path: requirements.txt, content: "attrs\\n"}}]
"""
TWO = """
- id: script
  title: Run the script
  kind: run
  actions: [{run: ./script.sh first}]
- id: other
  title: Write beside it
  kind: write
  actions: [{write: {path: other.py, content: "x = 1\\n"}}]
"""


def prepared(bench: "Bench") -> None:
    (bench.repo / "script.sh").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >> log.txt\n')
    (bench.repo / "script.sh").chmod(0o755)
    git(bench.repo, "add", "-A")
    git(bench.repo, "commit", "-qm", "script")


def edit(bench: "Bench", approval: "Approval", text: str) -> None:
    shown = bench.engine.edited(approval.id, text)
    bench.engine.approve_edited(shown, text)


def ended(bench: "Bench", session: "Session") -> "Session":
    done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    return done


def test_the_edited_command_runs_once_and_the_record_has_both(bench: "Bench") -> None:
    prepared(bench)
    session = bench.submit(SCRIPT)
    with bench.supervisor():
        approval = bench.pending(session)
        assert bench.engine.text_to_edit(approval.id) == "./script.sh first"
        edit(bench, approval, "./script.sh second")
        ended(bench, session)
    assert bench.file(session, "log.txt") == "second"
    told = {event.type: event for event in bench.events(session)}
    assert told["approval.edited"].actor == "user"
    assert told["approval.edited"].data["asked"] == "run ./script.sh first"
    assert told["approval.edited"].data["text"] == "run ./script.sh second"
    assert told["action.started"].data["text"] == "run ./script.sh second"
    assert told["action.started"].data["instead_of"] == "run ./script.sh first"
    used = approvals.get(bench.engine.store.reader(), approval.id)
    assert used.status is ApprovalStatus.USED
    assert used.binding != approval.binding, "bound to the edited action"
    step = next(s for s in bench.engine.steps(session.id) if s.action.get("do") == "RunCommand")
    assert step.action["shell"] == "./script.sh second"
    assert step.result is not None
    assert step.result["edited"]["asked"] == "run ./script.sh first"


def test_edited_content_is_written_at_the_same_path(bench: "Bench") -> None:
    session = bench.submit(NEEDS)
    with bench.supervisor():
        approval = bench.pending(session)
        assert bench.engine.text_to_edit(approval.id) == "attrs\n"
        shown = bench.engine.edited(approval.id, "attrs==23.2.0\n")
        assert "+attrs==23.2.0" in shown.card["preview"]
        assert shown.card["edited_from"] == "write requirements.txt"
        bench.engine.approve_edited(shown, "attrs==23.2.0\n")
        ended(bench, session)
    assert bench.file(session, "requirements.txt") == "attrs==23.2.0"
    step = next(s for s in bench.engine.steps(session.id) if s.action.get("do") == "WriteFile")
    assert "+attrs==23.2.0" in (step.result or {})["edited"]["difference"]


def test_what_the_role_or_aegis_forbids_cannot_be_approved_after_an_edit(bench: "Bench") -> None:
    prepared(bench)
    session = bench.submit(SCRIPT)
    with bench.supervisor():
        approval = bench.pending(session)
        for text, rule in (("rm -rf .git", "aegis"), ("sudo ./script.sh", "aegis"), ("git push --force", "aegis")):
            with pytest.raises(Blocked, match=rule):
                bench.engine.edited(approval.id, text)
        with pytest.raises(UsageError, match="nothing was changed"):
            bench.engine.edited(approval.id, "./script.sh first")
        with pytest.raises(UsageError, match="nothing is left"):
            bench.engine.edited(approval.id, " \n")
        assert bench.pending(session).id == approval.id
        assert bench.pending(session).binding == approval.binding


def test_only_what_was_shown_is_approved(bench: "Bench") -> None:
    prepared(bench)
    session = bench.submit(SCRIPT)
    with bench.supervisor():
        approval = bench.pending(session)
        shown = bench.engine.edited(approval.id, "./script.sh second")
        with pytest.raises(ConflictError):
            bench.engine.approve_edited(shown, "./script.sh third")
        assert bench.pending(session).status is ApprovalStatus.PENDING


def test_an_edit_outlives_a_crash_before_it_is_carried_out(bench: "Bench") -> None:
    prepared(bench)
    session = bench.submit(SCRIPT)
    with bench.supervisor():
        approval = bench.pending(session)
    edit(bench, approval, "./script.sh second")
    again = bench.reopen()
    with again.supervisor():
        ended(again, session)
    assert again.file(session, "log.txt") == "second"


def test_an_edited_command_is_asked_about_again_when_the_work_has_changed(bench: "Bench") -> None:
    prepared(bench)
    session = bench.submit(TWO)
    with bench.supervisor():
        bench.until(lambda: bench.statuses(session)["other"] == "done" or None)
        first = bench.until(lambda: next((a for a in bench.engine.approvals() if a.card["changed_since"]), None))
        assert "other.py" in first.card["changed_since"]
        edit(bench, first, "./script.sh second")
        ended(bench, session)
    assert bench.file(session, "log.txt") == "second"


def test_an_edit_that_no_longer_fits_stays_an_edit(bench: "Bench") -> None:
    prepared(bench)
    session = bench.submit(SCRIPT)
    with bench.supervisor():
        approval = bench.pending(session)
    edit(bench, approval, "./script.sh second")
    with bench.engine.store.transaction() as tx:
        # As if what the person saw had been another tree.
        tx.run("UPDATE approvals SET binding = ? WHERE id = ?", ("0" * 64, approval.id))
        events.append(tx, session.id, "test.changed", "user", {})
    again = bench.reopen()
    with again.supervisor():
        asked = again.pending(session)
        assert asked.id != approval.id
        assert asked.card["title"] == "run ./script.sh second"
        assert asked.card["edited_from"] == "run ./script.sh first"
        assert again.engine.text_to_edit(asked.id) == "./script.sh second"
        again.engine.approve(asked.id)
        ended(again, session)
    assert again.file(session, "log.txt") == "second"
