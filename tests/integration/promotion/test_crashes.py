"""Stopped at any instant, then started again: promoted or restored, nothing in between, nothing of the user's lost.

An instant is each operation on disk, each git command, each word to the reference transaction, each record of the
journal. Four ways to stop: kill -9 (git outlives us for a moment), a power cut (git dies with us), one operation that
fails, and a disk that stays full, so that putting things back fails too.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.repo.journal import JournalRecord, MoveState
from orion_tui.core.repo.promote import promote
from orion_tui.core.repo.recover import recover
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.undo import undo
from tests.support.crash import FileJournal, run_and_die, run_and_fail
from tests.support.crashing.lives import SWEEP
from tests.support.promotion import ID, Scene, contents, file, git, gone, index_lines, status, symlink

pytestmark = [pytest.mark.unit, pytest.mark.slow, pytest.mark.timeout(900)]

Act = Callable[[Path, SessionRepo, OrionHome, FileJournal], object]
Stop = Callable[[Callable[[], object], int], bool]

STOPS: dict[str, Stop] = {
    "killed": run_and_die,
    "power-cut": lambda act, instant: run_and_die(act, instant, power_cut=True),
    "fails": run_and_fail,
    "stays-full": lambda act, instant: run_and_fail(act, instant, for_good=True),
}
#: Every second instant of a killed promotion is tried, in the sweep every one; of the rest every eighth, each from
#: another start.
STRIDES = [
    *(("promote", "killed", start, 4) for start in range(1, 5, 1 if SWEEP else 2)),
    ("promote", "power-cut", 2, 8),
    ("promote", "fails", 3, 8),
    ("promote", "stays-full", 4, 8),
    ("undo", "killed", 5, 8),
    ("undo", "power-cut", 6, 8),
    ("undo", "fails", 7, 8),
    ("undo", "stays-full", 1, 8),
]


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
class View:
    """What a person could tell a difference by."""

    contents: dict[str, tuple[str, bool, bytes]]
    index: dict[str, str]
    status: str
    tree: str
    refs: str

    @classmethod
    def of(cls, work: Path) -> "View":
        return cls(
            contents=contents(work),
            index=index_lines(work),
            status=status(work),
            tree=git(work, "rev-parse", "HEAD^{tree}"),
            refs=git(work, "for-each-ref"),
        )


def _unfinished(record: JournalRecord | None) -> bool:
    return record is not None and record.state not in {MoveState.COMMITTED, MoveState.ABORTED}


def _try(scene: Scene, act: Act, stop: Stop, instant: int, before: View) -> MoveState | None:
    """Stop at one instant of a copy, start again, look; how it ended, None when it was over before the instant."""
    place = scene.tmp / f"crash-{instant}"
    shutil.copytree(scene.tmp, place, symlinks=True, ignore=shutil.ignore_patterns("crash-*"))
    work, home = place / "work", OrionHome(place / scene.home.root.name)
    repo, journal = SessionRepo(home.session_repo(ID), ID), FileJournal(place / "journal")
    if not stop(lambda: act(work, repo, home, journal), instant):
        return None

    record = journal.read()
    if record is not None and _unfinished(record):
        [outcome] = recover([(record, journal)], locks=home.run, grace=1.0)
        assert outcome.notes == ()
        record = journal.read()
    state = MoveState.ABORTED if record is None else record.state
    now = View.of(work)
    if state is MoveState.ABORTED or record is None:
        assert now == before
    else:
        assert state is MoveState.COMMITTED
        assert now.tree == git(work, "rev-parse", f"{record.move.new_tip}^{{tree}}")
        assert now.status == before.status
        moved = {record.move.target_ref: record.move.new_tip, **record.move.tags}
        assert {name: git(work, "rev-parse", name) for name in moved} == moved
    assert not list((work / ".git").rglob("*.lock"))
    assert not list((work / ".git").glob("orion-*"))
    assert not list(work.rglob(".orion-*"))
    git(work, "fsck", "--strict", "--no-dangling", "--no-progress")

    if record is not None:  # a second start finds nothing to do
        recover([(record, journal)], locks=home.run, grace=1.0)
        assert View.of(work) == now
    if state is MoveState.ABORTED and instant % 7 == 0:  # and what was taken back can be done
        act(work, repo, home, FileJournal(place / "second"))
    shutil.rmtree(place)
    return state


@pytest.mark.parametrize(("what", "how", "start", "step"), STRIDES)
def test_stopped_at_any_instant_it_happened_whole_or_not_at_all(
    scene: Scene, what: str, how: str, start: int, step: int
) -> None:
    _prepare(scene)
    undo_request = scene.undo_request(scene.promote()) if what == "undo" else None
    _dirty(scene)

    def act(work: Path, repo: SessionRepo, home: OrionHome, journal: FileJournal) -> None:
        if undo_request is not None:
            undo(repo, work, undo_request, journal, locks=home.run)
        else:
            promote(repo, work, scene.request(), journal, locks=home.run)

    before = View.of(scene.work)
    ended: list[MoveState] = []
    for instant in range(start, 10_000, step):
        state = _try(scene, act, STOPS[how], instant, before)
        if state is None:
            break
        ended.append(state)
    assert len(ended) * step > 50, "the instants are not being counted"
    assert set(ended) == {MoveState.ABORTED, MoveState.COMMITTED}
