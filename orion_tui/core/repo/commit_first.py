"""The way out when work was done on the user's uncommitted changes: they commit those first, as their own.

A session that started from a snapshot builds on files that no commit of the user's has. While such a file still is as
it was then, committing exactly it makes the work mergeable, and nothing of the user's becomes Orion's.
"""

from collections.abc import Iterable
from pathlib import Path

import attrs

from orion_tui.base.errors import ConflictError
from orion_tui.base.ids import new_id
from orion_tui.base.text import display_path
from orion_tui.core.repo.changes import Entry, PathChange, tree_entries
from orion_tui.core.repo.commits import message, signs, write_commit
from orion_tui.core.repo.disk import DiskRules, differing
from orion_tui.core.repo.durable import sync_objects
from orion_tui.core.repo.exclusive import exclusive
from orion_tui.core.repo.files import Kind, Seen
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import Index, write_entries
from orion_tui.core.repo.journal import JournalPort, Move, MoveKind
from orion_tui.core.repo.place import Place, find_place, require_place
from orion_tui.core.repo.refusal import require_free
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.transaction import carry_out
from orion_tui.core.repo.transfer import copy_trees
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.repo.worktree import WorkTree


@attrs.frozen(kw_only=True)
class CommitFirst:
    """The user's own files, unchanged since the session took them along, that a commit of theirs would settle."""

    #: As the branch has them, and as they are in the work tree.
    changes: tuple[PathChange, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Their paths."""
        return tuple(change.path for change in self.changes)


class UncommittedSnapshot(ConflictError):
    """The work builds on uncommitted changes that still are as they were: `offer` says what to commit first."""

    def __init__(self, offer: CommitFirst) -> None:
        super().__init__(
            "the work builds on changes of yours that are not committed yet",
            hint="commit them first, as your own; then promote",
            problems=tuple(display_path(path) for path in offer.paths),
        )
        self.offer = offer


def find_offer(
    repo: SessionRepo, place: Place, *, base_commit: str, snapshot: str | None, paths: Iterable[str]
) -> CommitFirst | None:
    """Whether committing exactly `paths` as they are would clear the way. None unless that holds for each of them."""
    wanted = sorted(set(paths))
    if snapshot is None or not place.checked_out or not wanted:
        return None
    taken_along = tree_entries(repo.git, snapshot, *wanted)
    base = tree_entries(place.git, base_commit, *wanted)
    tip = tree_entries(place.git, place.tip, *wanted)
    index = Index.read(place.git)
    changes: list[PathChange] = []
    for path in wanted:
        old, new, staged = tip.get(path), taken_along.get(path), index.get(path)
        if new == base.get(path) or old != base.get(path):
            return None  # it was committed then, or somebody committed it since
        if staged is not None and (staged.unmerged or staged.entry not in (old, new)):
            return None  # another version of it is staged
        changes.append(PathChange(path=path, old=old, new=new))
    return CommitFirst(changes=tuple(changes)) if _stands(place, changes) else None


def _stands(place: Place, changes: Iterable[PathChange]) -> bool:
    expected: dict[str, tuple[Entry, Seen]] = {}
    with WorkTree(place.root) as tree:
        for change in changes:
            seen = tree.look(change.path)
            if change.new is None:
                if seen.kind is not Kind.ABSENT:
                    return False
            elif seen.kind not in {Kind.FILE, Kind.SYMLINK}:
                return False
            else:
                expected[change.path] = (change.new, seen)
        return not differing(place.git, tree, DiskRules.read(place.git), expected)


def commit_first(
    repo: SessionRepo,
    path: Path,
    offer: CommitFirst,
    text: str,
    journal: JournalPort,
    *,
    branch: str,
    locks: Path,
) -> str:
    """Commit exactly the files of `offer`, as they are, in the user's name; the new commit.

    No file is touched, and nothing else of theirs is committed, staged or not. Raises like `promote`.
    """
    workspace = inspect(path)
    with exclusive(locks, workspace.common_dir):
        place = find_place(workspace, named=branch)
        _require_offer(place, offer)
        copy_trees(place.git, repo.git, [f"{place.tip}^{{tree}}"])
        tree = _tree_with(repo, place.git, place.tip, offer)
        copy_trees(repo.git, place.git, [tree], strict=True)
        commit = write_commit(place.git, tree, (place.tip,), message(text, "", {}), sign=signs(place.git))
        sync_objects(place.common_dir)
        move = Move(
            kind=MoveKind.COMMIT_FIRST,
            session_id=repo.session_id,
            root=str(place.root),
            git_dir=str(place.git_dir),
            common_dir=str(place.common_dir),
            target_ref=place.ref,
            old_tip=place.tip,
            new_tip=commit,
            checked_out=True,
            changes=(),
            on_disk=offer.changes,
            token=new_id(),
        )

        def recheck() -> None:
            require_place(path, place)
            _require_offer(place, offer)

        carry_out(move, journal, recheck=recheck, refuse=require_free)
        return commit


def _require_offer(place: Place, offer: CommitFirst) -> None:
    tip = tree_entries(place.git, place.tip, *offer.paths)
    unmoved = all(tip.get(change.path) == change.old for change in offer.changes)
    if not place.checked_out or not unmoved or not _stands(place, offer.changes):
        raise ConflictError("these files are not what was offered to be committed any more", hint="look again")


def _tree_with(repo: SessionRepo, user: Git, tip: str, offer: CommitFirst) -> str:
    index = repo.path / "commit-first.index"
    environment = {"GIT_INDEX_FILE": str(index)}
    try:
        repo.git.text("read-tree", user.text("rev-parse", "--verify", f"{tip}^{{tree}}"), env=environment)
        write_entries(repo.git, index, offer.changes, {})
        return repo.git.text("write-tree", env=environment)
    finally:
        index.unlink(missing_ok=True)
