"""`orion uninstall`: everything Orion made goes, nothing else does (HOME-7)."""

from pathlib import Path

import pytest

from orion_tui.base.errors import Busy, GitError
from orion_tui.base.paths import OrionHome
from orion_tui.core import uninstall as removal
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.sandbox import leftovers
from orion_tui.core.sandbox.leftovers import Leftover
from orion_tui.core.service import install as service
from orion_tui.core.service import unit
from orion_tui.core.session import lock
from orion_tui.core.store import Store, Transaction, leases, sessions
from tests.support.command_line import Orion, in_process
from tests.support.fake_systemd import FakeSystemd
from tests.support.program import git, repository, snapshot

pytestmark = pytest.mark.unit


@pytest.fixture
def orion(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    return in_process(monkeypatch, capsys)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = repository(tmp_path / "theirs", {"a.txt": "a"})
    git(path, "tag", "orion-pre-promote/abc")
    git(path, "tag", "v1")
    git(path, "branch", "orion-ara/abc")
    return path


def session(home: OrionHome, workspace: Path, state: SessionState, *, leased: bool = False) -> None:
    with Store.open(home.database) as store:
        now = store.clock.now()
        row = Session(
            id="0" * 12, workspace=str(workspace), goal="the goal", role="r", policy="p", state=state,
            base_commit="0" * 40, created_at=now, updated_at=now, tasks_total=2, tasks_done=1,
        )  # fmt: skip

        def change(tx: Transaction) -> None:
            sessions.save_policy(tx, "p", "{}")
            sessions.insert(tx, row)

        store.transact(change)
        if leased:
            store.transact(lambda tx: leases.claim(tx, owner="me", now=now, ttl=120))


def fill(home: OrionHome) -> None:
    for path in ("sessions/x/repo.git/HEAD", "roles/mine.yaml", "logs/orion.log", "backups/orion-1.db", ".env"):
        target = home.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("x")


def test_everything_goes_and_repositories_stay_as_they_are(
    orion: Orion, orion_home: OrionHome, workspace: Path
) -> None:
    fill(orion_home)
    session(orion_home, workspace, SessionState.COMPLETED)
    before = snapshot(workspace, without=())
    done = orion("uninstall", "--yes")
    assert done.code == 0, done.err
    assert not orion_home.root.exists()
    assert snapshot(workspace, without=()) == before
    assert f"{workspace}: orion-ara/abc, orion-pre-promote/abc" in done.out
    assert "v1" not in done.out
    assert "the goal" in done.out, "work that was not taken over is named before it goes"


def test_a_dry_run_lists_and_changes_nothing(orion: Orion, orion_home: OrionHome, workspace: Path) -> None:
    fill(orion_home)
    session(orion_home, workspace, SessionState.COMPLETED)
    before = snapshot(orion_home.root)
    record = orion("uninstall", "--dry-run", "--json").json()
    assert record.keys() == {"items", "running", "unpromoted", "kept", "images", "foreign"}
    names = {Path(item["name"]).name for item in record["items"]}
    assert {"sessions", "roles", "logs", "backups", "orion.db", "run", ".env"} <= names
    assert snapshot(orion_home.root).keys() == before.keys()


def test_it_asks_first_and_not_where_nobody_can_answer(orion: Orion, orion_home: OrionHome) -> None:
    fill(orion_home)
    done = orion("uninstall")
    assert done.code == 2
    assert "--yes" in done.err
    assert (orion_home.root / "roles" / "mine.yaml").exists()


def test_what_orion_did_not_make_stays_and_is_named(orion: Orion, orion_home: OrionHome) -> None:
    fill(orion_home)
    (orion_home.root / "diary.txt").write_text("mine")
    (orion_home.root / "photos").mkdir()
    elsewhere = orion_home.root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("mine")
    (orion_home.root / "cache" / "link").symlink_to(elsewhere)
    (orion_home.root / "damaged-link").symlink_to(elsewhere)
    done = orion("uninstall", "--yes")
    assert done.code == 0
    assert "diary.txt" in done.out
    assert sorted(path.name for path in orion_home.root.iterdir()) == ["diary.txt", "photos"]
    assert (elsewhere / "precious").read_text() == "mine"


def test_a_home_directory_or_a_repository_is_never_taken_for_orions_own(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(orion_home)
    (orion_home.root / ".git").mkdir()
    assert orion("uninstall", "--yes").code == 2
    (orion_home.root / ".git").rmdir()
    monkeypatch.setenv("HOME", str(orion_home.root / "me"))
    done = orion("uninstall", "--yes")
    assert done.code == 2
    assert "more than Orion's state" in done.err
    assert (orion_home.root / "roles" / "mine.yaml").exists()


def test_while_a_session_is_at_work_it_is_refused(orion: Orion, orion_home: OrionHome, workspace: Path) -> None:
    session(orion_home, workspace, SessionState.RUNNING, leased=True)
    with lock.hold(orion_home.run / "supervisor.lock", "1"):
        for arguments in (("--yes",), ("--yes", "--json")):
            done = orion("uninstall", *arguments)
            assert done.code == Busy.exit_code
            assert "the goal" in done.err
            assert "--force" in done.err
    assert orion_home.database.exists()


def test_roles_can_be_kept(orion: Orion, orion_home: OrionHome) -> None:
    fill(orion_home)
    assert orion("uninstall", "--yes", "--keep-roles").code == 0
    assert [path.name for path in orion_home.root.iterdir()] == ["roles"]


def test_a_damaged_store_is_removed_like_any_other(orion: Orion, orion_home: OrionHome) -> None:
    fill(orion_home)
    orion_home.database.write_bytes(b"nonsense" * 1000)
    assert orion("uninstall", "--yes").code == 0
    assert not orion_home.root.exists()


def test_where_there_is_nothing_it_says_so(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_HOME", str(orion_home.root / "never" / "made"))
    assert "made nothing here" in orion("uninstall", "--yes").out


def test_sandboxes_left_behind_go_too_and_what_cannot_go_is_told(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(orion_home)
    removed: list[str] = []

    def fail() -> None:
        raise GitError("the engine said no")

    def find(home: OrionHome) -> list[Leftover]:
        return [
            Leftover(name="container orion-1", size=5, remove=lambda: removed.append("1")),
            Leftover(name="volume orion-2", size=0, remove=fail),
        ]

    monkeypatch.setattr(leftovers, "FINDERS", (find,))
    done = orion("uninstall", "--yes")
    assert done.code == 11
    assert removed == ["1"]
    assert "volume orion-2: the engine said no" in done.err


def test_the_service_goes_with_it(orion_home: OrionHome, tmp_path: Path) -> None:
    fake = FakeSystemd.at(tmp_path / "systemd")
    service.install(orion_home, fake.environment)
    path = unit.path_of(orion_home, fake.environment)
    fake.calls()
    assert removal.uninstall(orion_home, fake.environment) == []
    assert not path.exists()
    assert f"systemctl --user disable --now {path.name}" in fake.calls()
    assert not orion_home.root.exists()
