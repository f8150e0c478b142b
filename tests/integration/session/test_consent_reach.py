"""What an approval reaches: what the approved command did, not what was held of an earlier one (ASK-1, THREATS 14)."""

import textwrap
from typing import TYPE_CHECKING

import pytest

from orion_tui.core.models.sessions import SessionState
from tests.support.bench import git

if TYPE_CHECKING:
    from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap

#: Tests run by themselves; these also write what their role asks about.
TESTS = textwrap.dedent(
    """
    import os
    import unittest


    class T(unittest.TestCase):
        def test_nothing(self):
            with open("Makefile", "w") as stream:
                stream.write("all:\\n")
            if os.path.exists("app.py"):
                os.remove("app.py")
    """
)
PLAN = """
- id: tests
  title: Run the tests
  kind: run_tests
  actions: [{run: python3 -m unittest -q}]
- id: script
  title: Run the script
  kind: run
  needs: [tests]
  actions: [{run: ./script.sh}]
"""


def prepared(bench: "Bench", script: str) -> None:
    (bench.repo / "test_app.py").write_text(TESTS)
    (bench.repo / "script.sh").write_text(f"#!/bin/sh\n{script}\n")
    (bench.repo / "script.sh").chmod(0o755)
    git(bench.repo, "add", "-A")
    git(bench.repo, "commit", "-qm", "tests")


def worked(bench: "Bench") -> list[str]:
    session = bench.submit(PLAN)
    with bench.supervisor():
        approval = bench.pending(session)
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    return bench.files(session)


def test_an_approved_command_brings_in_what_it_did_alone(bench: "Bench") -> None:
    prepared(bench, "echo x > settings.toml")
    assert worked(bench) == ["settings.toml"]


def test_what_it_writes_anew_is_its_own(bench: "Bench") -> None:
    prepared(bench, "echo all: > Makefile")
    assert worked(bench) == ["Makefile"]


def test_a_command_runs_on_the_work_and_not_on_what_is_held_beside_it(bench: "Bench") -> None:
    prepared(bench, "ls Makefile app.py >listing.txt 2>/dev/null; exit 0")
    session = bench.submit(PLAN)
    with bench.supervisor():
        approval = bench.pending(session)
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.file(session, "listing.txt") == "app.py"


def test_what_another_task_leaves_meanwhile_is_put_back_before_it_runs(bench: "Bench") -> None:
    """The answer was given for the work as it was shown; a file held since then does not change what runs."""
    prepared(bench, "cat settings.toml > listing.txt")
    (bench.repo / "settings.toml").write_text("shown\n")
    (bench.repo / "test_app.py").write_text(TESTS.replace("Makefile", "settings.toml"))
    git(bench.repo, "add", "-A")
    git(bench.repo, "commit", "-qm", "settings")
    session = bench.submit(
        """
        - id: script
          title: Run the script
          kind: run
          actions: [{run: ./script.sh}]
        - id: tests
          title: Run the tests
          kind: run_tests
          actions: [{run: "sleep 1; python3 -m unittest -q"}]
        """
    )
    with bench.supervisor():
        approval = bench.pending(session)
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.file(session, "listing.txt") == "shown"
