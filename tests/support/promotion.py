"""A real user repository, a real session on it, and everything that must not change, as comparable values."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.journal import JournalRecord, MemoryJournal
from orion_tui.core.repo.preview import Preview, PromotionRequest, preview
from orion_tui.core.repo.promote import Promoted, promote
from orion_tui.core.repo.recover import Recovered, recover
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.tree_writer import Deletion
from orion_tui.core.repo.undo import Undone, UndoRequest, undo
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import EntryKind, TreeEntry

ID = "0123456789ab"
GOAL = "Retry with back-off"


def git(place: Path, *args: str, check: bool = True, data: bytes | None = None, **env: str) -> str:
    """git as the user runs it."""
    done = subprocess.run(
        ["git", *args], cwd=place, capture_output=True, check=False, input=data, env={**os.environ, **env}
    )
    if check and done.returncode != 0:
        raise AssertionError(f"git {' '.join(args)}: {done.stderr.decode('utf-8', 'replace')}")
    return os.fsdecode(done.stdout).rstrip("\n")


def write(place: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `place`, making directories."""
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit_all(place: Path, message: str) -> str:
    """Commit everything, as the user would."""
    git(place, "add", "-A")
    git(place, "commit", "-q", "--allow-empty", "-m", message)
    return git(place, "rev-parse", "HEAD")


def file(path: str, data: str | bytes, *, executable: bool = False) -> TreeEntry:
    """A file that the agent wrote."""
    kind = EntryKind.EXECUTABLE if executable else EntryKind.FILE
    return TreeEntry(path=os.fsencode(path), kind=kind, data=data.encode() if isinstance(data, str) else data)


def symlink(path: str, target: str) -> TreeEntry:
    """A link that the agent made."""
    return TreeEntry(path=os.fsencode(path), kind=EntryKind.SYMLINK, data=target.encode())


def gone(path: str) -> Deletion:
    """A path that the agent removed."""
    return Deletion(path=os.fsencode(path))


Change = TreeEntry | Deletion


@attrs.frozen(kw_only=True)
class File:
    """A file as bytes and metadata; two equal ones were not touched."""

    kind: str
    mode: int
    content: bytes
    inode: int
    modified_ns: int


def files(root: Path) -> dict[str, File]:
    """Everything in a work tree except its `.git`, ignored and untracked files included."""
    return dict(_below(str(root), ""))


def _below(directory: str, prefix: str) -> Iterator[tuple[str, File]]:
    # By hand: `Path` makes this ten times slower, and there are trees of fifty thousand files.
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if prefix or entry.name != ".git":
                    yield from _below(entry.path, f"{prefix}{entry.name}/")
                continue
            if entry.name == ".git":
                continue
            status = entry.stat(follow_symlinks=False)
            link = entry.is_symlink()
            yield (
                prefix + entry.name,
                File(
                    kind="link" if link else "file",
                    mode=stat.S_IMODE(status.st_mode),
                    content=os.fsencode(os.readlink(entry.path)) if link else _content(entry.path),  # noqa: PTH115  see above
                    inode=status.st_ino,
                    modified_ns=status.st_mtime_ns,
                ),
            )


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123  see above
        return stream.read()


def contents(root: Path) -> dict[str, tuple[str, bool, bytes]]:
    """What git would see of it, and nobody else: kind, executable bit, bytes."""
    return contents_of(files(root))


def contents_of(found: Mapping[str, File]) -> dict[str, tuple[str, bool, bytes]]:
    """The same of files that were looked at already."""
    return {name: (one.kind, bool(one.mode & 0o100), one.content) for name, one in found.items()}


def git_files(git_dir: Path) -> dict[str, bytes]:
    """Every file of a repository except objects, which may be extra: references, index, logs, configuration, locks."""
    found: dict[str, bytes] = {}
    for directory, names, leaves in os.walk(git_dir):
        if Path(directory) == git_dir and "objects" in names:
            names.remove("objects")
        for leaf in leaves:
            path = Path(directory) / leaf
            found[str(path.relative_to(git_dir))] = path.read_bytes()
    return found


def index_lines(place: Path) -> dict[str, str]:
    """Each index entry with its flags: tag, mode, object, stage, intent-to-add."""
    listed: dict[str, str] = {}
    for record in git(place, "ls-files", "-z", "-v", "--stage").split("\0"):
        if record:
            meta, path = record.split("\t", 1)
            listed[path] = f"{listed.get(path, '')}|{meta}"
    added = git(place, "diff", "--name-only", "--diff-filter=A", "-z", "--no-ext-diff").split("\0")
    return {path: f"{line}|{'intent' if path in added else ''}" for path, line in listed.items()}


def status(place: Path) -> str:
    """What the user sees."""
    return git(place, "status", "--porcelain", "--ignored", "-uall", "--no-renames", "-z")


@attrs.frozen(kw_only=True)
class Everything:
    """The user's whole repository."""

    files: dict[str, File]
    git: dict[str, bytes]


class Scene:
    """A user's repository at `work` and one session of Orion's on it."""

    def __init__(self, tmp: Path, home: OrionHome) -> None:
        self.tmp = tmp
        self.home = home
        self.work = tmp / "work"
        self.journal = MemoryJournal()
        self.branch = "main"
        self.base = ""
        self.snapshot: str | None = None
        self._repo: SessionRepo | None = None
        self._accepted = ""

    # -- the user

    def make(self, tree: Mapping[str, str | bytes] | None = None, *options: str) -> None:
        """A repository with one commit."""
        self.work.mkdir(parents=True)
        git(self.work, "init", "-q", "-b", "main", *options)
        git(self.work, "config", "user.name", "Ada Lovelace")
        git(self.work, "config", "user.email", "ada@example.org")
        write(self.work, tree if tree is not None else {"a.txt": "one\n", "b.txt": "two\n", "sub/c.txt": "three\n"})
        commit_all(self.work, "first")

    def git(self, *args: str, check: bool = True, data: bytes | None = None, **env: str) -> str:
        """git as the user runs it, in the work tree."""
        return git(self.work, *args, check=check, data=data, **env)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Edit files."""
        write(self.work, files)

    def commit(self, message: str = "more") -> str:
        """Commit everything."""
        return commit_all(self.work, message)

    @property
    def tip(self) -> str:
        """Where the branch is."""
        return self.git("rev-parse", f"refs/heads/{self.branch}")

    @property
    def git_dir(self) -> Path:
        """This work tree's git directory."""
        return Path(self.git("rev-parse", "--absolute-git-dir"))

    def everything(self) -> Everything:
        """The whole repository, to compare byte for byte."""
        common = Path(self.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
        return Everything(files=files(self.work), git=git_files(common))

    # -- the session

    @property
    def repo(self) -> SessionRepo:
        """Orion's repository."""
        assert self._repo is not None
        return self._repo

    def start(self, *, snapshot: bool = False) -> None:
        """Begin a session on the repository as it is now."""
        workspace = inspect(self.work)
        self._repo = session_repo.create(self.home, ID, workspace)
        self._repo.import_base(workspace, workspace.head)
        self.base, self.branch = workspace.head, workspace.branch or self.branch
        if snapshot:
            self.snapshot = self._repo.import_snapshot(workspace, when=1_750_000_000.0)
        self._accepted = self._repo.tree_of(self.snapshot or self.base)

    def work_off(self, *changes: Change) -> str:
        """What the agent did and the user accepted; the tree."""
        self._accepted = self.repo.write_tree(self._accepted, changes)
        return self._accepted

    def request(self, **changes: str) -> PromotionRequest:
        """What is asked to be promoted."""
        asked = PromotionRequest(
            session_id=ID,
            goal=GOAL,
            role="software-engineer",
            base_commit=self.base,
            snapshot=self.snapshot,
            base_branch=self.branch,
            accepted_tree=self._accepted,
        )
        return attrs.evolve(asked, **changes)

    def preview(self, **changes: str) -> Preview:
        """Look."""
        return preview(self.repo, self.work, self.request(**changes))

    def promote(
        self,
        *,
        approved: Preview | None = None,
        check: Callable[[str], None] | None = None,
        **changes: str,
    ) -> Promoted:
        """Promote."""
        request = self.request(**changes)
        locks = self.home.run
        return promote(self.repo, self.work, request, self.journal, locks=locks, approved=approved, check=check)

    def undo_request(self, promoted: Promoted) -> UndoRequest:
        """What is asked to be undone."""
        return UndoRequest(
            session_id=ID,
            goal=GOAL,
            role="software-engineer",
            merge_commit=promoted.merge_commit,
            target_ref=promoted.target_ref,
        )

    def undo(self, promoted: Promoted) -> Undone:
        """Undo."""
        return undo(self.repo, self.work, self.undo_request(promoted), self.journal, locks=self.home.run)

    def recover(self, records: list[JournalRecord] | None = None) -> tuple[Recovered, ...]:
        """What the next start does."""
        listed = self.journal.records if records is None else records
        return recover(((record, self.journal) for record in listed), locks=self.home.run, grace=2.0)
