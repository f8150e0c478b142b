"""The supervisor as a process of its own: started on demand, killed, started again (HOME-5, RUN-7)."""

import os
import signal
from collections.abc import Iterator

import pytest

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import launch, lock
from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap

SLOW = """
- id: one
  title: Write
  kind: write_docs
  actions: [{write: {path: docs/one.md, content: one}}]
- id: two
  title: Take a while
  kind: run_tests
  needs: [one]
  actions:
    - write:
        path: test_slow.py
        content: |
          import time, unittest

          class S(unittest.TestCase):
              def test(self):
                  time.sleep(1.5)
    - run: python3 -m unittest -q test_slow
- id: three
  title: Write more
  kind: write_docs
  needs: [two]
  actions: [{write: {path: docs/three.md, content: three}}]
"""


@pytest.fixture
def bench(bench: Bench) -> Iterator[Bench]:
    yield bench
    launch.stop(bench.home)


def in_flight(bench: Bench, session_id: str) -> int | None:
    """Number of the step that runs a command now."""
    steps = [s for s in bench.engine.steps(session_id) if s.status == "started" and s.action["do"] == "RunCommand"]
    return steps[0].n if steps else None


def kill(bench: Bench) -> None:
    status = launch.status(bench.home)
    assert status.running
    started = lock.process_start(status.pid)
    os.kill(status.pid, signal.SIGKILL)
    bench.until(lambda: True if not lock.alive(status.pid, started, lock.boot_id()) else None)


def test_it_starts_on_demand_and_there_is_only_one(bench: Bench) -> None:
    assert not launch.status(bench.home).running
    first = launch.ensure(bench.home)
    assert first.running
    assert launch.ensure(bench.home).pid == first.pid
    assert launch.stop(bench.home)
    assert not launch.status(bench.home).running
    assert not launch.stop(bench.home)


def test_work_goes_on_when_the_front_end_is_gone(bench: Bench) -> None:
    session = bench.submit(SLOW)
    launch.ensure(bench.home)
    bench.engine.store.close()
    done = bench.reopen().wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason


def test_after_kill_9_it_goes_on_at_the_step_in_flight(bench: Bench) -> None:
    session = bench.submit(SLOW)
    launch.ensure(bench.home)
    n = bench.until(lambda: in_flight(bench, session.id))
    kill(bench)
    assert bench.engine.session(session.id).state is SessionState.RUNNING
    launch.ensure(bench.home)
    done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.files(session) == ["docs/one.md", "docs/three.md", "test_slow.py"]
    started = [e.data["step"] for e in bench.events(session) if e.type == "action.started"]
    # Every step once, the one in flight twice.
    assert sorted(started) == sorted([*range(1, 5), n])
    assert "session.state" in bench.types(session)
    assert any(e.data.get("to") == "interrupted" for e in bench.events(session))


def test_a_polite_end_finishes_the_step_and_repeats_none(bench: Bench) -> None:
    session = bench.submit(SLOW)
    launch.ensure(bench.home)
    bench.until(lambda: in_flight(bench, session.id))
    assert launch.stop(bench.home)
    assert bench.engine.session(session.id).state is SessionState.INTERRUPTED
    launch.ensure(bench.home)
    done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    started = [e.data["step"] for e in bench.events(session) if e.type == "action.started"]
    assert sorted(started) == [1, 2, 3, 4]


def test_cancel_ends_a_command_in_flight(bench: Bench) -> None:
    session = bench.submit(SLOW.replace("1.5", "600"))
    launch.ensure(bench.home)
    bench.until(lambda: in_flight(bench, session.id))
    bench.engine.cancel(session.id)
    done = bench.wait(session, SessionState.CANCELLED, SessionState.FAILED)
    assert done.state is SessionState.CANCELLED, done.reason
    assert bench.files(session) == ["docs/one.md"]  # up to the last checkpoint


def test_pause_finishes_the_step_and_resume_goes_on(bench: Bench) -> None:
    session = bench.submit(SLOW)
    launch.ensure(bench.home)
    bench.until(lambda: in_flight(bench, session.id))
    bench.engine.pause(session.id)
    paused = bench.wait(session, SessionState.PAUSED)
    assert paused.finished_at is None
    assert len(bench.engine.steps(session.id)) == 3
    bench.engine.resume(session.id)
    launch.ensure(bench.home)
    done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert len(bench.engine.steps(session.id)) == 4
