"""SAVE-1: when checkpoints are made, and what each of them is worth."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.sandbox.base import CommandResult
from orion_tui.core.sandbox.fake import FakeBackend, FakeCommand
from orion_tui.core.session.embedded import EmbeddedSupervisor
from tests.support.bench import Bench, git

from .conftest import branch, roll_back, tree, work_on

Work = Callable[..., Session]

#: Seconds by which the clock is ahead after each command.
_LONG = 3600.0


class SlowCommands(SystemClock):
    """A clock on which every command took an hour; the machine was awake for it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def awake(self) -> float:
        return super().awake() + self.ahead

    def run(self, _: FakeCommand) -> CommandResult:
        self.ahead += _LONG
        return CommandResult(exit_code=0)


LONG = """
- id: first
  title: First
  kind: write_docs
  actions: [{write: {path: docs/first.md, content: "first\\n"}}]
- id: long
  title: Long
  kind: write_docs
  needs: [first]
  actions:
    - write: {path: docs/a.md, content: "a\\n"}
    - run: python3 -m unittest -q
    - write: {path: docs/b.md, content: "b\\n"}
    - run: python3 -m unittest -q
    - write: {path: docs/c.md, content: "c\\n"}
"""


@pytest.fixture
def long(bench: Bench) -> Session:
    clock = SlowCommands()
    bench.choose = lambda: FakeBackend(clock.run)
    session = bench.submit(LONG)
    with EmbeddedSupervisor(bench.home, clock, bench.choose):
        done = bench.wait(session)
    assert done.state is SessionState.COMPLETED, done.reason
    return done


def _reasons(bench: Bench, session: Session) -> list[str]:
    return [made.reason for made in bench.engine.checkpoints(session.id)]


def _files(bench: Bench, session: Session, commit: str) -> list[str]:
    return git(bench.home.session_repo(session.id), "ls-tree", "-r", "--name-only", commit, "docs/").splitlines()


def test_a_long_task_is_checkpointed_between_its_steps(bench: Bench, long: Session) -> None:
    assert _reasons(bench, long) == ["the base", "after First", "during Long", "during Long", "after Long"]
    made = bench.engine.checkpoints(long.id)
    assert [c.partial for c in made] == [False, False, True, True, False]
    assert [c.step for c in made] == [0, 1, 3, 5, 6]
    assert _files(bench, long, made[2].commit) == ["docs/a.md", "docs/first.md"]
    assert _files(bench, long, made[3].commit) == ["docs/a.md", "docs/b.md", "docs/first.md"]
    # The branch never held half a task.
    repo = bench.home.session_repo(long.id)
    assert made[2].commit not in git(repo, "rev-list", branch(bench, long))
    git(repo, "gc", "-q", "--prune=now")
    assert _files(bench, long, made[3].commit)


def test_back_into_the_middle_of_a_task_its_finished_steps_count(bench: Bench, long: Session) -> None:
    end = tree(bench, long)
    preview = bench.engine.preview_rollback(long.id, 2)
    assert [(task.id, task.kept, task.undone) for task in preview.beyond.tasks] == [("long", 2, 3)]
    assert [file.path for file in preview.lost.files] == ["docs/b.md", "docs/c.md"]
    roll_back(bench, long, 2)
    assert bench.files(long) == ["docs/first.md"]
    assert work_on(bench, long).state is SessionState.COMPLETED
    assert tree(bench, long) == end
    ran = [(step.n, step.attempt, step.index) for step in bench.engine.steps(long.id) if step.task_id == "long"]
    assert ran == [(2, 0, 0), (3, 0, 1), (4, 0, 2), (5, 0, 3), (6, 0, 4), (7, 0, 2), (8, 0, 3), (9, 0, 4)]


def test_a_failed_task_does_not_leave_a_timed_checkpoint_on_the_branch(bench: Bench) -> None:
    clock = SlowCommands()
    bench.choose = lambda: FakeBackend(clock.run)
    session = bench.submit(LONG + '    - edit: {path: docs/none.md, old: "x", new: "y"}\n')
    with EmbeddedSupervisor(bench.home, clock, bench.choose):
        assert bench.wait(session).state is SessionState.FAILED
    assert "during Long" in _reasons(bench, session)
    assert bench.files(session) == ["docs/first.md"]


def test_pausing_makes_one_whatever_the_session_does(bench: Bench, worked: Work) -> None:
    plan = """
        - id: free
          title: Free
          kind: write_docs
          actions: [{write: {path: docs/free.md, content: "free\\n"}}]
        - id: asks
          title: Asks
          kind: add_dependency
          actions: [{run: pip install ./nothing, expect: {exit: any}}]
        """
    session = worked(plan, SessionState.WAITING)
    assert _reasons(bench, session) == ["the base", "after Free"]
    bench.engine.pause(session.id)
    assert _reasons(bench, session) == ["the base", "after Free", "paused"]
    bench.engine.resume(session.id)
    bench.engine.pause(session.id)
    assert _reasons(bench, session) == ["the base", "after Free", "paused"]  # nothing happened in between


def test_pausing_inside_a_task_keeps_what_it_has_done(bench: Bench, tmp_path: Path) -> None:
    def pause(_: FakeCommand) -> CommandResult:
        if not (tmp_path / "once").exists():
            (tmp_path / "once").touch()
            bench.engine.pause(session.id)
        return CommandResult(exit_code=0)

    bench.choose = lambda: FakeBackend(pause)
    session = bench.submit(LONG)
    with bench.supervisor():
        bench.wait(session, SessionState.PAUSED)
    made = bench.engine.checkpoints(session.id)[-1]
    assert (made.reason, made.partial, made.step) == ("paused", True, 3)
    assert _files(bench, session, made.commit) == ["docs/a.md", "docs/first.md"]
    assert bench.files(session) == ["docs/first.md"]
    assert work_on(bench, session).state is SessionState.COMPLETED
    assert len(bench.files(session)) == 4


def test_before_a_flagged_task_there_is_one_to_go_back_to(bench: Bench, worked: Work) -> None:
    session = worked(
        """
        - id: unsure
          title: Unsure
          kind: write_docs
          confidence: 0.8
          actions: [{write: {path: docs/a.md, content: "a\\n"}}]
        """
    )
    assert _reasons(bench, session) == ["the base", "before Unsure", "after Unsure"]
    roll_back(bench, session, 1)
    assert bench.statuses(session) == {"unsure": "queued"}
    assert work_on(bench, session).state is SessionState.COMPLETED
