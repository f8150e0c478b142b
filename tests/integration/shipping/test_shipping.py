"""From a finished session to the user's branch and back, through gate and PIN (SHIP-3, SHIP-5, GATE-1, AUTH-3)."""

import hashlib

import pytest

from orion_tui.base.errors import Blocked, ConflictError, StateError, UsageError, WrongCredential
from orion_tui.core.models.sessions import Session, SessionState
from tests.support.bench import PIN, Bench, git

pytestmark = pytest.mark.bubblewrap

DOCS = """
- id: docs
  title: Write the docs
  kind: write_docs
  actions: [{write: {path: docs/a.md, content: "new\\n"}}, {edit: {path: app.py, old: "1", new: "2"}}]
"""


def finished(bench: Bench, plan: str = DOCS) -> Session:
    session = bench.submit(plan, goal="Write the docs")
    with bench.supervisor():
        return bench.wait(session)


def test_the_main_job_ends_in_a_merge_with_both_tags_and_is_taken_back(bench: Bench) -> None:
    before = git(bench.repo, "rev-parse", "main")
    session = finished(bench)
    assert git(bench.repo, "rev-parse", "main") == before
    (bench.repo / "other.txt").write_text("mine, edited\n")
    preview = bench.engine.preview_promotion(session.id)
    assert preview.ready, preview.gate.problems
    assert [change.path for change in preview.plan.changes] == ["app.py", "docs/a.md"]
    done = bench.engine.promote(preview, PIN)
    assert git(bench.repo, "rev-parse", "main") == done.merge_commit
    assert git(bench.repo, "log", "-1", "--format=%s") == "orion(ara): Write the docs"
    assert git(bench.repo, "rev-parse", f"orion-pre-promote/{session.id}^{{commit}}") == before
    assert git(bench.repo, "rev-parse", f"orion-post-promote/{session.id}^{{commit}}") == done.merge_commit
    assert (bench.repo / "docs/a.md").read_text() == "new\n"
    assert (bench.repo / "other.txt").read_text() == "mine, edited\n"
    assert bench.engine.session(session.id).state is SessionState.PROMOTED
    assert bench.engine.checkpoints(session.id)[-1].reason == "before promotion"

    undone = bench.engine.undo_promotion(session.id, PIN)
    assert git(bench.repo, "rev-parse", "main") == undone.revert_commit
    assert git(bench.repo, "diff", before, "main", "--stat") == ""
    assert not (bench.repo / "docs").exists()
    assert (bench.repo / "other.txt").read_text() == "mine, edited\n"
    assert bench.engine.session(session.id).state is SessionState.UNDONE

    again = bench.engine.promote(bench.engine.preview_promotion(session.id), PIN)
    assert (bench.repo / "docs/a.md").read_text() == "new\n"
    assert again.merge_commit != done.merge_commit


def test_a_wrong_pin_moves_nothing(bench: Bench) -> None:
    session = finished(bench)
    before = git(bench.repo, "for-each-ref")
    preview = bench.engine.preview_promotion(session.id)
    with pytest.raises(WrongCredential):
        bench.engine.promote(preview, "111222")
    assert git(bench.repo, "for-each-ref") == before
    assert bench.engine.session(session.id).state is SessionState.COMPLETED


def test_a_secret_blocks_and_is_never_shown(bench: Bench) -> None:
    secret = "ghp_" + hashlib.sha256(b"made up").hexdigest()[:36]
    plan = DOCS.replace('"new\\n"', f'"token: {secret}\\n"')
    session = finished(bench, plan)
    preview = bench.engine.preview_promotion(session.id)
    assert not preview.ready
    assert any(problem.startswith("secrets: docs/a.md:1") for problem in preview.gate.problems)
    assert secret not in "\n".join(preview.gate.problems)
    with pytest.raises(Blocked) as caught:
        bench.engine.promote(preview, PIN)
    assert secret not in str(caught.value)
    assert all(secret not in str(event.data) for event in bench.events(session) if event.type.startswith("promotion"))


def test_a_special_path_needs_its_name(bench: Bench) -> None:
    session = finished(
        bench,
        """
        - id: docs
          title: Write the docs
          kind: write_docs
          actions: [{write: {path: docs/a.md, content: a}}]
        """,
    )
    preview = bench.engine.preview_promotion(session.id)
    assert preview.ready
    assert preview.special == ()


def test_allowing_a_path_that_the_work_does_not_change_is_told(bench: Bench) -> None:
    session = finished(bench)
    path = bench.engine.diff(session.id).files[0].path
    assert bench.engine.preview_promotion(session.id, allow=[path]).ready
    with pytest.raises(UsageError, match=r"does not change docs/typo\.md"):
        bench.engine.preview_promotion(session.id, allow=[path, "docs/typo.md"])


def test_an_approved_special_path_passes(bench: Bench) -> None:
    session = bench.submit(
        """
        - id: attributes
          title: Write attributes
          kind: write_config
          actions: [{write: {path: .gitattributes, content: "*.bin binary\\n"}}]
        """
    )
    with bench.supervisor():
        bench.wait(session)
        approval = bench.pending(session)
        assert ".gitattributes" in approval.card["title"]
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    preview = bench.engine.preview_promotion(session.id)
    assert preview.ready, preview.gate.problems


def test_the_users_own_edit_in_the_way_is_named_and_kept(bench: Bench) -> None:
    session = finished(bench)
    (bench.repo / "app.py").write_text("VALUE = 3  # mine\n")
    preview = bench.engine.preview_promotion(session.id)
    assert not preview.ready
    with pytest.raises(ConflictError, match=r"app\.py"):
        bench.engine.promote(preview, PIN)
    assert (bench.repo / "app.py").read_text() == "VALUE = 3  # mine\n"
    assert not (bench.repo / "docs").exists()


def test_a_branch_that_moved_after_the_preview_is_refused(bench: Bench) -> None:
    session = finished(bench)
    preview = bench.engine.preview_promotion(session.id)
    git(bench.repo, "commit", "-q", "--allow-empty", "-m", "mine")
    with pytest.raises(ConflictError):
        bench.engine.promote(preview, PIN)
    assert git(bench.repo, "log", "-1", "--format=%s") == "mine"


def test_work_in_progress_and_rejected_work_cannot_be_promoted(bench: Bench) -> None:
    session = bench.submit(DOCS)
    with pytest.raises(StateError, match="created"):
        bench.engine.preview_promotion(session.id)
    bench.engine.cancel(session.id)
    bench.engine.reject(session.id, "no")
    with pytest.raises(StateError, match="rejected"):
        bench.engine.preview_promotion(session.id)


def test_an_undo_without_a_promotion_is_refused(bench: Bench) -> None:
    session = finished(bench)
    with pytest.raises(StateError, match="no promotion"):
        bench.engine.undo_promotion(session.id, PIN)
