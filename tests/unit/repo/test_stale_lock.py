"""A lock that a killed git left behind does not hold a session up for ever; one that is in use is waited for."""

import threading
from pathlib import Path

import pytest

from orion_tui.base.errors import GitError, GitKilled
from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.stale_lock import clear_stale_lock
from orion_tui.core.repo.workspace import inspect
from tests.support.program import repository

pytestmark = pytest.mark.unit


def test_one_that_stays_is_removed_and_one_that_is_renewed_is_not(tmp_path: Path) -> None:
    lock = tmp_path / "main.lock"
    clear_stale_lock(lock)
    lock.touch()
    clear_stale_lock(lock, grace=0.05)
    assert not lock.exists()


def test_one_that_its_owner_releases_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "main.lock"
    lock.touch()
    owner = threading.Timer(0.1, lock.unlink)
    owner.start()
    clear_stale_lock(lock, grace=60)
    owner.join()
    assert not lock.exists()


def test_a_reference_is_moved_over_a_lock_of_nobodys(tmp_path: Path, orion_home: OrionHome) -> None:
    workspace = inspect(repository(tmp_path / "repo", {"a.txt": "a\n"}))
    repo = session_repo.create(orion_home, "0123456789ab", workspace)
    repo.import_base(workspace, workspace.head)
    lock = repo.path / f"{repo.branch_ref}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    repo.set_ref(repo.branch_ref, workspace.head, old=None)
    assert repo.ref(repo.branch_ref) == workspace.head
    assert not lock.exists()


def test_a_git_that_was_killed_has_not_said_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setattr("orion_tui.core.repo.git.git_executable", lambda: str(program))
    with pytest.raises(GitKilled):
        Git.owned(tmp_path).status("rev-parse", "HEAD")
    assert issubclass(GitKilled, GitError)
