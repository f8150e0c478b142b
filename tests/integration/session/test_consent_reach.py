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


IGNORED = textwrap.dedent(
    """
    import os
    import unittest


    class T(unittest.TestCase):
        def test_plants(self):
            os.makedirs(".venv/bin", exist_ok=True)
            with open(".venv/bin/x", "w") as stream:
                stream.write("echo {word} > listing.txt\\n")
    """
)


def ignoring(bench: "Bench", tests: str) -> None:
    (bench.repo / ".gitignore").write_text(".venv/\n__pycache__/\n")
    prepared(bench, "if [ -e .venv/bin/x ]; then sh .venv/bin/x; else echo alone > listing.txt; fi")
    (bench.repo / "test_app.py").write_text(tests)
    git(bench.repo, "add", "-A")
    git(bench.repo, "commit", "-qm", "ignoring")


def test_ignored_files_that_it_could_use_are_said_where_a_person_decides(bench: "Bench") -> None:
    ignoring(bench, IGNORED.format(word="planted"))
    session = bench.submit(PLAN)
    with bench.supervisor():
        approval = bench.pending(session)
        said = dict(map(tuple, approval.card["details"]))
        assert ".venv (1)" in said["also there"]
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason


def test_an_ignored_file_that_was_not_there_when_it_was_shown_is_not_used(bench: "Bench") -> None:
    """Asked with nothing beside the work; what tests plant meanwhile is gone when the command runs, unasked."""
    ignoring(bench, IGNORED.format(word="planted"))
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
        assert "also there" not in dict(map(tuple, approval.card["details"]))
        bench.until(lambda: bench.statuses(session)["tests"] == "running" or None)
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.file(session, "listing.txt") == "alone"


def test_a_file_that_tests_deleted_can_be_deleted_by_name(bench: "Bench") -> None:
    prepared(bench, "true")
    session = bench.submit(
        """
        - id: tests
          title: Run the tests
          kind: run_tests
          actions: [{run: python3 -m unittest -q}]
        - id: tidy
          title: Delete it
          kind: delete_files
          needs: [tests]
          actions: [{delete: app.py}]
        """
    )
    with bench.supervisor():
        approval = bench.pending(session)
        bench.engine.approve(approval.id)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert done.state is SessionState.COMPLETED, done.reason
    assert "app.py" in bench.files(session)
