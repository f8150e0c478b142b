"""A session that waits is a row: its sandbox stays for a while, then goes, and the end result is the same."""

from datetime import UTC, datetime, timedelta

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session.embedded import EmbeddedSupervisor
from tests.support.agent import Timed
from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap

#: What git ignores (`*.log`) lives only in the sandbox.
ASKS = """
- id: before
  title: Leave something that git ignores
  kind: run_tests
  actions:
    - write: {path: test_log.py, content: "open('left.log', 'w').write('here')\\n"}
    - run: python3 -m unittest -q test_log
- id: asks
  title: Ask
  kind: add_dependency
  needs: [before]
  actions:
    - run: pip install ./nothing
      expect: {exit: any}
- id: after
  title: Look
  kind: run_tests
  needs: [asks]
  actions:
    - write: {path: test_seen.py, content: "import os\\nprint('seen', os.path.exists('left.log'))\\n"}
    - run: python3 -m unittest -q test_seen
"""


def play(bench: Bench, keep_seconds: float) -> tuple[str, list[str]]:
    """Answer the one question once the session waits (and its sandbox is stopped, if it is not kept)."""
    session = bench.submit(ASKS)
    with EmbeddedSupervisor(bench.home, SystemClock(), bench.choose, keep_seconds=keep_seconds):
        waiting = bench.wait(session)
        assert waiting.state is SessionState.WAITING
        if not keep_seconds:
            bench.until(lambda: "sandbox.stopped" in bench.types(session) or None)
        bench.engine.approve(bench.pending(session).id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    return str((bench.engine.steps(session.id)[-1].result or {})["output"]), bench.types(session)


def test_a_quick_answer_finds_the_sandbox_as_it_was(bench: Bench) -> None:
    output, types = play(bench, 60.0)
    assert "seen True" in output
    assert types.count("sandbox.started") == 1
    assert types[-1] != "sandbox.stopped"


def test_a_late_answer_fills_a_fresh_sandbox(bench: Bench) -> None:
    output, types = play(bench, 0.0)
    assert "seen False" in output  # what git ignores ended with the first one
    assert types.count("sandbox.started") == 2
    assert types.count("sandbox.stopped") == 1


def test_the_end_of_the_supervisor_stops_what_was_kept(bench: Bench) -> None:
    session = bench.submit(ASKS)
    with EmbeddedSupervisor(bench.home, SystemClock(), bench.choose, keep_seconds=60.0):
        bench.wait(session)
    stopped = [event for event in bench.events(session) if event.type == "sandbox.stopped"]
    assert [event.data["reason"] for event in stopped] == ["the supervisor ends"]


#: At work on one day a week alone.
HOURS = """\
name: sundays
scope: coding
competencies: [x]
authority:
  autonomous: [read_files, run_tests]
  requires_approval: [add_dependency]
  forbidden: [force_push]
auth_method: pin
working_hours: {{days: [{day}], start: "08:00", end: "18:00", time_zone: UTC}}
"""


def test_who_resumes_outside_working_hours_is_told_again_when_it_goes_on(timed: Timed) -> None:
    later = datetime.fromtimestamp(timed.clock.now(), UTC) + timedelta(days=3)
    (timed.bench.home.roles / "sundays.yaml").write_text(HOURS.format(day=later.strftime("%a").lower()))
    with timed.supervisor():
        session = timed.bench.submit(ASKS, role="sundays")
        first = timed.bench.wait(session, SessionState.WAITING)
        assert first.halt is Halt.HOURS
        timed.bench.engine.resume(session.id)
        timed.bench.until(lambda: timed.bench.types(session).count("session.state") >= 3 or None)
        again = timed.bench.wait(session, SessionState.WAITING)
        assert (again.reason, again.halt, again.due_at) == (first.reason, Halt.HOURS, first.due_at)
        timed.clock.advance(first.due_at - timed.clock.now() + 1)
        timed.bench.pending(session)


def test_what_its_sandbox_uses_is_seen_for_as_long_as_that_stands(bench: Bench) -> None:
    session = bench.submit(ASKS)
    assert bench.engine.meters(session.id) is None
    with EmbeddedSupervisor(bench.home, SystemClock(), bench.choose, keep_seconds=60.0):
        assert bench.wait(session).state is SessionState.WAITING
        used = bench.engine.meters(session.id)
        assert used is not None
        assert used.memory
        assert used.processes_limit == 128
    assert bench.engine.meters(session.id) is None
    assert list((bench.home.run / "meters").iterdir()) == []
