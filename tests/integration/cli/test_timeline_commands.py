"""`orion checkpoints | rollback | trash`, and `diff` between checkpoints, on a session that really worked."""

from pathlib import Path

import attrs
import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox.fake import FakeBackend
from orion_tui.core.session.embedded import EmbeddedSupervisor
from tests.support.command_line import Orion
from tests.support.program import repository

_PLAN = """\
playbook: 1
title: Two files
tasks:
  - id: one
    title: First
    kind: write_docs
    actions: [{write: {path: docs/one.md, content: "one\\n"}}]
  - id: two
    title: Second
    kind: write_docs
    needs: [one]
    actions:
      - write: {path: docs/two.md, content: "two\\n"}
      - write: {path: docs/more.md, content: "more\\n"}
"""


@attrs.frozen
class Desk:
    orion: Orion
    home: OrionHome
    repo: Path

    def work(self) -> str:
        plan = self.repo.parent / "plan.yaml"
        plan.write_text(_PLAN, "utf-8")
        with EmbeddedSupervisor(self.home, SystemClock(), FakeBackend):
            done = self.orion(
                "work", "-r", "software-engineer", "-w", str(self.repo), "-p", str(plan), "--wait", "go", "--json"
            )
        assert done.code == 0, (done.out, done.err)
        return str(done.json()["id"])

    def finish(self, session: str) -> None:
        with EmbeddedSupervisor(self.home, SystemClock(), FakeBackend):
            assert self.orion("resume", session, "--wait").code == 0


@pytest.fixture
def desk(orion: Orion, orion_home: OrionHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    repo = repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    monkeypatch.chdir(repo)
    return Desk(orion, orion_home, repo)


def test_the_whole_way_back_and_forth(desk: Desk) -> None:
    session = desk.work()
    listed = desk.orion("checkpoints", session, "--json").json()
    assert [(made["name"], made["task"], made["files"], made["added"], made["removed"]) for made in listed] == [
        ("cp-0002", "two", 2, 2, 0),
        ("cp-0001", "one", 1, 1, 0),
        ("cp-0000", "", 0, 0, 0),
    ]
    assert listed[0].keys() == {
        "name", "commit", "task", "task_title", "reason", "created_at", "inside_task", "files", "added", "removed",
        "so_far",
    }  # fmt: skip
    worked = [made["so_far"]["worked_seconds"] for made in listed]
    assert worked == sorted(worked, reverse=True)
    assert listed[0]["so_far"] == {"worked_seconds": worked[0], "tokens": 0, "cost_usd": 0.0, "unpriced": False}
    head = desk.orion("checkpoints", session).out.splitlines()[0]
    assert "worked" in head
    assert "tokens" not in head  # a playbook asks no model
    dry = desk.orion("rollback", f"{session}:cp-0001", "--dry-run", "--json").json()
    assert dry.keys() == {
        "session", "state", "checkpoint", "branch_commit", "tasks", "steps", "checkpoints", "approvals", "files",
        "trash",
    }  # fmt: skip
    assert [(task["id"], task["from"], task["to"], task["steps_undone"]) for task in dry["tasks"]] == [
        ("two", "done", "queued", 2)
    ]
    assert [file["path"] for file in dry["files"]] == ["docs/more.md", "docs/two.md"]
    assert (dry["checkpoints"], dry["trash"]) == (["cp-0002"], None)
    assert desk.orion("status", session, "--json").json()["state"] == "completed"

    done = desk.orion("rollback", f"{session[:6]}:cp-0001", "--yes")
    assert done.code == 0, done.err
    assert "docs/two.md" in done.out
    shown = desk.orion("sessions", "show", session, "--json").json()
    assert (shown["state"], shown["tasks_done"]) == ("paused", 1)
    (entry,) = desk.orion("trash", "list", "--json").json()
    assert (entry["session"], entry["checkpoint"], entry["kind"]) == (session, "cp-0001", "rollback")
    assert f"orion trash restore {entry['number']}" in done.out

    seen = desk.orion("trash", "restore", str(entry["number"]), "--dry-run", "--json").json()
    assert (seen["state"], [file["path"] for file in seen["files"]]) == ("completed", ["docs/more.md", "docs/two.md"])
    back = desk.orion("trash", "restore", str(entry["number"]))
    assert back.code == 0, back.err
    assert desk.orion("sessions", "show", session, "--json").json()["state"] == "completed"
    assert desk.orion("trash", "--json").json() == []


def test_work_goes_on_after_a_rollback(desk: Desk) -> None:
    session = desk.work()
    patch = desk.orion("diff", session).out
    done = desk.orion("rollback", "1", "--session", session, "--yes", "--json").json()
    assert done["trash"]["checkpoint"] == "cp-0001"
    assert desk.orion("diff", session).out != patch
    desk.finish(session)
    assert desk.orion("diff", session).out == patch
    assert "rolled back to cp-0001" in desk.orion("logs", session, "-n", "100").out


def test_a_diff_between_two_checkpoints(desk: Desk) -> None:
    session = desk.work()

    def paths(*more: str) -> list[str]:
        return [file["path"] for file in desk.orion("diff", session, "--json", *more).json()["files"]]

    assert paths("--from", "cp-0001", "--to", "cp-0002") == ["docs/more.md", "docs/two.md"]
    assert paths("--to", "cp-0001") == ["docs/one.md"]
    assert paths("--from", "cp-0002", "--to", "cp-0002") == []
    assert "docs/one.md" not in desk.orion("diff", session, "--from", "1").out
    assert desk.orion("diff", session, "--from", "cp-0009").code == 3
    assert desk.orion("diff", session, "--from", "yesterday").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("cp-0001",), 2, "cp-0001 is not both a session and a checkpoint"),
        (("SESSION:cp-0001", "--session", "SESSION"), 2, "named twice"),
        (("SESSION:yesterday",), 2, "names no checkpoint"),
        ((":cp-0001",), 2, "names no session"),
        (("SESSION:cp-0042",), 3, "no checkpoint cp-0042"),
        (("ffffff:cp-0001",), 3, "no session ffffff"),
        (("SESSION:cp-0001",), 2, "--yes"),
        (("SESSION:cp-0002", "--yes"), 10, "stands at cp-0002 already"),
    ],
)
def test_what_is_wrong_is_said_with_its_code(desk: Desk, arguments: tuple[str, ...], code: int, said: str) -> None:
    session = desk.work()
    done = desk.orion("rollback", *(word.replace("SESSION", session) for word in arguments))
    assert (done.code, said in done.err) == (code, True), done.err
    assert desk.orion("status", session, "--json").json()["state"] == "completed"


def test_emptying_the_trash_asks_and_is_for_good(desk: Desk) -> None:
    session = desk.work()
    assert "empty" in desk.orion("trash").out
    desk.orion("rollback", f"{session}:cp-0001", "--yes")
    number = desk.orion("trash", "--json").json()[0]["number"]
    assert desk.orion("trash", "empty").code == 2
    assert desk.orion("trash", "empty", "77", "--yes").code == 2
    assert desk.orion("trash", "empty", "--yes").code == 0
    assert desk.orion("trash", "--json").json() == []
    assert desk.orion("trash", "restore", str(number)).code == 10
    assert desk.orion("trash", "restore", "77").code == 3


def test_cleaning_up_shows_asks_and_moves_unwanted_branches_to_the_trash(desk: Desk) -> None:
    session = desk.work()
    assert desk.orion("reject", session, "--reason", "no").code == 0
    assert "nothing was left behind" in desk.orion("sessions", "cleanup").out
    dry = desk.orion("sessions", "cleanup", "--branches", "--dry-run", "--json").json()["pruned"]
    assert [(item["what"], item["session"], item["done"]) for item in dry] == [("branch", session, False)]
    assert desk.orion("trash", "--json").json() == []
    asked = desk.orion("sessions", "cleanup", "--branches")
    assert (asked.code, "--yes" in asked.err) == (2, True)
    done = desk.orion("sessions", "cleanup", "--branches", "--yes")
    assert done.code == 0, done.err
    (entry,) = desk.orion("trash", "--json").json()
    assert (entry["kind"], entry["session"]) == ("session", session)
    assert desk.orion("diff", session, "--stat").code == 0
    assert desk.orion("trash", "restore", str(entry["number"])).code == 0
