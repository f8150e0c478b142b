"""One reference transaction: branch and tags move together, or nothing does.

`git update-ref --stdin` prepares it (every reference locked, every old value verified) and holds the locks until it is
told to commit or abort. Its death, or ours, lets go of them.
"""

import contextlib
import os
from collections.abc import Generator, Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import Busy, ConflictError, GitError
from orion_tui.base.text import CleanText, display_path
from orion_tui.core.repo.git import Git, GitProcess


@attrs.frozen(kw_only=True)
class RefMove:
    """What the transaction does, and what must be true before."""

    #: Full name: `refs/heads/main`.
    branch: str
    old: str
    new: str
    #: Full names of references to create; none may exist.
    create: Mapping[str, str] = attrs.field(factory=dict[str, str])
    #: What the reflog says.
    reason: str


class PreparedRefs:
    """A transaction that holds its locks. Commit it, or leave the block to abort it."""

    def __init__(self, process: GitProcess, move: RefMove) -> None:
        self._process = process
        self._move = move

    def commit(self) -> None:
        """Move everything. GitError when git cannot; then some references may have moved: look."""
        _say(self._process, "commit", self._move)


@contextlib.contextmanager
def prepared(git: Git, move: RefMove) -> Generator[PreparedRefs]:
    """Lock and verify every reference of `move`.

    Raises ConflictError when the branch has moved or a name is taken, Busy when another process holds a lock.
    """
    with git.process("update-ref", "-m", move.reason, "--stdin", ok=range(256)) as process:
        try:
            _say(process, "start", move)
            lines = [f"create {name} {oid}\n" for name, oid in move.create.items()]
            # The branch goes last: it is what says that the whole thing happened.
            lines.append(f"update {move.branch} {move.new} {move.old}\n")
            process.stdin.write(os.fsencode("".join(lines)))
            _say(process, "prepare", move)
            yield PreparedRefs(process, move)
        except BaseException:
            # Killing it would leave its lock files behind: ask, and let the end of input say the same.
            with contextlib.suppress(GitError, ConflictError, OSError, ValueError):
                process.finish(range(256))
            raise


def _say(process: GitProcess, command: str, move: RefMove) -> None:
    try:
        process.stdin.write(f"{command}\n".encode("ascii"))
        process.stdin.flush()
        answer = process.stdout.readline()
    except BrokenPipeError:
        answer = b""
    if answer != f"{command}: ok\n".encode("ascii"):
        with contextlib.suppress(GitError):
            process.finish(range(256))
        raise _refusal(process.errors.strip(), move)


def _refusal(said: str, move: RefMove) -> Exception:
    if "File exists" in said and ".lock" in said:
        return Busy(
            f"another git process holds a reference that has to move ({said.splitlines()[0]})",
            hint="let it finish and try again",
        )
    if "but expected" in said or "unable to resolve reference" in said:
        return moved(move.branch)
    if "exists" in said and move.create:
        return ConflictError(
            f"a reference of that name is in the way: {said.splitlines()[0]}", hint="delete or rename it, then retry"
        )
    return GitError(f"the references could not be moved: {said or 'git ended without a word'}")


def moved(branch: str) -> ConflictError:
    """The refusal when a branch is not where it was a moment ago."""
    return ConflictError(
        f"branch {display_path(branch.removeprefix('refs/heads/'))} moved in the meantime; nothing was changed",
        hint="look at it again, then retry",
    )


@attrs.frozen(kw_only=True)
class LockFile:
    """A lock file that our transaction made, by identity: a later one of the same name is somebody else's."""

    path: str
    device: int
    inode: int
    modified_ns: int


def lock_file_at(path: Path) -> LockFile | None:
    """The lock file of that name now, None when there is none."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return LockFile(path=str(path), device=status.st_dev, inode=status.st_ino, modified_ns=status.st_mtime_ns)


def lock_files(git_dir: Path, common_dir: Path, move: RefMove) -> tuple[LockFile, ...]:
    """The lock files that a prepared transaction holds now (none with a reference store that has none)."""
    names = [git_dir / "HEAD.lock", *(common_dir / f"{name}.lock" for name in (move.branch, *move.create))]
    return tuple(found for name in names if (found := lock_file_at(name)) is not None)


def value(git: Git, name: str) -> str:
    """The object id that a reference holds; empty when there is none. GitError when git cannot tell."""
    status, output, errors = git.status("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if status not in (0, 1):
        raise GitError(f"{display_path(name)} cannot be looked up in {display_path(str(git.path))}: {errors}")
    return output.decode("ascii").strip() if status == 0 else ""


def reason_for(kind: str, session_id: str) -> CleanText:
    """What the reflog says of a move: `orion promote 0123456789ab`."""
    return CleanText(f"orion {kind} {session_id}")
