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
