"""The bare repository that Orion owns for one session: the only place where work is kept as git objects.

It holds a copy of the base commit's tree, shares no object with the user's repository, and gets the agent's work as
streams that were checked entry by entry. Nobody ever checks it out. One writer at a time; readers any time.
"""

import functools
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from orion_tui.base.errors import ConflictError, GitError, StateError, StoreError
from orion_tui.base.ids import SESSION_ID
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import display_path
from orion_tui.core.repo.copy_in import WHOLE_TREE, import_commit, import_snapshot
from orion_tui.core.repo.durable import sync_directory, sync_objects, write_durably
from orion_tui.core.repo.git import Git, GitProcess
from orion_tui.core.repo.identity import ORION, identity
from orion_tui.core.repo.stale_lock import clear_stale_lock
from orion_tui.core.repo.tree_writer import Deletion, write_tree
from orion_tui.core.repo.workspace import Workspace
from orion_tui.core.sandbox.base import TreeEntry

# Object ids asked of `cat-file` before reading the answers: what fits a pipe, so that neither side blocks.
_BATCH = 500
# Paths on one command line, each of some 4 KiB at most.
_ARGUMENTS = 250

# Attributes count from here before any file of a tree: what the agent writes into .gitattributes decides nothing.
_NEUTRAL_ATTRIBUTES = (
    "* !text !eol !crlf !ident !filter !working-tree-encoding !diff !merge !conflict-marker-size !whitespace "
    "!export-ignore !export-subst !delta !encoding\n"
)


T = TypeVar("T")


class TreeItem(NamedTuple):
    """One entry of a tree, recursively listed. `mode` as git spells it; `size` is -1 for a submodule."""

    path: bytes
    mode: str
    oid: str
    size: int


class SessionRepo:
    """One session's repository at `path`."""

    def __init__(self, path: Path, session_id: str) -> None:
        self.path = path
        self.session_id = session_id
        self.git = Git.owned(path)

    @property
    def branch(self) -> str:
        """Short name of the branch that holds the work (SHIP-1)."""
        return f"orion-ara/{self.session_id}"

    @property
    def branch_ref(self) -> str:
        """Full name of it."""
        return f"refs/heads/{self.branch}"

    @functools.cached_property
    def object_format(self) -> str:
        """`sha1` or `sha256`."""
        return self.git.text("rev-parse", "--show-object-format")

    # -- what comes from the user's repository

    def import_base(self, workspace: Workspace, commit: str) -> None:
        """Copy `commit` and every object of its tree, so that nothing depends on the user's repository any more.

        The commit arrives under its own id, as a shallow one: its parents stay behind. Does nothing when it is there.
        Raises GitError when objects are missing (a damaged repository, a partial clone).
        """
        import_commit(self.git, Git.user(workspace.root), commit)

    def import_snapshot(self, workspace: Workspace, *, when: float) -> str:
        """Copy the work tree as it is, as a commit on HEAD; see `core.repo.copy_in`. Returns the commit's id."""
        return import_snapshot(self.git, workspace, when=when)

    # -- reading

    def entries(self, treeish: str) -> Iterator[TreeItem]:
        """Every file, link and submodule of a tree, by path bytes."""
        listed = self.git.bytes("ls-tree", "-r", "-z", "-l", "--full-tree", treeish, timeout=WHOLE_TREE)
        return _parse(listed)

    def entries_at(self, treeish: str, paths: Iterable[bytes]) -> dict[bytes, TreeItem]:
        """What stands at each of `paths`, a directory too (mode 040000, size -1); nothing where nothing stands."""
        found: dict[bytes, TreeItem] = {}
        for window in _windows(paths, _ARGUMENTS):
            wanted = set(window)
            listed = self.git.bytes("ls-tree", "-z", "-l", "--full-tree", treeish, "--", *window)
            found |= {item.path: item for item in _parse(listed) if item.path in wanted}
        return found

    def read_blob(self, oid: str) -> bytes:
        """A blob's bytes. GitError when there is none of that id."""
        return self.git.bytes("cat-file", "blob", oid)

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Many blobs in the order asked, through one process. GitError for an id that is missing or no blob."""
        windows = _windows(oids, _BATCH)
        if (first := next(windows, None)) is None:
            return  # most trees have no links: no process for nothing
        with self.git.process("cat-file", "--batch-command", "--buffer") as batch:
            for window in itertools.chain([first], windows):
                batch.stdin.write("".join(f"contents {oid}\n" for oid in window).encode() + b"flush\n")
                batch.stdin.flush()
                for oid in window:
                    yield oid, _read_object(batch, oid)

    @contextmanager
    def reading(self) -> Generator[Callable[[str], bytes]]:
        """A function that reads one blob after the other, through one process: who asks next depends on what came."""
        with self.git.process("cat-file", "--batch-command", "--buffer") as batch:

            def read(oid: str) -> bytes:
                batch.stdin.write(f"contents {oid}\nflush\n".encode())
                batch.stdin.flush()
                return _read_object(batch, oid)

            yield read

    def damage(self, commit: str) -> str:
        """What is wrong with a commit and the objects of its tree, as git says it; empty when all is whole."""
        status, _, errors = self.git.status("fsck", "--no-dangling", "--no-progress", commit, timeout=WHOLE_TREE)
        return errors.strip().splitlines()[0] if status != 0 and errors.strip() else "damaged" if status != 0 else ""

    def tree_of(self, treeish: str) -> str:
        """Id of the tree that a commit or tree names."""
        return self.git.text("rev-parse", "--verify", f"{treeish}^{{tree}}")

    # -- writing

    def write_tree(self, base_tree: str, changes: Iterable[TreeEntry | Deletion]) -> str:
        """Id of the tree that `changes` make of `base_tree`; see `core.repo.tree_writer`."""
        return write_tree(self.git, base_tree, changes)

    def commit_tree(
        self,
        tree: str,
        parents: Iterable[str],
        message: str,
        *,
        when: float,
        author: str = ORION,
        committer: str = ORION,
    ) -> str:
        """Make a commit object; no reference moves. `when` in seconds since the epoch, identities `Name <mail>`."""
        words = [word for parent in parents for word in ("-p", parent)]
        who = identity(author, when, committer=committer)
        commit = self.git.text(
            "commit-tree", tree, *words, "-F", "-", input=message.encode("utf-8", "surrogateescape"), env=who
        )
        sync_objects(self.path)
        return commit

    def ref(self, name: str) -> str | None:
        """What a full reference name points to; None when there is none. GitError when git cannot tell."""
        status, said, errors = self.git.status("rev-parse", "--verify", "-q", name)
        if status not in {0, 1}:
            raise GitError(f"git cannot tell what {name} is: {errors}")
        return said.decode().strip() if status == 0 else None

    def set_ref(self, name: str, oid: str, *, old: str | None) -> None:
        """Point a full reference name at `oid`, if it still points at `old` (None: if it does not exist).

        Raises ConflictError, with nothing changed, when it moved, GitError when it did not and could not be written.
        """
        expected = old if old is not None else "0" * len(oid)
        clear_stale_lock(self.path / f"{name}.lock")
        status, _, errors = self.git.status("update-ref", "--no-deref", name, oid, expected)
        if status != 0 and self.ref(name) == old:
            raise GitError(f"{name} could not be moved: {errors}")
        if status != 0:
            raise ConflictError(f"{name} is not what it was: {errors}", hint="somebody else moved it; look again")
        # The reference, and the directory that may have been made for it.
        sync_directory((self.path / name).parent)
        sync_directory((self.path / name).parent.parent)

    def delete_ref(self, name: str, *, old: str) -> None:
        """Remove a reference, if it still points at `old`. ConflictError, with nothing changed, when it moved."""
        status, _, errors = self.git.status("update-ref", "--no-deref", "-d", name, old)
        if status != 0:
            raise ConflictError(f"{name} is not what it was: {errors}", hint="somebody else moved it; look again")
        sync_directory(self.path)

    def refs(self, prefix: str) -> dict[str, str]:
        """Every reference below `prefix` (`refs/orion/`) with the object that it points to."""
        listed = self.git.text("for-each-ref", "--format=%(refname) %(objectname)", prefix)
        return dict(line.split(" ", 1) for line in listed.splitlines())


def create(home: OrionHome, session_id: str, workspace: Workspace) -> SessionRepo:
    """Make the repository of a new session, empty, in the object format of the workspace.

    Raises StateError when the session has one, StoreError when the place cannot be written.
    """
    path = _place(home, session_id)
    if path.exists():
        raise StateError(f"session {session_id} has a repository already")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700)
    except OSError as error:
        raise StoreError(
            f"cannot make {path}: {error.strerror}", hint="make room there, or set ORION_HOME to another directory"
        ) from error
    git = Git.owned(path)
    repo = SessionRepo(path, session_id)
    git.text(
        "init", "-q", "--bare", "--template=", f"--object-format={workspace.object_format}",
        f"--initial-branch={repo.branch}",
    )  # fmt: skip
    info = path / "info"
    info.mkdir(exist_ok=True)
    write_durably(info / "attributes", _NEUTRAL_ATTRIBUTES)
    sync_directory(path.parent)
    return repo


def open(home: OrionHome, session_id: str) -> SessionRepo:
    """The repository of a session. StateError when there is none."""
    path = _place(home, session_id)
    if not (path / "HEAD").is_file():
        raise StateError(
            f"session {session_id} has no repository at {path}", hint="it was removed: the session cannot go on"
        )
    return SessionRepo(path, session_id)


def _place(home: OrionHome, session_id: str) -> Path:
    if SESSION_ID.fullmatch(session_id) is None:
        raise StateError(f"{display_path(session_id)} is no session id")
    return home.session_repo(session_id)


def _parse(listed: bytes) -> Iterator[TreeItem]:
    for record in listed.split(b"\0"):
        if record:
            meta, _, path = record.partition(b"\t")
            mode, _, oid, size = meta.split()
            yield TreeItem(path, mode.decode(), oid.decode(), -1 if size == b"-" else int(size))


def _read_object(batch: GitProcess, oid: str) -> bytes:
    header = batch.stdout.readline().split()
    if len(header) != 3 or header[1] != b"blob":
        raise GitError(f"object {oid} is missing or not a blob")
    size = int(header[2])
    data = batch.stdout.read(size)
    if len(data) != size or batch.stdout.read(1) != b"\n":
        raise GitError(f"object {oid} came only in part")
    return data


def _windows(items: Iterable[T], size: int) -> Iterator[list[T]]:
    window: list[T] = []
    for item in items:
        window.append(item)
        if len(window) == size:
            yield window
            window = []
    if window:
        yield window
