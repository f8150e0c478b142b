"""`orion promote | undo-promote | reject`, on sessions that really worked: what is refused, and with which code."""

import hashlib
from pathlib import Path

import attrs
import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox import select
from orion_tui.core.session.embedded import EmbeddedSupervisor
from tests.support.command_line import Orion, Ran
from tests.support.program import PIN, git, repository, snapshot, write_files
from tests.support.scanner import give_rules

pytestmark = pytest.mark.bubblewrap

_PLAN = """\
playbook: 1
title: Change one file
tasks:
  - id: change
    title: Change it
    kind: write_code
    actions:
"""
_CHANGE = """\
      - write: {path: a.py, content: "a = 2\\n"}
      - write: {path: b.py, content: "b = 1\\n"}
"""


@attrs.frozen
class Desk:
    """A repository, and `orion` over it."""

    orion: Orion
    home: OrionHome
    repo: Path

    def work(self, actions: str = _CHANGE, *, role: str = "software-engineer", code: int = 0) -> str:
        """A session that worked; its id."""
        plan = self.repo.parent / "plan.yaml"
        plan.write_text(_PLAN + actions, "utf-8")
        with EmbeddedSupervisor(self.home, SystemClock(), select.choose):
            done = self.orion("work", "-r", role, "-w", str(self.repo), "-p", str(plan), "--wait")
        assert done.code == code, (done.out, done.err)
        return self.orion("sessions", "--json").json()[0]["id"]

    def set_pin(self) -> None:
        assert self.orion("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin=f"{PIN}\n").code == 0

    def promote(self, *more: str, pin: str = PIN) -> Ran:
        return self.orion("promote", "--yes", "--pin-stdin", *more, stdin=f"{pin}\n")

    def tip(self) -> str:
        return git(self.repo, "rev-parse", "main")


@pytest.fixture
def desk(orion: Orion, orion_home: OrionHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    repo = repository(tmp_path / "repo", {"a.py": "a = 1\n", "c.py": "c = 1\n"})
    monkeypatch.chdir(repo)
    give_rules(orion_home.cache)
    return Desk(orion, orion_home, repo)


def test_a_dry_run_shows_everything_and_writes_nothing(desk: Desk) -> None:
    session = desk.work()
    before = snapshot(desk.repo, without=())
    report = desk.orion("promote", "--dry-run", "--json").json()
    assert report.keys() == {
        "session", "ready", "branch", "tip", "author", "signed", "message", "tags", "files", "drift", "gate",
        "refusals", "special", "auth_method", "credential",
    }  # fmt: skip
    assert (report["session"], report["ready"], report["branch"], report["files"]) == (session, True, "main", 2)
    assert report["gate"]["result"] == "APPROVED"
    assert {check["name"] for check in report["gate"]["checks"]} >= {"secrets", "write limits", "scope"}
    assert desk.orion("promote", "--dry-run").code == 0
    assert snapshot(desk.repo, without=()) == before


def test_a_dry_run_says_whether_there_is_a_credential(desk: Desk) -> None:
    desk.work()
    report = desk.orion("promote", "--dry-run", "--json").json()
    assert (report["ready"], report["credential"]) == (True, "missing")
    assert "credential: missing" in desk.orion("promote", "--dry-run").out
    desk.set_pin()
    report = desk.orion("promote", "--dry-run", "--json").json()
    assert (report["ready"], report["credential"]) == (True, "set")
    assert "credential" not in desk.orion("promote", "--dry-run").out


def test_promotion_undo_and_promotion_again(desk: Desk) -> None:
    session, base = desk.work(), desk.tip()
    desk.set_pin()
    done = desk.promote()
    assert done.code == 0, done.err
    assert desk.tip()[:12] in done.out
    assert (desk.repo / "a.py").read_text() == "a = 2\n"
    assert desk.promote(session).code == 10
    undone = desk.orion("undo-promote", "--yes", "--pin-stdin", stdin=f"{PIN}\n")
    assert undone.code == 0, undone.err
    assert git(desk.repo, "diff", base, "main") == ""
    assert desk.orion("undo-promote", session, "--yes", "--pin-stdin", stdin=f"{PIN}\n").code == 10
    assert desk.promote().code == 0
    assert (desk.repo / "b.py").exists()


def test_nothing_is_promoted_without_a_credential_that_counts(desk: Desk) -> None:
    desk.work()
    base = desk.tip()
    unset = desk.promote()
    assert unset.code == 8
    assert "orion auth set" in unset.err
    desk.set_pin()
    unsure = desk.orion("promote", "--pin-stdin", stdin=f"{PIN}\n")
    assert unsure.code == 2
    assert "--yes" in unsure.err
    silent = desk.orion("promote", "--yes")
    assert silent.code == 2
    assert "--pin-stdin" in silent.err
    assert desk.orion("promote", "--yes", "--json").code == 2
    for _ in range(5):
        assert desk.orion("auth", "set", "--pin-stdin", stdin="111222\n928374\n").code == 8
    locked = desk.promote()
    assert locked.code == 8
    assert "locked" in locked.err
    assert desk.tip() == base


def test_files_of_mine_in_the_way_are_named_and_kept(desk: Desk) -> None:
    desk.work()
    desk.set_pin()
    write_files(desk.repo, {"a.py": "mine, uncommitted\n", "b.py": "mine, untracked\n"})
    before = snapshot(desk.repo, without=())
    done = desk.promote()
    assert done.code == 9
    assert "a.py" in done.err
    assert "b.py" in done.err
    after = snapshot(desk.repo, without=())
    assert {name: data for name, data in after.items() if not name.startswith(".git/objects")} == {
        name: data for name, data in before.items() if not name.startswith(".git/objects")
    }


def test_a_conflict_names_the_files(desk: Desk) -> None:
    desk.work()
    desk.set_pin()
    write_files(desk.repo, {"a.py": "a = 3\n"})
    git(desk.repo, "commit", "--quiet", "-am", "Meanwhile")
    base = desk.tip()
    done = desk.promote()
    assert done.code == 9
    assert "a.py" in done.err
    assert desk.tip() == base
    assert desk.orion("promote", "--dry-run", "--json").json()["ready"] is False


def test_a_secret_is_found_named_and_never_shown(desk: Desk) -> None:
    key = "ghp_" + hashlib.sha256(b"made up").hexdigest()[:36]
    desk.work(f"      - write: {{path: settings.py, content: \"TOKEN = '{key}'\\n\"}}\n")
    desk.set_pin()
    base = desk.tip()
    done = desk.promote()
    assert done.code == 7
    assert "settings.py:1" in done.err
    assert key not in done.err + done.out
    assert desk.tip() == base


def test_a_detached_head_needs_a_branch_to_be_named(desk: Desk) -> None:
    git(desk.repo, "checkout", "--quiet", "--detach")
    desk.work()
    desk.set_pin()
    base = desk.tip()
    refused = desk.promote()
    assert refused.code == 5, (refused.out, refused.err)
    assert desk.tip() == base
    done = desk.promote("--onto", "main")
    assert done.code == 0, done.err
    assert git(desk.repo, "rev-parse", "main^1") == base


def test_a_role_that_asks_for_totp_cannot_promote_yet(desk: Desk) -> None:
    desk.work('      - write: {path: docs/a.md, content: "text"}\n', role="devops-engineer")
    desk.set_pin()
    base = desk.tip()
    done = desk.promote()
    assert done.code == 8
    assert "TOTP" in done.err
    assert desk.tip() == base


def test_rejected_work_is_never_promoted(desk: Desk) -> None:
    session = desk.work()
    desk.set_pin()
    assert desk.orion("reject").code == 2
    assert desk.orion("reject", "--reason", "not like this").code == 0
    assert desk.promote(session).code == 10
    assert desk.orion("status", session, "--json").json()["reason"] == "not like this"


def test_failed_work_can_still_be_looked_at_and_taken(desk: Desk) -> None:
    session = desk.work(_CHANGE + "      - run: python3 -m unittest no_such_test\n", code=20)
    assert desk.orion("status", session, "--json").json()["state"] == "failed"
    assert desk.orion("diff", session, "--json").code == 0


def test_an_undo_shows_what_it_would_do_and_asks_for_nothing_it_cannot_use(desk: Desk) -> None:
    session = desk.work()
    desk.set_pin()
    assert desk.promote().code == 0
    tip = desk.tip()
    shown = desk.orion("undo-promote", session, "--dry-run")
    assert shown.code == 0, shown.err
    assert "M a.py" in shown.out
    assert "D b.py" in shown.out
    assert desk.tip() == tip
    (desk.repo / "a.py").write_text("a = 3  # mine, over the same line\n")
    git(desk.repo, "commit", "-q", "-am", "Mine")
    refused = desk.orion("undo-promote", session, "--yes")
    assert refused.code == 9, refused.err
    assert "a.py" in refused.err
    assert "PIN" not in refused.err
