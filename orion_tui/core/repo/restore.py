"""Back to how it was: files, index, locks. The same code mends a failure at once and a crash at the next start.

It works from what stands on disk. Something that the move put is removed only while it still is exactly that; a file
that was taken comes back only where nothing else stands by now. Running it twice is running it once.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from orion_tui.base.text import CleanText, display_path
from orion_tui.core.repo import files
from orion_tui.core.repo.changes import PathChange, ancestors
from orion_tui.core.repo.durable import sync_directory
from orion_tui.core.repo.files import Kind
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import Index, index_digest, write_entries
from orion_tui.core.repo.journal import Move, Progress, Staged
from orion_tui.core.repo.worktree import WorkTree


def kept(move: Move, position: int) -> Path:
    """Where the file that change number `position` took away is kept."""
    return move.scratch / "old" / str(position)


def aside(move: Move, position: int) -> str:
    """A name beside the target for a copy that is still growing."""
    return f".orion-{move.token}-{position}"


def restore_files(tree: WorkTree, move: Move, progress: Progress) -> tuple[CleanText, ...]:
    """Undo every file operation of a move that may have stopped anywhere; what could not be put back, for people."""
    for position, change in enumerate(move.changes):
        above, slash, _ = change.path.rpartition("/")
        tree.remove(f"{above}{slash}{aside(move, position)}")
        staged = progress.staged.get(change.path)
        was_taken = change.path not in progress.taken or files.seen_at(kept(move, position)).kind is not Kind.ABSENT
        if staged is not None and was_taken and is_put(tree, change.path, staged):
            _withdraw(tree, move, position, change.path, staged)
    for directory in reversed(progress.new_directories):
        tree.remove_directory(directory)
    return tuple(_bring_back(tree, move, progress))


def is_put(tree: WorkTree, path: str, staged: Staged) -> bool:
    """Whether `path` is what the move put there, unchanged since."""
    seen = tree.look(path)
    if seen.kind is not (Kind.SYMLINK if staged.symlink else Kind.FILE):
        return False
    if not staged.symlink and seen.executable != staged.executable:
        return False
    return tree.digest(path) == staged.digest


def _withdraw(tree: WorkTree, move: Move, position: int, path: str, staged: Staged) -> None:
    # Taken before it is looked at again: what somebody wrote in between goes back.
    away = move.scratch / "withdrawn" / str(position)
    away.parent.mkdir(exist_ok=True)
    away.unlink(missing_ok=True)
    tree.take(path, away)
    if files.digest_at(away) == staged.digest:
        away.unlink()
    else:
        with contextlib.suppress(FileExistsError):
            tree.put(path, away, aside=aside(move, position))


def _bring_back(tree: WorkTree, move: Move, progress: Progress) -> Iterator[CleanText]:
    for position, change in enumerate(move.changes):
        source = kept(move, position)
        if files.seen_at(source).kind is Kind.ABSENT:
            continue
        for above in reversed(ancestors(change.path)):
            tree.make_directory(above, progress.old_directories.get(above))
        try:
            tree.put(change.path, source, aside=aside(move, position))
        except (FileExistsError, NotADirectoryError):
            if tree.digest(change.path) != files.digest_at(source):
                yield CleanText(
                    f"{display_path(change.path)} was written in the meantime and stays as it is now; "
                    f"what was there before is in {display_path(str(source))}"
                )
                continue
        source.unlink()


def restore_index(git: Git, move: Move, progress: Progress) -> None:
    """The index as it was: the very file, or, where somebody has changed it since, the touched entries."""
    git_dir = Path(move.git_dir)
    old = move.scratch / "index.old"
    if not old.exists():
        return  # it was never replaced
    current = index_digest(git_dir / "index")
    if current == progress.old_index:
        return
    if current == progress.new_index:
        old.replace(git_dir / "index")
        sync_directory(git_dir)
        return
    _restore_entries(git, move, git_dir)


def _restore_entries(git: Git, move: Move, git_dir: Path) -> None:
    index = Index.read(git)
    back: list[PathChange] = []
    for change in (*move.changes, *move.on_disk):
        entry = index.get(change.path)
        if (entry.entry if entry else None) == change.new:
            back.append(change)
    flags = {change.path: entry for change in back if (entry := index.get(change.path)) is not None}
    mended = move.scratch / "index.mended"
    shutil.copy2(git_dir / "index", mended)
    write_entries(git, mended, [PathChange(path=change.path, old=change.new, new=change.old) for change in back], flags)
    mended.replace(git_dir / "index")
    sync_directory(git_dir)
