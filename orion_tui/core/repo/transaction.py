"""One branch moved in the user's repository, with their files where it is checked out: all of it, or none.

The order is the safety. Everything is made ready aside; references are prepared and the index locked, so that no git
can interfere; every touched path is looked at again; the journal knows what is about to happen; files are taken and
put; the index is replaced in one rename; then the references move, the branch last. Until that instant every failure
leads back, after it every failure leads forward.
"""

from collections.abc import Callable
from pathlib import Path

import attrs

from orion_tui.base.errors import ConflictError, OrionError, WorkspaceError
from orion_tui.base.text import CleanText, clean, display_path
from orion_tui.core.repo import files, refs
from orion_tui.core.repo.changes import ancestors
from orion_tui.core.repo.durable import sync_directory
from orion_tui.core.repo.files import Kind
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import (
    IndexLock,
    assume_unchanged,
    copy_index,
    index_digest,
    note_files,
    replace_index,
    write_entries,
)
from orion_tui.core.repo.journal import JournalPort, JournalRecord, Move, MoveState, Progress
from orion_tui.core.repo.obstacles import Survey, survey
from orion_tui.core.repo.place import EXACT
from orion_tui.core.repo.restore import aside, kept
from orion_tui.core.repo.settle import Settled, finish, settle
from orion_tui.core.repo.staging import Staging, file_of, stage
from orion_tui.core.repo.worktree import WorkTree


def carry_out(
    move: Move, journal: JournalPort, *, recheck: Callable[[], None], refuse: Callable[[Survey], None]
) -> tuple[CleanText, ...]:
    """Do what `move` says; notes for the user.

    Both callbacks run under the locks and raise when the repository is not what the plan was made for: `recheck` looks
    at branch and work tree as a whole, `refuse` at the touched paths. Raises ConflictError, Busy, WorkspaceError,
    GitError or StoreError; the repository is then as it was, or recovery will make it so (the message says which).
    """
    journal.begin(move)
    run = _Run(move, journal)
    try:
        run.go(recheck, refuse)
    except BaseException as error:
        settled = _settle(run, error)
        journal.mark(MoveState.COMMITTED if settled.moved else MoveState.ABORTED)
        if settled.moved and isinstance(error, OrionError | OSError):
            return settled.notes  # it failed after the branch had moved: it is done
        if isinstance(error, OSError):
            raise _unwritable(error, settled) from error
        if isinstance(error, OrionError):
            error.problems += settled.notes
        raise
    notes = finish(move, run.progress)
    journal.mark(MoveState.COMMITTED)
    return notes


def _settle(run: "_Run", error: BaseException) -> Settled:
    try:
        return settle(JournalRecord(move=run.move, state=run.state, progress=run.progress))
    except (OrionError, OSError) as second:
        raise ConflictError(
            f"it failed and could not be taken back at once: {clean(str(error), keep_newlines=False)}",
            hint="what was there before is kept, and is put back when Orion starts next",
            problems=(clean(str(second), keep_newlines=False),),
        ) from error


def _unwritable(error: OSError, settled: Settled) -> WorkspaceError:
    at = f" {display_path(str(error.filename))}" if error.filename else ""
    return WorkspaceError(
        f"the work tree could not be written{at}: {error.strerror}; everything is as it was",
        hint="see to free space and permissions, then retry",
        problems=settled.notes,
    )


class _Run:
    """One attempt. `state` and `progress` are what the journal holds by now."""

    def __init__(self, move: Move, journal: JournalPort) -> None:
        self.move = move
        self.state = MoveState.PREPARING
        self.progress = Progress()
        self._journal = journal
        self._git = Git.user(Path(move.root), config=EXACT)
        self._git_dir = Path(move.git_dir)
        self._refs = refs.RefMove(
            branch=move.target_ref,
            old=move.old_tip,
            new=move.new_tip,
            create=move.tags,
            reason=refs.reason_for(move.kind, move.session_id),
        )

    def go(self, recheck: Callable[[], None], refuse: Callable[[Survey], None]) -> None:
        if self.move.checked_out:
            with WorkTree(Path(self.move.root)) as tree:
                self._with_files(tree, recheck, refuse)
            return
        with refs.prepared(self._git, self._refs) as prepared:
            recheck()
            self._mark(Progress(locks=self._locks()))
            prepared.commit()

    def _with_files(self, tree: WorkTree, recheck: Callable[[], None], refuse: Callable[[Survey], None]) -> None:
        move = self.move
        move.scratch.mkdir()
        sync_directory(self._git_dir)
        found = survey(self._git, tree, move.changes)
        refuse(found)
        staging = stage(self._git, tree, move, found)
        with refs.prepared(self._git, self._refs) as prepared:
            IndexLock(self._git_dir, move.token).acquire()
            recheck()
            now = survey(self._git, tree, move.changes)
            refuse(now)
            if now.off_disk != found.off_disk:
                raise ConflictError("the sparse checkout changed in the meantime; nothing was changed", hint="retry")
            self._mark(self._plan(tree, staging, now))
            new_index = self._write_index(now)
            self._take(tree)
            self._put(tree)
            self._note_files(new_index, staging, now)
            self._mark(attrs.evolve(self.progress, new_index=index_digest(new_index)))
            replace_index(self._git_dir, new_index, move.scratch / "index.old")
            prepared.commit()

    def _mark(self, progress: Progress) -> None:
        self._journal.mark(MoveState.PREPARED, progress)
        self.state, self.progress = MoveState.PREPARED, progress

    def _locks(self) -> tuple[refs.LockFile, ...]:
        return refs.lock_files(self._git_dir, Path(self.move.common_dir), self._refs)

    def _plan(self, tree: WorkTree, staging: Staging, now: Survey) -> Progress:
        wanted = {above for path in staging.files for above in ancestors(path)}
        leaving = {above for path in now.seen for above in ancestors(path)}
        return Progress(
            staged=staging.files,
            taken=now.seen,
            new_directories=tuple(sorted(above for above in wanted if tree.look(above).kind is not Kind.DIRECTORY)),
            old_directories={above: tree.look(above).mode for above in sorted(leaving)},
            locks=self._locks(),
            old_index=index_digest(self._git_dir / "index"),
        )

    def _write_index(self, now: Survey) -> Path:
        new_index = self.move.scratch / "index.new"
        copy_index(self._git_dir, new_index)
        write_entries(self._git, new_index, (*self.move.changes, *self.move.on_disk), now.flags)
        return new_index

    def _take(self, tree: WorkTree) -> None:
        (self.move.scratch / "old").mkdir()
        for position, change in enumerate(self.move.changes):
            before = self.progress.taken.get(change.path)
            if before is None:
                continue
            try:
                tree.take(change.path, kept(self.move, position))
            except (FileNotFoundError, NotADirectoryError):
                raise _changed(change.path) from None
            if not files.same(before, files.seen_at(kept(self.move, position))):
                raise _changed(change.path)
        self._remove_empty(tree)
        sync_directory(self.move.scratch / "old")

    def _remove_empty(self, tree: WorkTree) -> None:
        wanted = {above for path in self.progress.staged for above in ancestors(path)}
        for directory in sorted(self.progress.old_directories, reverse=True):
            if directory not in wanted:
                tree.remove_directory(directory)

    def _put(self, tree: WorkTree) -> None:
        for directory in self.progress.new_directories:
            tree.make_directory(directory)
        for position, change in enumerate(self.move.changes):
            if change.path not in self.progress.staged:
                continue
            source = file_of(self.move, change.path)
            try:
                tree.put(change.path, source, aside=aside(self.move, position))
            except (FileExistsError, FileNotFoundError, NotADirectoryError):
                raise _changed(change.path) from None
            # Its other name goes now: later it would change the file's ctime, and the index would call it stale.
            source.unlink()
        for directory in {change.path.rpartition("/")[0] for change in self.move.changes}:
            tree.sync(directory)

    def _note_files(self, new_index: Path, staging: Staging, now: Survey) -> None:
        listed = [path for path in staging.files if path not in now.flags or not now.flags[path].skip_worktree]
        listed += [change.path for change in self.move.on_disk if change.new is not None]
        # Without any filter program: from here on, what it would run may be a file that the agent wrote, named by the
        # user's own configuration or by a file that this includes. What a filter converts is left for the user's next
        # `git status` to look at.
        note_files(self._git.filterless(), new_index, listed)
        assumed = [path for path, entry in now.flags.items() if entry.assume_unchanged]
        assume_unchanged(self._git, new_index, [path for path in assumed if path in staging.files])


def _changed(path: str) -> ConflictError:
    return ConflictError(
        f"{display_path(path)} was changed by another program at this very moment; everything is as it was",
        hint="save your work there, then retry",
    )
