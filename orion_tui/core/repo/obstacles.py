"""What of the user's own would be in the way of a move: every reason, by path, before anything is touched.

Stricter than `git merge`. A path that moves must be exactly as the branch's commit has it, in the index and on disk,
whatever flags tell git not to look; a path that appears must have nothing there, ignored files included.
"""

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum

import attrs

from orion_tui.base.text import CleanText, display_path
from orion_tui.core.boundary.names import check_path
from orion_tui.core.repo.changes import GITLINK, Entry, PathChange, ancestors
from orion_tui.core.repo.disk import DiskRules, differing
from orion_tui.core.repo.files import Kind, Seen
from orion_tui.core.repo.filter_programs import inside_filters
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import Index, IndexEntry
from orion_tui.core.repo.sparse import SparseCone
from orion_tui.core.repo.worktree import WorkTree


class Reason(StrEnum):
    """Why a path cannot move. The value is how it reads after the path."""

    STAGED = "has staged changes"
    UNMERGED = "is in an unresolved merge"
    EDITED = "has uncommitted edits"
    DELETED = "was deleted without a commit"
    UNTRACKED = "is an untracked file in the way"
    IGNORED = "is an ignored file in the way"
    IN_THE_WAY = "is in the way"
    FOREIGN = "is inside another repository"
    SUBMODULE = "is a submodule"
    FILTERED = "needs a filter program that lies inside the repository"
    ILLEGAL = "has a name that may not be written"


@attrs.frozen(kw_only=True)
class Obstacle:
    """One path of the user's that a move would touch."""

    path: str
    reason: Reason

    @property
    def text(self) -> CleanText:
        """`src/a.py has uncommitted edits`."""
        return CleanText(f"{display_path(self.path)} {self.reason}")


@attrs.frozen(kw_only=True)
class Survey:
    """The touched paths as they are now."""

    obstacles: tuple[Obstacle, ...]
    #: What stands at each touched path that exists on disk.
    seen: dict[str, Seen]
    #: Touched paths whose index entry carries or gets a flag.
    flags: dict[str, IndexEntry]

    @property
    def off_disk(self) -> frozenset[str]:
        """Paths that move in the index only: the sparse checkout leaves them out of the work tree."""
        return frozenset(path for path, entry in self.flags.items() if entry.skip_worktree and path not in self.seen)


def survey(git: Git, tree: WorkTree, changes: Iterable[PathChange]) -> Survey:
    """Look at every path of `changes` in the index and the work tree at `tree`, where `git` stands too."""
    return _Surveyor(git, tree, tuple(changes)).run()


class _Surveyor:
    def __init__(self, git: Git, tree: WorkTree, changes: tuple[PathChange, ...]) -> None:
        self._git = git
        self._tree = tree
        self._changes = changes
        self._index = Index.read(git)
        self._cone = SparseCone.read(git)
        self._rules = DiskRules.read(git)
        self._leaving = {change.path for change in changes if change.old is not None}
        self._found: dict[str, Reason] = {}
        self._seen: dict[str, Seen] = {}
        self._flags: dict[str, IndexEntry] = {}

    def run(self) -> Survey:
        for change in self._changes:
            self._check_change(change)
        self._check_content()
        # Entries that appear are checked last: what leaves the disk is known by then.
        for change in self._changes:
            if change.old is None and change.path not in self._found:
                self._check_free(change)
        self._tell_ignored()
        obstacles = tuple(Obstacle(path=path, reason=reason) for path, reason in sorted(self._found.items()))
        return Survey(obstacles=obstacles, seen=self._seen, flags=self._flags)

    def _check_change(self, change: PathChange) -> None:
        if GITLINK in {entry.mode for entry in (change.old, change.new) if entry is not None}:
            self._add(change.path, Reason.SUBMODULE)
        elif change.new is not None and check_path(os.fsencode(change.path)) is not None:
            self._add(change.path, Reason.ILLEGAL)
        elif change.old is not None:
            self._check_tracked(change, change.old)

    def _check_tracked(self, change: PathChange, old: Entry) -> None:
        entry = self._index.get(change.path)
        if entry is None or entry.entry != old:
            self._add(change.path, Reason.UNMERGED if entry is not None and entry.unmerged else Reason.STAGED)
            return
        if entry.unmerged:
            self._add(change.path, Reason.UNMERGED)
            return
        if entry.skip_worktree or entry.assume_unchanged:
            self._flags[change.path] = entry
        seen = self._tree.look(change.path)
        if seen.kind is Kind.ABSENT:
            if not entry.skip_worktree:
                self._add(change.path, Reason.DELETED)
        elif seen.kind is Kind.FOREIGN:
            self._add(change.path, Reason.FOREIGN)
        elif seen.kind in {Kind.FILE, Kind.SYMLINK}:
            self._seen[change.path] = seen
        else:
            self._add(change.path, Reason.EDITED)

    def _check_content(self) -> None:
        entries = {change.path: change.old for change in self._changes if change.old is not None}
        expected = {path: (entries[path], seen) for path, seen in self._seen.items()}
        changed = differing(self._git, self._tree, self._rules, expected)
        coming = [change.path for change in self._changes if change.new is not None]
        inside = inside_filters(self._git, self._tree.root)
        for path in inside.converting(self._git, changed, to_disk=False):
            self._add(path, Reason.FILTERED)
        for path in inside.converting(self._git, coming, to_disk=True):
            self._add(path, Reason.FILTERED)
        for path in changed:
            del self._seen[path]
            self._add(path, Reason.EDITED)

    def _check_free(self, change: PathChange) -> None:
        path = change.path
        if self._index.get(path) is not None:
            self._add(path, Reason.STAGED)
            return
        staged = [above for above in ancestors(path) if self._index.get(above) and above not in self._leaving]
        staged += [below for below in self._index.below(path) if below not in self._leaving]
        for other in staged:
            self._add(other, Reason.STAGED)
        if self._cone is not None and not self._cone.includes(path):
            self._flags[path] = IndexEntry(entry=Entry(mode="", oid=""), skip_worktree=True)
        seen = self._tree.look(path)
        if seen.kind is Kind.FOREIGN:
            self._add(path, Reason.FOREIGN)
        elif seen.kind is Kind.BLOCKED:
            if seen.at not in self._leaving:
                self._add(seen.at, Reason.UNTRACKED)
        elif seen.kind is Kind.DIRECTORY:
            for below in self._tree.below(path):
                if below not in self._leaving:
                    self._add(below, Reason.UNTRACKED)
        elif seen.kind is not Kind.ABSENT and not self._is_leaving(seen):
            self._add(path, Reason.UNTRACKED)

    def _is_leaving(self, seen: Seen) -> bool:
        # `readme` renamed to `README` where the file system holds both for one name.
        return self._rules.ignore_case and seen in self._seen.values()

    def _tell_ignored(self) -> None:
        untracked = [path for path, reason in self._found.items() if reason is Reason.UNTRACKED]
        for path in _ignored(self._git, untracked):
            self._found[path] = Reason.IGNORED

    def _add(self, path: str, reason: Reason) -> None:
        self._found.setdefault(path, reason)


def _ignored(git: Git, paths: list[str]) -> Iterator[str]:
    if not paths:
        return
    # It takes no literal path specifications; "./" in front keeps a name with a colon from being magic.
    listed = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    environment = {"GIT_LITERAL_PATHSPECS": "0"}
    _, output, _ = git.status("check-ignore", "-z", "--stdin", input=listed, env=environment)
    yield from (os.fsdecode(path).removeprefix("./") for path in output.split(b"\0") if path)
