"""Killed at any instant, then started again: promoted or restored, nothing in between, and nothing of the user's lost.

Every instant is tried: before each operation on disk, each git command, each word to the reference transaction, each
record of the journal. Once git outlives us for a moment (kill -9), once it dies with us (power).
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.repo.journal import MoveState
from orion_tui.core.repo.promote import promote
from orion_tui.core.repo.recover import recover
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.undo import undo
from tests.support.crash import FileJournal, run_and_die
from tests.support.promotion import ID, Scene, contents, file, git, gone, index_lines, status, symlink

pytestmark = [pytest.mark.unit, pytest.mark.slow, pytest.mark.timeout(600)]

_PARTS = 4


def _prepare(scene: Scene) -> None:
    scene.make(
        {
            ".gitignore": "*.log\n",
            "a.txt": "one\n",
            "turns-file/x.txt": "x\n",
            "turns-dir": "file\n",
            "old/gone.txt": "gone\n",
            "mine.txt": "mine\n",
        }
    )
    (scene.work / "link").symlink_to("a.txt")
    scene.commit()
    scene.start()
    scene.work_off(
        file("a.txt", "ONE\n", executable=True),
        gone("turns-file/x.txt"),
        file("turns-file", "file\n"),
        gone("turns-dir"),
        file("turns-dir/y.txt", "y\n"),
        gone("old/gone.txt"),
        file("new/dir/n.txt", "n\n"),
        symlink("link", "mine.txt"),
    )


def _dirty(scene: Scene) -> None:
    scene.write({"mine.txt": "mine, edited\n", "staged.txt": "staged\n", "loose.txt": "untracked\n", "x.log": "log\n"})
    scene.git("add", "staged.txt")
    scene.write({"staged.txt": "staged, edited again\n"})


@attrs.frozen(kw_only=True)
class _View:
    """What must be one of two."""

    contents: dict[str, tuple[str, bool, bytes]]
    index: dict[str, str]
    status: str
    tree: str

    @classmethod
    def of(cls, work: Path) -> "_View":
        return cls(
            contents=contents(work),
            index=index_lines(work),
            status=status(work),
            tree=git(work, "rev-parse", "HEAD^{tree}"),
        )


def _copy(original: Scene, to: Path) -> tuple[Path, SessionRepo, OrionHome]:
    shutil.copytree(original.tmp, to, symlinks=True, ignore=shutil.ignore_patterns("crash-*"))
    home = OrionHome(to / original.home.root.name)
    return to / "work", SessionRepo(home.session_repo(ID), ID), home


def _try_instants(
    scene: Scene, part: int, power_cut: bool, act: Callable[[Path, SessionRepo, OrionHome, FileJournal], object]
) -> None:
    before = _View.of(scene.work)
    refs = git(scene.work, "for-each-ref")
    ended: set[MoveState] = set()
    for instant in range(1 + part, 10_000, _PARTS):
        place = scene.tmp / f"crash-{instant}"
        work, repo, home = _copy(scene, place)
        journal = FileJournal(place / "journal")
        died = run_and_die(lambda: act(work, repo, home, journal), instant, power_cut=power_cut)  # noqa: B023 - runs now
        if not died:
            assert instant > 60, "the instants are not being counted"
            break
        record = journal.read()
        if record is not None and record.state not in {MoveState.COMMITTED, MoveState.ABORTED}:
            [outcome] = recover([(record, journal)], locks=home.run, grace=1.0)
            assert outcome.notes == (), instant
            record = journal.read()
        state = MoveState.ABORTED if record is None else record.state
        ended.add(state)

        now = _View.of(work)
        if state is MoveState.ABORTED:
            assert now == before, instant
            assert git(work, "for-each-ref") == refs, instant
        else:
            assert state is MoveState.COMMITTED
            assert record is not None
            assert git(work, "rev-parse", "main") == record.move.new_tip
            assert now.tree == git(work, "rev-parse", f"{record.move.new_tip}^{{tree}}")
            assert now.status == before.status, instant
            assert all(git(work, "rev-parse", name) == oid for name, oid in record.move.tags.items()), instant
        git_dir = work / ".git"
        assert not list(git_dir.rglob("*.lock")), instant
        assert not [path for path in git_dir.iterdir() if path.name.startswith("orion-")], instant
        assert not list(work.rglob(".orion-*")), instant
        git(work, "fsck", "--strict", "--no-dangling", "--no-progress")

        if record is not None:  # a second start finds nothing to do
            recover([(record, journal)], locks=home.run, grace=1.0)
            assert _View.of(work) == now, instant
        if state is MoveState.ABORTED and instant % 7 == 0:  # and what was taken back can be done
            act(work, repo, home, FileJournal(place / "second"))
        shutil.rmtree(place)
    assert ended == {MoveState.ABORTED, MoveState.COMMITTED}


@pytest.mark.parametrize("power_cut", [False, True], ids=["killed", "power-cut"])
@pytest.mark.parametrize("part", range(_PARTS))
def test_a_promotion_killed_at_any_instant(scene: Scene, part: int, power_cut: bool) -> None:
    _prepare(scene)
    _dirty(scene)

    def act(work: Path, repo: SessionRepo, home: OrionHome, journal: FileJournal) -> None:
        promote(repo, work, scene.request(), journal, locks=home.run)

    _try_instants(scene, part, power_cut, act)


@pytest.mark.parametrize("power_cut", [False, True], ids=["killed", "power-cut"])
@pytest.mark.parametrize("part", range(_PARTS))
def test_an_undo_killed_at_any_instant(scene: Scene, part: int, power_cut: bool) -> None:
    _prepare(scene)
    request = scene.undo_request(scene.promote())
    _dirty(scene)

    def act(work: Path, repo: SessionRepo, home: OrionHome, journal: FileJournal) -> None:
        undo(repo, work, request, journal, locks=home.run)

    _try_instants(scene, part, power_cut, act)
