"""Other programs that write at the very moment, file systems that cannot link, and users who act after a crash."""

import errno
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from orion_tui.base.errors import Busy, ConflictError, StoreError, WorkspaceError
from orion_tui.core.repo import files, promote, transaction
from orion_tui.core.repo.exclusive import exclusive
from orion_tui.core.repo.journal import JournalRecord, MemoryJournal, MoveState
from orion_tui.core.repo.recover import recover
from orion_tui.core.repo.staging import Staging
from orion_tui.core.repo.worktree import WorkTree
from tests.support import rich
from tests.support.crash import FileJournal, die_at
from tests.support.promotion import Scene, contents, file, git, gone, index_lines, status

pytestmark = pytest.mark.unit

TREE: dict[str, str | bytes] = {"a.txt": "one\n", "b.txt": "two\n", "d/x.txt": "x\n", "mine.txt": "mine\n"}


@pytest.fixture
def started(scene: Scene) -> Scene:
    scene.make(TREE)
    scene.start()
    scene.work_off(file("a.txt", "agent\n"), gone("b.txt"), file("n.txt", "agent\n"), file("d/x.txt", "agent\n"))
    return scene


def _before(monkeypatch: pytest.MonkeyPatch, name: str, path: str, act: Callable[[], None]) -> None:
    """Let another program act just before the work tree's operation `name` on `path`."""
    original: Callable[..., Any] = getattr(WorkTree, name)
    done: list[str] = []

    def instead(tree: WorkTree, at: str, *args: Any, **more: Any) -> Any:
        if at == path and not done:
            done.append(at)
            act()
        return original(tree, at, *args, **more)

    monkeypatch.setattr(WorkTree, name, instead)


def _save(path: Path, text: str) -> None:
    """As editors do: a new file, renamed over the old one."""
    partial = path.with_name(path.name + "~")
    partial.write_text(text)
    partial.replace(path)


def test_a_file_saved_just_before_it_moves_is_kept(started: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _before(monkeypatch, "take", "a.txt", lambda: _save(started.work / "a.txt", "saved\n"))
    tip = started.tip
    with pytest.raises(ConflictError, match=r"a\.txt was changed by another program"):
        started.promote()
    assert contents(started.work) == {
        "a.txt": ("file", False, b"saved\n"),
        "b.txt": ("file", False, b"two\n"),
        "d/x.txt": ("file", False, b"x\n"),
        "mine.txt": ("file", False, b"mine\n"),
    }
    assert started.tip == tip
    assert started.git("status", "--porcelain") == " M a.txt"
    assert not list(started.git_dir.glob("orion-*"))


def test_a_file_deleted_just_before_it_moves_stays_deleted(started: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _before(monkeypatch, "take", "d/x.txt", (started.work / "d/x.txt").unlink)
    with pytest.raises(ConflictError, match=r"d/x\.txt was changed by another program"):
        started.promote()
    assert started.git("status", "--porcelain") == " D d/x.txt"


def test_a_file_that_appears_where_a_new_one_comes_is_kept(started: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _before(monkeypatch, "put", "n.txt", lambda: started.write({"n.txt": "mine\n"}))
    with pytest.raises(ConflictError, match=r"n\.txt was changed by another program"):
        started.promote()
    assert started.git("status", "--porcelain") == "?? n.txt"
    assert (started.work / "n.txt").read_text() == "mine\n"
    assert (started.work / "a.txt").read_text() == "one\n"


def test_a_file_written_while_it_is_away_is_kept_and_the_old_one_named(
    started: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    _before(monkeypatch, "put", "a.txt", lambda: started.write({"a.txt": "mine\n"}))
    with pytest.raises(ConflictError) as refused:
        started.promote()
    assert (started.work / "a.txt").read_text() == "mine\n"
    [note] = refused.value.problems
    assert note.startswith("a.txt was written in the meantime")
    old = Path(note.split(" is in ")[1])
    assert old.read_text() == "one\n"
    assert started.git("status", "--porcelain") == " M a.txt"


def test_a_file_that_is_written_after_it_was_put_is_left_when_the_rest_goes_back(
    started: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        started.write({"a.txt": "mine\n"})
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(transaction, "replace_index", fail)
    with pytest.raises(WorkspaceError, match="No space left"):
        started.promote()
    assert (started.work / "a.txt").read_text() == "mine\n"
    assert (started.work / "b.txt").read_text() == "two\n"
    assert not (started.work / "n.txt").exists()


def test_a_program_that_still_writes_to_the_old_file_loses_nothing(
    started: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = (started.work / "a.txt").open("a")
    _before(monkeypatch, "put", "a.txt", lambda: print("late", file=stream, flush=True))
    promoted = started.promote()
    stream.close()
    assert (started.work / "a.txt").read_text() == "agent\n"
    [note] = promoted.notes
    assert note.startswith("a.txt was still being written by another program")
    assert Path(note.split(" is in ")[1]).read_text() == "one\nlate\n"


def test_a_parent_swapped_for_a_link_leads_nowhere(started: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = started.tmp / "outside"

    def swap() -> None:
        (started.work / "d").rename(outside)
        (started.work / "d").symlink_to(outside)

    _before(monkeypatch, "take", "d/x.txt", swap)
    with pytest.raises(ConflictError, match=r"d/x\.txt was changed"):
        started.promote()
    assert (outside / "x.txt").read_text() == "x\n"
    assert (started.work / "d").is_symlink()


def _switch(scene: Scene) -> None:
    scene.git("switch", "-q", "-c", "other")


def _detach(scene: Scene) -> None:
    scene.git("switch", "-q", "--detach")


def _begin_a_merge(scene: Scene) -> None:
    (scene.git_dir / "MERGE_HEAD").write_text(scene.base + "\n")


@pytest.mark.parametrize("act", [_switch, _detach, _begin_a_merge])
def test_a_work_tree_that_turns_to_something_else_in_between_is_not_touched(
    started: Scene, monkeypatch: pytest.MonkeyPatch, act: Callable[[Scene], None]
) -> None:
    stage, after = transaction.stage, list[object]()

    def act_in_between(*args: Any) -> Staging:
        act(started)
        after.append(started.everything())
        return stage(*args)

    monkeypatch.setattr(transaction, "stage", act_in_between)
    with pytest.raises((ConflictError, WorkspaceError)):
        started.promote()
    assert [started.everything()] == after


def test_an_interrupt_from_the_keyboard_takes_everything_back(started: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before = started.everything()
    _before(monkeypatch, "put", "n.txt", interrupt)
    with pytest.raises(KeyboardInterrupt):
        started.promote()
    now = started.everything()
    assert now.files == before.files
    assert now.git == before.git


def test_a_failure_once_the_branch_has_moved_is_no_failure(started: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    original = transaction.refs.PreparedRefs.commit

    def commit(prepared: transaction.refs.PreparedRefs) -> None:
        original(prepared)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(transaction.refs.PreparedRefs, "commit", commit)
    promoted = started.promote()
    assert started.tip == promoted.merge_commit
    assert started.git("status", "--porcelain") == ""
    assert [record.state for record in started.journal.records] == [MoveState.COMMITTED]


def test_a_journal_that_cannot_be_written_stops_before_anything_moves(
    started: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the state directory is full")

    before = started.everything()
    for name in ("begin", "mark"):
        with monkeypatch.context() as patched:
            patched.setattr(MemoryJournal, name, full)
            with pytest.raises(StoreError):
                started.promote()
        assert started.everything() == before


# -- file systems


@pytest.mark.parametrize("error", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_file_system_without_hard_links_is_good_enough(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(files.os, "link", refuse)
    _round_trip(scene)


@pytest.fixture
def other_disk(tmp_path: Path) -> Generator[Path]:
    place = Path("/dev/shm") / f"orion-test-{os.getpid()}-{tmp_path.name}"
    try:
        place.mkdir()
    except OSError as error:
        pytest.skip(f"no second file system: {error}")
    try:
        if place.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("no second file system")
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_a_git_directory_on_another_disk_is_good_enough(scene: Scene, other_disk: Path) -> None:
    _round_trip(scene, f"--separate-git-dir={other_disk / 'git'}")


def test_a_git_directory_on_another_disk_restores_too(
    scene: Scene, other_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rich.make(scene, f"--separate-git-dir={other_disk / 'git'}")
    scene.start()
    scene.work_off(*rich.everything())
    rich.everything_at_once(scene)
    before, entries, seen = contents(scene.work), index_lines(scene.work), status(scene.work)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(transaction, "replace_index", fail)
    with pytest.raises(WorkspaceError):
        scene.promote()
    assert contents(scene.work) == before
    assert index_lines(scene.work) == entries
    assert status(scene.work) == seen


def _round_trip(scene: Scene, *options: str) -> None:
    rich.make(scene, *options)
    scene.start()
    scene.work_off(*rich.everything())
    rich.everything_at_once(scene)
    before, seen = contents(scene.work), status(scene.work)
    promoted = scene.promote()
    touched = {change.path for change in promoted.changes}
    expected = contents(rich.checked_out(scene, promoted.merge_commit, scene.tmp / "expected"))
    now = contents(scene.work)
    assert {path: now.get(path) for path in touched} == {path: expected.get(path) for path in touched}
    assert status(scene.work) == seen
    scene.undo(promoted)
    assert contents(scene.work) == before
    assert status(scene.work) == seen
    assert not list(scene.git_dir.glob("orion-*"))
    assert not list(scene.work.rglob(".orion-*"))


# -- after a crash


def _crash(scene: Scene, module: object, name: str) -> tuple[JournalRecord, FileJournal]:
    journal = FileJournal(scene.tmp / "journal")

    def act() -> None:
        promote.promote(scene.repo, scene.work, scene.request(), journal, locks=scene.home.run)

    die_at(act, module, name)
    record = journal.read()
    assert record is not None
    return record, journal


def test_while_it_is_cut_short_no_other_git_interferes(started: Scene) -> None:
    record, journal = _crash(started, transaction, "replace_index")
    assert (started.work / "a.txt").read_text() == "agent\n"
    head = started.tip
    git(started.work, "commit", "-a", "-m", "x", check=False)
    assert started.tip == head
    with pytest.raises(Busy):
        started.promote()
    recover([(record, journal)], locks=started.home.run)
    assert contents(started.work) == {name: ("file", False, str(text).encode()) for name, text in TREE.items()}
    assert started.git("status", "--porcelain") == ""


def test_a_promotion_that_still_runs_is_not_recovered(started: Scene) -> None:
    record, journal = _crash(started, transaction, "replace_index")
    with exclusive(started.home.run, Path(record.move.common_dir)):
        assert recover([(record, journal)], locks=started.home.run) == ()
    assert (started.work / "a.txt").read_text() == "agent\n"
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.ABORTED


def test_what_the_user_wrote_after_the_crash_stays(started: Scene) -> None:
    record, journal = _crash(started, transaction, "replace_index")
    started.write({"a.txt": "mine, after the crash\n", "mine.txt": "edited\n", "b.txt": "back by hand\n"})
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.ABORTED
    assert (started.work / "a.txt").read_text() == "mine, after the crash\n"
    assert (started.work / "b.txt").read_text() == "back by hand\n"
    assert (started.work / "mine.txt").read_text() == "edited\n"
    assert (started.work / "d/x.txt").read_text() == "x\n"
    assert not (started.work / "n.txt").exists()
    for name, old in (("a.txt", "one\n"), ("b.txt", "two\n")):
        [note] = [note for note in outcome.notes if note.startswith(name)]
        assert Path(note.split(" is in ")[1]).read_text() == old


def test_an_index_that_was_changed_after_the_crash_keeps_the_change(started: Scene) -> None:
    record, journal = _crash(started, transaction.refs.PreparedRefs, "commit")
    (started.git_dir / "index.lock").unlink()
    started.write({"mine.txt": "staged after the crash\n"})
    started.git("add", "mine.txt")
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.ABORTED
    assert started.git("status", "--porcelain") == "M  mine.txt"
    assert (started.work / "a.txt").read_text() == "one\n"


def test_a_branch_that_went_on_after_a_crash_behind_the_commit(started: Scene) -> None:
    record, journal = _crash(started, transaction, "finish")
    assert started.tip == record.move.new_tip
    (started.git_dir / "index.lock").unlink()
    started.git("tag", "-d", next(iter(record.move.tags)).removeprefix("refs/tags/"))
    started.write({"later.txt": "later\n"})
    later = started.commit("later")
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.COMMITTED
    assert started.tip == later
    assert started.git("status", "--porcelain") == ""
    assert all(started.git("rev-parse", name) == oid for name, oid in record.move.tags.items())
    assert not list(started.git_dir.glob("orion-*"))


def test_a_branch_that_went_elsewhere_after_a_crash_is_left_as_it_stands(started: Scene) -> None:
    record, journal = _crash(started, transaction, "replace_index")
    (started.git_dir / "index.lock").unlink()
    started.commit("the half of it, committed by hand")
    before = contents(started.work)
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.ABORTED
    [note] = outcome.notes
    assert "left as it stands" in note
    assert contents(started.work) == before
    assert not (started.git_dir / "index.lock").exists()
    kept = record.move.scratch / "old"
    assert sorted(path.read_text() for path in kept.iterdir()) == ["one\n", "two\n", "x\n"]


def test_git_at_work_during_recovery_is_waited_for(started: Scene) -> None:
    record, journal = _crash(started, transaction, "replace_index")
    lock = started.git_dir / "index.lock"
    lock.write_text("")
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is None
    assert "index.lock" in outcome.notes[0]
    assert lock.exists()
    lock.unlink()
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.ABORTED
    assert (started.work / "a.txt").read_text() == "one\n"


def test_a_repository_that_is_gone_is_reported_and_tried_again(started: Scene) -> None:
    record, journal = _crash(started, transaction, "replace_index")
    elsewhere = started.tmp / "elsewhere"
    started.work.rename(elsewhere)
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is None
    assert "could not be settled yet" in outcome.notes[0]
    elsewhere.rename(started.work)
    [outcome] = recover([(record, journal)], locks=started.home.run)
    assert outcome.state is MoveState.ABORTED
    assert started.git("status", "--porcelain") == ""
