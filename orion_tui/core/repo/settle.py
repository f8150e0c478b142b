"""The end of a move, whichever it is: forward where the branch has moved, back where it has not.

Used when something fails, and by recovery. The branch decides: it is the last reference of the transaction to move.
"""

import contextlib
import shutil
import time
from collections.abc import Generator
from pathlib import Path

import attrs

from orion_tui.base.text import CleanText, display_path
from orion_tui.core.repo import files, refs
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import IndexLock
from orion_tui.core.repo.journal import JournalRecord, Move, MoveState, Progress
from orion_tui.core.repo.place import EXACT
from orion_tui.core.repo.restore import kept, restore_files, restore_index
from orion_tui.core.repo.worktree import WorkTree

#: Seconds that a git of ours may take to notice that we died and to let go of what it holds.
GRACE = 10.0
_PAUSE = 0.02


@attrs.frozen(kw_only=True)
class Settled:
    """How a move ended."""

    #: True: the branch is at the new commit. False: everything is as it was before.
    moved: bool
    #: What the user should know: files that changed meanwhile and were left alone, and where their other version is.
    notes: tuple[CleanText, ...] = ()


def settle(record: JournalRecord, *, grace: float = GRACE) -> Settled:
    """Complete or take back a move that is no longer running.

    Raises Busy when another git holds the index (try again later), GitError or OSError when the repository cannot be
    used; then nothing is lost, and settling again is safe.
    """
    move = record.move
    git = Git.user(Path(move.root), config=EXACT)
    _wait_for_locks(record, grace)
    if has_moved(git, move):
        _complete_tags(git, move)
        return Settled(moved=True, notes=finish(move, record.progress))
    return Settled(moved=False, notes=_take_back(git, record))


def has_moved(git: Git, move: Move) -> bool:
    """Whether the branch is at the new commit, or went on from it."""
    tip = refs.value(git, move.target_ref)
    if tip in {move.new_tip, move.old_tip, ""}:
        return tip == move.new_tip
    status, _, _ = git.status("merge-base", "--is-ancestor", move.new_tip, tip)
    return status == 0


def finish(move: Move, progress: Progress) -> tuple[CleanText, ...]:
    """Let go of the index and remove what the move made beside the user's files; notes as in `Settled`."""
    if not move.checked_out:
        return ()
    late = [
        position
        for position, change in enumerate(move.changes)
        if (before := progress.taken.get(change.path)) is not None
        and (now := files.seen_at(kept(move, position))).kind is not files.Kind.ABSENT
        and not files.same(before, now)
    ]
    IndexLock(Path(move.git_dir), move.token).release()
    if not late:
        remove_scratch(move)
    return tuple(
        CleanText(
            f"{display_path(move.changes[position].path)} was still being written by another program; "
            f"what it wrote is in {display_path(str(kept(move, position)))}"
        )
        for position in late
    )


def remove_scratch(move: Move) -> None:
    """Remove the scratch directory; a git that we left behind may still be writing there for an instant."""
    deadline = time.monotonic() + GRACE
    while True:
        shutil.rmtree(move.scratch, ignore_errors=True)
        if not move.scratch.exists() or time.monotonic() > deadline:
            return
        time.sleep(_PAUSE)


def _complete_tags(git: Git, move: Move) -> None:
    for name, oid in move.tags.items():
        if not refs.value(git, name):
            git.text("update-ref", "-m", refs.reason_for(move.kind, move.session_id), name, oid, "")


def _take_back(git: Git, record: JournalRecord) -> tuple[CleanText, ...]:
    move = record.move
    for name, oid in move.tags.items():
        if refs.value(git, name) == oid:
            git.text("update-ref", "-d", name, oid)
    lock = IndexLock(Path(move.git_dir), move.token)
    if not move.checked_out or not move.scratch.exists():
        lock.release()
        return ()
    notes: tuple[CleanText, ...] = ()
    if record.state is not MoveState.PREPARING:
        if refs.value(git, move.target_ref) != move.old_tip:
            lock.release()
            return (_moved_elsewhere(move),)
        with _held(lock), WorkTree(Path(move.root)) as tree:
            notes = restore_files(tree, move, record.progress)
            restore_index(git, move, record.progress)
    lock.release()
    if not notes:
        remove_scratch(move)
    return notes


def _moved_elsewhere(move: Move) -> CleanText:
    branch = display_path(move.target_ref.removeprefix("refs/heads/"))
    return CleanText(
        f"an interrupted {move.kind} of {branch} was left as it stands, because the branch has moved since; "
        f"files as they were before are in {display_path(str(move.scratch))}"
    )


@contextlib.contextmanager
def _held(lock: IndexLock) -> Generator[None]:
    if not lock.is_ours():
        lock.acquire()
    yield


def _wait_for_locks(record: JournalRecord, grace: float) -> None:
    """Let a git that we left behind finish or give up; after `grace` seconds its locks are dead, and removed."""
    deadline = time.monotonic() + grace
    while (held := _locks_of(record)) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    for path in held:
        path.unlink(missing_ok=True)


def _locks_of(record: JournalRecord) -> list[Path]:
    move = record.move
    if record.progress.locks:
        return [Path(lock.path) for lock in record.progress.locks if refs.lock_file_at(Path(lock.path)) == lock]
    # Died before it could write down what it holds: git puts the new value into each lock, and nothing into HEAD's.
    wanted = {move.target_ref: move.new_tip, **move.tags}
    held = [
        path
        for name, oid in wanted.items()
        if _content(path := Path(move.common_dir) / f"{name}.lock") == f"{oid}\n".encode("ascii")
    ]
    head = Path(move.git_dir) / "HEAD.lock"
    return [*held, head] if held and _content(head) == b"" else held


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
