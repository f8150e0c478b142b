"""A front end that is killed in the middle of a command, and commands that come while no supervisor lives."""

import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox.fake import FakeBackend
from orion_tui.core.session import leftovers, submit
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.store import Store
from tests.support.bench import Bench
from tests.support.crashing.lives import SWEEP
from tests.support.crashing.mortal import executions, live, mortal_from_here
from tests.support.crashing.verdict import Deaths, check, git, integrity, outcome

from .conftest import Prepared, prepare

PLAN = """
- id: asks
  title: Ask
  kind: add_dependency
  actions:
    - write: {path: docs/a.md, content: a}
    - run: pip install ./nothing
- id: after
  title: Go on
  kind: write_docs
  needs: [asks]
  actions: [{write: {path: docs/b.md, content: b}}]
"""


def in_child(act: Callable[[], object]) -> int:
    """Run `act` in a child of its own; its wait status."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def submitting(home: OrionHome, repo: Path, instant: int) -> int:
    """Submit in a child that dies at the instant; its wait status."""

    def act() -> None:
        backend = FakeBackend()
        submit.submit.__defaults__ = (lambda: backend,)
        engine = Engine.open(home, wake=lambda: None)
        mortal_from_here(instant)
        Bench(engine=engine, home=home, repo=repo).submit(PLAN)

    return in_child(act)


def test_a_submission_that_is_killed_leaves_a_whole_session_or_nothing(tmp_path: Path, repo: Path) -> None:
    instant, whole, nothing = 1, 0, 0
    while True:
        home = OrionHome(tmp_path / f"home-{instant}")
        status = submitting(home, repo, instant)
        assert integrity(home.database) == "ok"
        with Store.open(home.database) as store:
            engine = Engine(home=home, store=store, clock=SystemClock(), wake=lambda: None)
            found = engine.sessions()
            left = leftovers.remove_leftovers(home, store.reader(), time.time() + 2 * leftovers.AGE)
            directories = sorted(path.name for path in home.sessions.iterdir())
            assert directories == [session.id for session in found]
        if found:
            whole += 1
            assert not left
            git(home.session_repo(found[0].id), "fsck", "--strict")
            git(home.session_repo(found[0].id), "cat-file", "-e", f"{found[0].base_commit}^{{tree}}")
        else:
            nothing += 1
            # The workspace is free: the same can be asked for again.
            assert submitting(home, repo, 0) == 0
        if not os.WIFSIGNALED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        instant += 1 if SWEEP else 3
    assert whole >= 1
    assert nothing >= 5


@pytest.fixture
def waiting(tmp_path: Path, repo: Path) -> Prepared:
    """A session whose supervisor was killed while it waited for an approval."""
    prepared = prepare(tmp_path / "home", repo, PLAN)

    def act() -> None:
        backend = FakeBackend()
        engine = Engine.open(prepared.home, wake=lambda: None)
        with EmbeddedSupervisor(prepared.home, SystemClock(), lambda: backend):
            while engine.session(prepared.session_id).state is not SessionState.WAITING:
                time.sleep(0.005)
            os.kill(os.getpid(), signal.SIGKILL)

    assert os.WIFSIGNALED(in_child(act))
    return prepared


def person(prepared: Prepared) -> Engine:
    return Engine.open(prepared.home, wake=lambda: None)


def test_an_approval_that_was_given_to_nobody_is_used_by_the_next_supervisor(waiting: Prepared) -> None:
    engine = person(waiting)
    (asked,) = engine.approvals(waiting.session_id)
    engine.approve(asked.id)
    engine.close()
    live(waiting.home, waiting.session_id)
    assert outcome(waiting.home, waiting.session_id).statuses == {"asks": "done", "after": "done"}
    check(waiting.home, waiting.session_id, Deaths(), executions(waiting.home))
    engine = person(waiting)
    assert [event.type for event in engine.events(session_id=waiting.session_id)].count("approval.asked") == 1
    assert engine.approval(asked.id).status.value == "used"
    engine.close()


def test_a_cancel_that_nobody_heard_is_carried_out_by_the_next_supervisor(waiting: Prepared) -> None:
    engine = person(waiting)
    engine.cancel(waiting.session_id)
    engine.close()
    live(waiting.home, waiting.session_id)
    engine = person(waiting)
    session = engine.session(waiting.session_id)
    assert (session.state, session.lease_owner) == (SessionState.CANCELLED, "")
    assert engine.approvals(waiting.session_id) == []
    assert engine.tasks(waiting.session_id)[1].status.value != "done"
    engine.close()


def test_a_pause_that_nobody_heard_is_carried_out_and_can_be_resumed(waiting: Prepared) -> None:
    engine = person(waiting)
    engine.pause(waiting.session_id)
    with EmbeddedSupervisor(waiting.home, SystemClock(), FakeBackend):
        while (session := engine.session(waiting.session_id)).state is not SessionState.PAUSED:
            assert session.state is SessionState.WAITING
            time.sleep(0.005)
    engine.resume(waiting.session_id)
    engine.close()
    live(waiting.home, waiting.session_id)
    assert outcome(waiting.home, waiting.session_id).statuses == {"asks": "done", "after": "done"}


def test_an_answer_whose_front_end_is_killed_counts_wholly_or_not_at_all(waiting: Prepared) -> None:
    seen: set[str] = set()
    for instant in range(1, 6):
        home = waiting.copy()

        def act(home: OrionHome = home, instant: int = instant) -> None:
            engine = Engine.open(home, wake=lambda: None)
            (asked,) = engine.approvals(waiting.session_id)
            mortal_from_here(instant)
            engine.approve(asked.id)

        in_child(act)
        with Store.open(home.database) as store:
            engine = Engine(home=home, store=store, clock=SystemClock(), wake=lambda: None)
            told = [e.type for e in engine.events(session_id=waiting.session_id)]
            pending = engine.approvals(waiting.session_id)
            assert (len(pending), told.count("approval.approved")) in {(1, 0), (0, 1)}
            seen.add("asked" if pending else "answered")
        live(home, waiting.session_id)
        assert outcome(home, waiting.session_id).statuses == {"asks": "done", "after": "done"}
        check(home, waiting.session_id, Deaths(), executions(home))
    assert seen == {"asked", "answered"}
