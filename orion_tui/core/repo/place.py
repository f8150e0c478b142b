"""Where a move goes: the branch, whether it is checked out here, and what forbids moving it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import attrs

from orion_tui.base.errors import WorkspaceError
from orion_tui.base.text import CleanText, display_path
from orion_tui.core.repo import refs
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.workspace import Workspace, inspect

#: How git runs for a move. What is acknowledged must survive a power cut: objects, index and references are synced.
#: Replacement objects do not count: what is recorded must be what is there.
EXACT = {"core.fsync": "added,reference", "core.fsyncMethod": "fsync", "core.useReplaceRefs": "false"}

_HEADS = "refs/heads/"


@attrs.frozen(kw_only=True)
class Place:
    """A branch of the user's repository, as it stands."""

    root: Path
    git_dir: Path
    common_dir: Path
    #: Full name, and the commit it is at.
    ref: str
    tip: str
    #: The work tree at `root` has it checked out: its files and index move along.
    checked_out: bool
    #: Why it may not move now: one sentence each.
    held_by: tuple[CleanText, ...] = ()

    @property
    def branch(self) -> str:
        """Short name."""
        return self.ref.removeprefix(_HEADS)

    @property
    def git(self) -> Git:
        """git in the work tree, with the user's configuration."""
        return Git.user(self.root, config=EXACT)


def find_place(workspace: Workspace, *, named: str = "", started_on: str = "") -> Place:
    """The branch to move: the one that the user names, else the one that was checked out when the session started.

    Raises WorkspaceError when there is none to speak of: HEAD detached, no such branch, a name that is no branch.
    """
    if not named and not workspace.branch:
        raise WorkspaceError(
            f"HEAD is detached in {display_path(str(workspace.root))}: no branch is checked out",
            hint="check out the branch that the work should go to, or name it: orion promote --onto BRANCH",
        )
    branch = (named or started_on).removeprefix(_HEADS)
    if not branch:
        raise WorkspaceError(
            "the work started on a detached HEAD, so no branch is meant for it",
            hint="name the branch it should go to: orion promote --onto BRANCH",
        )
    git = Git.user(workspace.root, config=EXACT)
    ref = _HEADS + branch
    shown = display_path(branch)
    if git.status("check-ref-format", ref)[0] != 0:
        raise WorkspaceError(f"{shown} cannot be the name of a branch")
    if git.status("symbolic-ref", "-q", ref)[0] == 0:
        raise WorkspaceError(f"{shown} is an alias of another branch", hint="name that one")
    tip = refs.value(git, ref)
    if not tip:
        gone = "" if named else " any more"
        raise WorkspaceError(f"there is no branch {shown}{gone}", hint=f"name another, or: git branch {shown}")
    return Place(
        root=workspace.root,
        git_dir=workspace.git_dir,
        common_dir=workspace.common_dir,
        ref=ref,
        tip=tip,
        checked_out=workspace.branch == branch,
        held_by=tuple(_holders(git, workspace, ref)),
    )


def require_place(path: Path, place: Place) -> None:
    """Raises ConflictError or WorkspaceError unless everything about `place` is as it was when it was found."""
    if find_place(inspect(path), named=place.branch) != place:
        raise refs.moved(place.ref)


def _holders(git: Git, workspace: Workspace, ref: str) -> Iterator[CleanText]:
    shown = display_path(ref.removeprefix(_HEADS))
    for number, (path, branch) in enumerate(_work_trees(git)):
        # The first is the main one, under a wrong name where the git directory stands apart.
        here = not workspace.linked if number == 0 else _same_place(path, workspace.root)
        if branch == ref and not here:
            yield CleanText(f"branch {shown} is checked out in another work tree: {display_path(path)}")
    for directory in _git_directories(workspace.common_dir):
        if operation := _operation_on(directory, ref):
            yield CleanText(f"{operation} of branch {shown} is in progress ({display_path(str(directory))})")


def _work_trees(git: Git) -> Iterator[tuple[str, str]]:
    """Path and full branch name ("" when detached) of every work tree of the repository."""
    path = branch = ""
    for line in git.text("worktree", "list", "--porcelain", "-z").split("\0"):
        if line.startswith("worktree "):
            path, branch = line.removeprefix("worktree "), ""
        elif line.startswith("branch "):
            branch = line.removeprefix("branch ")
        elif not line and path:
            yield path, branch
            path = ""


def _same_place(one: str, other: Path) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


def _git_directories(common_dir: Path) -> Iterator[Path]:
    yield common_dir
    with contextlib.suppress(FileNotFoundError):
        yield from sorted((common_dir / "worktrees").iterdir())


def _operation_on(git_dir: Path, ref: str) -> str:
    # git keeps the branch aside while HEAD is detached, and sets it back at the end: a move in between would be lost.
    short = ref.removeprefix(_HEADS)
    for name, operation in (
        ("rebase-merge/head-name", "a rebase"),
        ("rebase-merge/update-refs", "a rebase"),
        ("rebase-apply/head-name", "a rebase"),
        ("BISECT_START", "a bisection"),
    ):
        with contextlib.suppress(OSError):
            lines = (git_dir / name).read_text("utf-8", "surrogateescape").splitlines()
            if ref in lines or (name == "BISECT_START" and short in lines):
                return operation
    return ""
