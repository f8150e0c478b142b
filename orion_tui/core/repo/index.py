"""The user's index: read whole, locked as git locks it, and replaced in one rename.

The new index is a copy of the user's in which git itself exchanged the entries of the touched paths: staged content,
intent-to-add and flags of every other entry stay as they are. Written to `index.lock`'s neighbour, never in place.
"""

import bisect
import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import Busy
from orion_tui.base.text import display_path
from orion_tui.core.repo import files
from orion_tui.core.repo.changes import Entry, PathChange
from orion_tui.core.repo.durable import sync_directory
from orion_tui.core.repo.git import Git


@attrs.frozen(kw_only=True)
class IndexEntry:
    """A path as the index has it. Of an unmerged path, one of its stages."""

    entry: Entry
    unmerged: bool = False
    #: The user told git not to look at the file.
    assume_unchanged: bool = False
    #: The user told git that the file is not checked out (sparse checkout, or by hand).
    skip_worktree: bool = False


class Index:
    """All entries of the user's index at one moment."""

    def __init__(self, entries: Mapping[str, IndexEntry]) -> None:
        self._entries = entries
        self._paths = sorted(entries)

    @classmethod
    def read(cls, git: Git) -> "Index":
        """The index of the work tree that `git` stands in."""
        entries: dict[str, IndexEntry] = {}
        for record in git.text("ls-files", "-z", "-v", "--stage", "--full-name").split("\0"):
            if record:
                meta, path = record.split("\t", 1)
                tag, mode, oid, stage = meta.split(" ")
                entries[path] = IndexEntry(
                    entry=Entry(mode=mode, oid=oid),
                    unmerged=stage != "0",
                    assume_unchanged=tag.islower(),
                    skip_worktree=tag in "Ss",
                )
        return cls(entries)

    def get(self, path: str) -> IndexEntry | None:
        """The entry at exactly this path."""
        return self._entries.get(path)

    def below(self, path: str) -> list[str]:
        """Entries under a directory."""
        prefix = f"{path}/"
        start = bisect.bisect_left(self._paths, prefix)
        found: list[str] = []
        for candidate in self._paths[start:]:
            if not candidate.startswith(prefix):
                break
            found.append(candidate)
        return found


class IndexLock:
    """`index.lock`, held as git holds it: while it exists no other git changes index, work tree or HEAD.

    It carries a token, so that recovery knows its own from anybody else's.
    """

    def __init__(self, git_dir: Path, token: str) -> None:
        self.path = git_dir / "index.lock"
        self._content = f"orion {token}\n".encode("ascii")

    def acquire(self) -> None:
        """Raises Busy when any process holds it."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError:
            raise held(self.path) from None
        try:
            os.write(handle, self._content)
            os.fsync(handle)
        finally:
            os.close(handle)

    def is_ours(self) -> bool:
        """Whether it exists and carries our token; a torn one counts, an empty one is some git's."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return False
        return content != b"" and self._content.startswith(content)

    def release(self) -> None:
        """Let go of it if it is ours."""
        if self.is_ours():
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()


def held(path: Path) -> Busy:
    """The refusal when `index.lock` exists."""
    return Busy(
        f"another git process is using the repository ({display_path(str(path))} exists)",
        hint="let it finish; if none is running, an earlier one crashed: remove that file",
    )


def write_entries(git: Git, index: Path, changes: Iterable[PathChange], flags: Mapping[str, IndexEntry]) -> None:
    """Exchange the entries of `changes` in the index file `index`; every other entry stays.

    `flags` says which paths keep or get *skip-worktree*.
    """
    gone: list[bytes] = []
    come: list[bytes] = []
    skipped: list[bytes] = []
    for change in changes:
        path = os.fsencode(change.path)
        if change.new is None:
            assert change.old is not None
            gone.append(b"0 " + b"0" * len(change.old.oid) + b"\t" + path)
        else:
            come.append(f"{change.new.mode} {change.new.oid}\t".encode("ascii") + path)
            if change.path in flags and flags[change.path].skip_worktree:
                skipped.append(path)
    environment = {"GIT_INDEX_FILE": str(index)}
    # Removals first: where a directory becomes a file, both cannot be in the index at once.
    git.bytes("update-index", "-z", "--index-info", input=_records(gone + come), env=environment)
    if skipped:
        git.bytes("update-index", "-z", "--skip-worktree", "--stdin", input=_records(skipped), env=environment)


def note_files(git: Git, index: Path, paths: Iterable[str]) -> None:
    """Let the index file `index` remember that these files are as it says, so that nobody has to read them again.

    Runs their clean filters, as `git status` would.
    """
    git.status(
        *("add", "--refresh", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"),
        input=_records(os.fsencode(path) for path in paths),
        env={"GIT_INDEX_FILE": str(index)},
    )


def assume_unchanged(git: Git, index: Path, paths: Iterable[str]) -> None:
    """Give paths in the index file `index` the flag back that replacing their entries took away."""
    listed = [os.fsencode(path) for path in paths]
    if listed:
        environment = {"GIT_INDEX_FILE": str(index)}
        git.bytes("update-index", "-z", "--assume-unchanged", "--stdin", input=_records(listed), env=environment)


def _records(records: Iterable[bytes]) -> bytes:
    return b"".join(record + b"\0" for record in records)


def copy_index(git_dir: Path, to: Path) -> None:
    """A copy of the index file for git to change."""
    shutil.copy2(git_dir / "index", to)


def index_digest(path: Path) -> str:
    """SHA-256 of an index file; empty where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def replace_index(git_dir: Path, new: Path, keep: Path) -> None:
    """Make `new` the index in one rename; the old one, the very file, stays reachable as `keep`."""
    current = git_dir / "index"
    if not files.link(current, None, keep, None):
        files.copy(current, None, keep, None)
    new.replace(current)
    sync_directory(git_dir)
