"""What a submission that was cut short leaves behind is removed, and nothing else ever (RUN-7)."""

import os
import time
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.workspace import Workspace, inspect
from orion_tui.core.session.leftovers import AGE, remove_leftovers
from orion_tui.core.store import Store
from tests.support.program import repository
from tests.support.records import Records

pytestmark = pytest.mark.unit

ID, OTHER = "0123456789ab", "ba9876543210"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return inspect(repository(tmp_path / "repo", {"a.txt": "a\n"}))


def make(home: OrionHome, session_id: str, workspace: Workspace, *, work: bool = False) -> Path:
    repo = session_repo.create(home, session_id, workspace)
    repo.import_base(workspace, workspace.head)
    if work:
        repo.set_ref(repo.branch_ref, workspace.head, old=None)
    return repo.path.parent


def sweep(home: OrionHome, seconds: float = 2 * AGE) -> tuple[str, ...]:
    with Store.open(home.database) as store:
        return remove_leftovers(home, store.reader(), time.time() + seconds)


def test_a_directory_without_a_row_goes_after_an_hour(orion_home: OrionHome, workspace: Workspace) -> None:
    path = make(orion_home, ID, workspace)
    assert sweep(orion_home, AGE - 60) == ()
    assert path.exists()
    assert sweep(orion_home, AGE + 60) == (ID,)
    assert not path.exists()


def test_one_that_was_killed_before_git_began_goes_too(orion_home: OrionHome) -> None:
    (orion_home.sessions / ID / "repo.git").mkdir(parents=True)
    assert sweep(orion_home) == (ID,)


def test_something_touched_lately_deep_inside_keeps_it(orion_home: OrionHome, workspace: Workspace) -> None:
    path = make(orion_home, ID, workspace)
    inner = path / "repo.git/objects/pack/tmp_pack_now"
    inner.touch()
    later = time.time() + 2 * AGE
    os.utime(inner, (later, later))
    assert sweep(orion_home) == ()
    assert path.exists()


def test_a_session_with_a_row_and_one_with_work_stay(orion_home: OrionHome, workspace: Workspace) -> None:
    kept = make(orion_home, ID, workspace)
    Records(orion_home).session(ID)
    # The store was put back from a copy that does not know this one yet.
    worked = make(orion_home, OTHER, workspace, work=True)
    assert sweep(orion_home) == ()
    assert kept.exists()
    assert worked.exists()


def test_other_names_links_and_files_stay(orion_home: OrionHome, tmp_path: Path) -> None:
    (orion_home.sessions / "notes").mkdir()
    (orion_home.sessions / ID).write_text("a file")
    outside = tmp_path / "outside"
    outside.mkdir()
    (orion_home.sessions / OTHER).symlink_to(outside)
    assert sweep(orion_home) == ()
    assert sorted(path.name for path in orion_home.sessions.iterdir()) == sorted([ID, OTHER, "notes"])
    assert outside.exists()
