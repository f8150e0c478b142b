"""SAVE-2: back to a checkpoint, files and state, and on from there."""

from collections.abc import Callable

import pytest

from orion_tui.base.errors import Busy, ConflictError, NotFound, StateError
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.steps import StepStatus
from orion_tui.core.store import sessions
from tests.support.bench import Bench, git

from .conftest import PLAN, branch, names, roll_back, tree, work_on

Work = Callable[..., Session]


def test_files_tasks_and_branch_return_and_the_rest_is_kept_as_history(bench: Bench, worked: Work) -> None:
    session = worked()
    made = bench.engine.checkpoints(session.id)
    before = bench.engine.steps(session.id)
    roll_back(bench, session, 2)
    now = bench.engine.session(session.id)
    assert (now.state, now.tasks_done, now.finished_at) == (SessionState.PAUSED, 2, None)
    assert now.reason.startswith("rolled back to cp-0002")
    assert bench.statuses(session) == {"one": "done", "two": "done", "three": "queued", "four": "queued"}
    assert branch(bench, session) == made[2].commit
    assert bench.files(session) == ["docs/one.md", "docs/two.md"]
    assert bench.file(session, "docs/one.md") == "one"
    assert names(bench, session) == ["cp-0000", "cp-0001", "cp-0002"]
    assert bench.engine.steps(session.id) == before  # what happened, happened
    assert bench.types(session)[-2:] == ["session.rolled_back", "session.state"]


def test_work_goes_on_from_there_to_the_same_end(bench: Bench, worked: Work) -> None:
    session = worked()
    end, steps = tree(bench, session), len(bench.engine.steps(session.id))
    roll_back(bench, session, 2)
    done = work_on(bench, session)
    assert done.state is SessionState.COMPLETED, done.reason
    assert tree(bench, session) == end
    assert done.tasks_done == 4
    # Three steps of the two tasks ran again as a new attempt; nobody got a number that was taken.
    again = bench.engine.steps(session.id)
    assert [step.attempt for step in again] == [0, 0, 0, 0, 0, 1, 1, 1]
    assert [step.n for step in again] == list(range(1, steps + 4))
    assert names(bench, session) == ["cp-0000", "cp-0001", "cp-0002", "cp-0005", "cp-0006"]


def test_back_to_the_base_and_twice_in_a_row(bench: Bench, worked: Work) -> None:
    session = worked()
    end = tree(bench, session)
    roll_back(bench, session, 3)
    roll_back(bench, session, 0)
    assert bench.files(session) == []
    assert set(bench.statuses(session).values()) == {"queued"}
    assert work_on(bench, session).state is SessionState.COMPLETED
    assert tree(bench, session) == end
    assert len(bench.engine.in_trash(session.id)) == 2


def test_the_preview_says_exactly_what_will_happen_and_changes_nothing(bench: Bench, worked: Work) -> None:
    session = worked()
    seen, refs = bench.events(session), git(bench.home.session_repo(session.id), "for-each-ref")
    preview = bench.engine.preview_rollback(session.id, 2)
    assert [(t.id, t.before.value, t.after.value, t.undone) for t in preview.beyond.tasks] == [
        ("three", "done", "queued", 2),
        ("four", "done", "queued", 1),
    ]
    assert [(f.status, f.path) for f in preview.lost.files] == [
        ("A", "docs/four.md"),
        ("M", "docs/one.md"),
        ("A", "docs/three.md"),
    ]
    assert [made.name for made in preview.beyond.checkpoints] == ["cp-0003", "cp-0004"]
    assert bench.events(session) == seen
    assert git(bench.home.session_repo(session.id), "for-each-ref") == refs


FAILS = """
- id: good
  title: Good
  kind: write_docs
  actions: [{write: {path: docs/a.md, content: "a\\n"}}]
- id: bad
  title: Bad
  kind: write_docs
  needs: [good]
  actions:
    - write: {path: docs/b.md, content: "b\\n"}
    - edit: {path: docs/missing.md, old: "x", new: "y"}
- id: after
  title: After
  kind: write_docs
  needs: [bad]
  actions: [{write: {path: docs/c.md, content: "c\\n"}}]
"""


def test_a_failed_session_can_be_taken_back_to_before_the_failure(bench: Bench, worked: Work) -> None:
    session = worked(FAILS, SessionState.FAILED)
    assert bench.statuses(session) == {"good": "done", "bad": "failed", "after": "blocked"}
    roll_back(bench, session, 1)
    assert bench.statuses(session) == {"good": "done", "bad": "queued", "after": "queued"}
    assert work_on(bench, session).state is SessionState.FAILED  # the plan is as wrong as before
    assert [row.attempt for row in bench.engine.tasks(session.id)] == [0, 1, 0]


ASKS = """
- id: free
  title: Free
  kind: write_docs
  actions: [{write: {path: docs/free.md, content: "free\\n"}}]
- id: asks
  title: Asks
  kind: add_dependency
  actions:
    - write: {path: docs/part.md, content: "part\\n"}
    - run: pip install ./nothing
      expect: {exit: any}
- id: last
  title: Last
  kind: write_docs
  needs: [asks]
  actions: [{write: {path: docs/last.md, content: "last\\n"}}]
"""


def test_a_question_that_was_asked_later_is_withdrawn_and_asked_again(bench: Bench, worked: Work) -> None:
    session = worked(ASKS, SessionState.WAITING)
    asked = bench.pending(session)
    roll_back(bench, session, 0)
    assert bench.engine.approvals(session.id) == []
    assert bench.engine.approval(asked.id).status.value == "cancelled"
    again = work_on(bench, session)
    assert again.state is SessionState.WAITING
    assert bench.pending(session).id != asked.id


def test_an_answer_that_was_used_does_not_count_again(bench: Bench, worked: Work) -> None:
    session = worked(ASKS, SessionState.WAITING)
    bench.engine.approve(bench.pending(session).id)
    with bench.supervisor():
        assert bench.wait(session, SessionState.COMPLETED).state is SessionState.COMPLETED
    end = tree(bench, session)
    roll_back(bench, session, 1)
    assert bench.statuses(session) == {"free": "done", "asks": "queued", "last": "queued"}
    assert work_on(bench, session).state is SessionState.WAITING
    bench.engine.approve(bench.pending(session).id)
    with bench.supervisor():
        assert bench.wait(session, SessionState.COMPLETED).state is SessionState.COMPLETED
    assert tree(bench, session) == end


def test_a_step_in_flight_is_undone_with_the_rest(bench: Bench, worked: Work) -> None:
    session = worked(ASKS, SessionState.WAITING)
    # As a killed worker leaves it: the last step started and never finished.
    with bench.engine.store.transaction() as tx:
        tx.run("DELETE FROM step_results WHERE step = (SELECT max(key) FROM steps)")
    assert bench.engine.steps(session.id)[-1].status is StepStatus.STARTED
    roll_back(bench, session, 0)
    assert work_on(bench, session).state is SessionState.WAITING
    numbers = [(step.n, step.status) for step in bench.engine.steps(session.id)]
    assert numbers == [(1, StepStatus.DONE), (2, StepStatus.STARTED), (3, StepStatus.DONE), (4, StepStatus.DONE)]


def test_nothing_to_take_back_is_said(bench: Bench, worked: Work) -> None:
    session = worked()
    with pytest.raises(StateError, match="stands at cp-0004 already"):
        bench.engine.rollback(bench.engine.preview_rollback(session.id, 4))
    with pytest.raises(NotFound, match="no checkpoint cp-0009"):
        bench.engine.preview_rollback(session.id, 9)


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        (SessionState.RUNNING, "orion pause"),
        (SessionState.PROMOTED, "orion undo-promote"),
        (SessionState.REJECTED, "orion diff"),
        (SessionState.ARCHIVED, "orion diff"),
    ],
)
def test_a_session_at_work_or_over_for_good_is_refused_with_what_to_do(
    bench: Bench, worked: Work, state: SessionState, hint: str
) -> None:
    session = worked()
    with bench.engine.store.transaction() as tx:
        sessions.set_state(tx, session.id, set(SessionState), state)
    with pytest.raises(StateError) as caught:
        bench.engine.preview_rollback(session.id, 1)
    assert str(state) in caught.value.message
    assert hint in caught.value.hint


def test_a_session_that_moved_on_since_the_preview_is_left_alone(bench: Bench, worked: Work) -> None:
    session = worked()
    preview = bench.engine.preview_rollback(session.id, 1)
    roll_back(bench, session, 3)
    tip = branch(bench, session)
    with pytest.raises(ConflictError, match="moved on"):
        bench.engine.rollback(preview)
    assert branch(bench, session) == tip
    assert len(bench.engine.in_trash(session.id)) == 1


def test_another_session_on_the_same_repository_is_not_disturbed(bench: Bench, worked: Work) -> None:
    session = worked()
    other = bench.submit(PLAN)
    with pytest.raises(Busy, match=other.id):
        roll_back(bench, session, 1)
    assert bench.engine.session(session.id).state is SessionState.COMPLETED
    assert bench.engine.in_trash(session.id) == []
    assert len(names(bench, session)) == 5


def test_ended_work_can_be_rolled_back_and_still_not_be_paused(bench: Bench, worked: Work) -> None:
    session = worked()
    with pytest.raises(StateError, match="only work that goes on can be paused"):
        bench.engine.pause(session.id)
