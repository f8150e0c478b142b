"""A session from submission to its end, in the real sandbox on a real repository."""

from typing import TYPE_CHECKING

import pytest

from orion_tui.core.models.sessions import SessionState
from tests.support.bench import Bench, git

if TYPE_CHECKING:
    from .conftest import Bench

pytestmark = pytest.mark.bubblewrap

FIX = """
- id: red
  title: See it fail
  kind: run_tests
  actions:
    - run: python3 -m unittest -q
      expect: {exit: 1, output: FAILED}
- id: fix
  title: Fix it
  kind: write_code
  needs: [red]
  actions:
    - edit: {path: app.py, old: "1", new: "2"}
  accept:
    - run: python3 -m unittest -q
"""


def test_real_tests_fail_and_then_pass_after_the_change(bench: Bench) -> None:
    session = bench.submit(FIX)
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.statuses(session) == {"red": "done", "fix": "done"}
    assert bench.file(session, "app.py") == "VALUE = 2"
    assert (bench.repo / "app.py").read_text() == "VALUE = 1\n"
    steps = bench.engine.steps(session.id)
    assert "FAILED" in (steps[0].result or {})["output"]
    assert [row.checked for row in bench.engine.tasks(session.id)] == ["passed", "passed"], "its result is the plan's"
    assert [c.name for c in bench.engine.checkpoints(session.id)] == ["cp-0000", "cp-0001", "cp-0002"]


def test_a_failed_check_fails_the_task_and_blocks_what_needs_it_and_nothing_else(bench: Bench) -> None:
    session = bench.submit(
        """
        - id: bad
          title: Break it
          kind: write_code
          actions: [{write: {path: new.py, content: "x = 1"}}]
          accept: [{run: "python3 -m unittest -q"}]
        - id: after
          title: After it
          kind: write_docs
          needs: [bad]
          actions: [{write: {path: docs/a.md, content: a}}]
        - id: aside
          title: Aside
          kind: write_docs
          actions: [{write: {path: docs/b.md, content: b}}]
        """
    )
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.FAILED
    assert "2 of 3 tasks not done" in done.reason
    assert bench.statuses(session) == {"bad": "failed", "after": "blocked", "aside": "done"}
    files = bench.files(session)
    assert files == ["docs/b.md"]  # a failed task's writes do not land


def test_a_forbidden_action_never_runs_and_names_its_rule(bench: Bench) -> None:
    session = bench.submit(
        """
        - id: push
          title: Try it
          kind: run
          actions:
            - run: git push --force origin main
              expect: {blocked: true}
        """
    )
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.COMPLETED
    assert bench.engine.steps(session.id) == []
    (blocked,) = [e for e in bench.engine.events(session_id=session.id) if e.type == "action.blocked"]
    assert blocked.actor == "aegis"
    assert "force_push" in blocked.data["rule"]


ASKS = """
- id: asks
  title: Delete a file
  kind: delete_files
  actions:
    - write: {path: part.py, content: "x = 1\\n"}
    - run: pip install ./nothing
      expect: {exit: any}
- id: waits
  title: Wait for it
  kind: write_docs
  needs: [asks]
  actions: [{write: {path: docs/a.md, content: a}}]
- id: free
  title: Go on meanwhile
  kind: write_docs
  actions: [{write: {path: docs/b.md, content: b}}]
"""


def test_the_rest_goes_on_while_one_task_waits(bench: Bench) -> None:
    session = bench.submit(ASKS)
    with bench.supervisor():
        waiting = bench.wait(session)
        assert waiting.state is SessionState.WAITING
        assert bench.statuses(session) == {"asks": "waiting", "waits": "queued", "free": "done"}
        approval = bench.pending(session)
        assert approval.card["text"] == "pip install ./nothing"
        assert approval.card["waits_on"] == ["waits"]
        # What the waiting task wrote already is not in the others' tree.
        assert bench.files(session) == ["docs/b.md"]
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.files(session) == ["docs/a.md", "docs/b.md", "part.py"]
    writes = [step for step in bench.engine.steps(session.id) if step.action.get("path") == "part.py"]
    assert len(writes) == 1  # a finished step never runs again
    assert bench.engine.approvals(session.id) == []


def test_a_rejection_fails_the_task_with_the_reason(bench: Bench) -> None:
    session = bench.submit(ASKS)
    with bench.supervisor():
        bench.wait(session)
        approval = bench.pending(session)
        bench.engine.reject_approval(approval.id, "not from there")
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.FAILED
    rows = {row.id: row for row in bench.engine.tasks(session.id)}
    assert "not from there" in rows["asks"].reason
    assert rows["waits"].status.value == "blocked"
    assert bench.files(session) == ["docs/b.md"]


def test_what_a_command_prints_is_seen_while_it_runs_and_gone_when_it_has_ended(bench: Bench) -> None:
    (bench.repo / "test_slow.py").write_text("import time\nprint('half', flush=True)\ntime.sleep(3)\n")
    git(bench.repo, "add", "-A")
    git(bench.repo, "commit", "-qm", "slow")
    session = bench.submit("""
      - id: a
        title: Print, then go on
        kind: run_tests
        actions:
          - run: python3 -m unittest -q test_slow
    """)
    with bench.supervisor():
        printed = bench.until(lambda: bench.engine.printing(session.id))
        assert printed.text == "half\n"
        bench.wait(session)
    assert bench.engine.printing(session.id) is None
    ended = next(e for e in bench.events(session) if e.type in {"action.done", "action.failed"})
    assert ended.data["output_tail"].startswith("half\n")
