"""The main job from outside, on a clone of this project: goal, work, approval, review, promotion, undo, promotion."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from tests.support.program import PIN, Program, clone_of_this_project, git, snapshot, write_files

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

_PLAN = """\
playbook: 1
title: Say how long an id is
tasks:
  - id: as-it-is
    title: The function is not there yet
    kind: run_tests
    confidence: 0.95
    actions:
      - write:
          path: tests/unit/base/test_id_length.py
          content: |
            import unittest

            from orion_tui.base import ids


            class IdLength(unittest.TestCase):
                def test_an_id_has_the_length_it_says(self):
                    self.assertEqual(len(ids.new_id()), ids.id_length())
      - run: python3 -m unittest tests/unit/base/test_id_length.py
        expect: {exit: 1, output: "no attribute 'id_length'"}
  - id: change
    title: Add the function
    kind: write_code
    needs: [as-it-is]
    actions:
      - edit:
          path: orion_tui/base/ids.py
          old: "def is_name(text: str) -> bool:"
          new: |
            def id_length() -> int:
                \"\"\"Hexadecimal digits of a session id.\"\"\"
                return 12


            def is_name(text: str) -> bool:
    accept:
      - run: python3 -m unittest tests/unit/base/test_id_length.py
        expect: {exit: 0, output: "OK"}
  - id: shortcut
    title: What must not happen
    kind: run
    actions:
      - run: git push --force origin main
        expect: {blocked: true}
  - id: clear-out
    title: Remove a file, which needs a person
    kind: delete_files
    needs: [change]
    actions:
      - delete: bench/p11_store.py
"""


@attrs.frozen
class Job:
    """One story, told in steps; each step leaves the world to the next."""

    program: Program
    project: Path
    plan: Path
    #: The commit that the work started from.
    base: str
    #: What the work is to be contained by.
    backend: str

    def work_until_it_asks(self) -> str:
        """The session's id."""
        untouched = snapshot(self.project)
        done = self.program.run(
            "work", "--role", "Software Engineer", "--workspace", str(self.project), "--plan", str(self.plan), "--wait",
            timeout=240,
        )  # fmt: skip
        assert done.returncode == 22, (done.stdout, done.stderr)
        assert "task change: Add the function" in done.stdout
        assert "blocked (as expected): run git push --force origin main" in done.stdout
        (session,) = self.program.json("sessions")
        assert (session["state"], session["base_commit"]) == ("waiting", self.base)
        assert session["backend"] == self.backend
        assert snapshot(self.project) == untouched
        return session["id"]

    def answer(self, session: str) -> None:
        (approval,) = self.program.json("approvals")
        assert "bench/p11_store.py" in approval["card"]["title"]
        assert "requires_approval" in self.program.run("approvals", "show", approval["id"]).stdout
        done = self.program.run("approvals", "approve", approval["id"], "--wait", timeout=240)
        assert done.returncode == 0, (done.stdout, done.stderr)
        full = self.program.json("status", session)
        assert (full["state"], full["tasks_done"]) == ("completed", 4)
        assert {task["id"]: task["checked"] for task in full["tasks"]}["change"] == "passed"
        assert len(full["checkpoints"]) >= 4

    def review(self, session: str) -> None:
        report = self.program.json("diff", session)
        assert {(file["status"], file["path"]) for file in report["files"]} == {
            ("A", "tests/unit/base/test_id_length.py"),
            ("M", "orion_tui/base/ids.py"),
            ("D", "bench/p11_store.py"),
        }
        patch = self.program.run("diff", session).stdout
        checked = subprocess.run(
            ["git", "apply", "--check", "-"], cwd=self.project, input=patch, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr

    def leave_files_about(self) -> dict[str, bytes]:
        """Files of the user's in every state, none of them in the way; their bytes."""
        files = {
            "notes.txt": b"untracked",
            "README.md": b"edited, not staged",
            "LICENSE": b"edited and staged",
            ".venv/ignored": b"ignored",
        }
        write_files(self.project, files)
        git(self.project, "add", "LICENSE")
        return files

    def with_pin(self, command: str, session: str, pin: str = PIN) -> int:
        """Exit code of `promote` or `undo-promote`."""
        done = self.program.run(command, session, "--yes", "--pin-stdin", stdin=f"{pin}\n")
        assert pin not in done.stdout + done.stderr
        return done.returncode

    def check_promoted(self, tag: str) -> None:
        assert git(self.project, "log", "-1", "--format=%s%n%an") == "orion(ara): Say how long an id is\nAda Tester"
        assert len(git(self.project, "log", "-1", "--format=%P").split()) == 2
        assert git(self.project, "tag", "--points-at", "main") == tag
        assert "def id_length" in (self.project / "orion_tui/base/ids.py").read_text("utf-8")
        assert not (self.project / "bench/p11_store.py").exists()
        assert git(self.project, "fsck", "--strict", "--no-dangling") == ""


@pytest.fixture(
    params=[
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
        pytest.param("docker", marks=pytest.mark.docker),
    ]
)
def job(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Job]:
    backend = str(request.param)
    program = Program.at(tmp_path / "home", ORION_SANDBOX=backend)
    project = clone_of_this_project(tmp_path / "project")
    plan = tmp_path / "plan.yaml"
    plan.write_text(_PLAN, "utf-8")
    yield Job(program, project, plan, git(project, "rev-parse", "main"), backend)
    program.stop()


def test_from_a_goal_to_a_promoted_commit_and_back(job: Job) -> None:
    session = job.work_until_it_asks()
    job.answer(session)
    job.review(session)
    mine = job.leave_files_about()
    staged = git(job.project, "diff", "--cached")

    def nothing_of_mine_changed() -> None:
        assert {name: (job.project / name).read_bytes() for name in mine} == mine
        assert git(job.project, "diff", "--cached") == staged

    job.program.set_pin()
    assert job.with_pin("promote", session, "111222") == 8
    assert git(job.project, "rev-parse", "main") == job.base
    assert job.with_pin("promote", session) == 0
    assert git(job.project, "rev-parse", "main^1") == job.base
    assert git(job.project, "tag", "--points-at", job.base) == f"orion-pre-promote/{session}"
    job.check_promoted(f"orion-post-promote/{session}")
    nothing_of_mine_changed()

    # A later commit stays when the promotion is taken back.
    write_files(job.project, {"later.txt": "later"})
    git(job.project, "add", "later.txt")
    git(job.project, "commit", "--quiet", "--message", "Later", "--", "later.txt")
    assert job.with_pin("undo-promote", session) == 0
    assert git(job.project, "diff", "--name-only", job.base, "main") == "later.txt"
    assert "id_length" not in (job.project / "orion_tui/base/ids.py").read_text("utf-8")
    nothing_of_mine_changed()

    # And in again, whole.
    assert job.with_pin("promote", session) == 0
    job.check_promoted(f"orion-post-promote/{session}.2")
    assert (job.project / "later.txt").exists()
    nothing_of_mine_changed()
    assert PIN not in json.dumps(job.program.json("status", session))
