"""The user's repository as it is found: what can be worked on, what cannot and why, and what to know about it.

Looking changes nothing and runs nothing of the repository's: no filter, hook or monitor.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

from orion_tui.base.errors import GitError, WorkspaceError
from orion_tui.base.text import CleanText, clean, display_path
from orion_tui.core.repo.git import FILTERS, Git

_DAMAGED_HINT = "git fsck in it says more; clone it anew or restore it, then try again"
_LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n"
)

# What git leaves in its directory while an operation waits for the user, and how each is ended.
_OPERATIONS = (
    ("rebase-merge", "a rebase", "git rebase --continue or git rebase --abort"),
    ("rebase-apply", "a rebase or git am", "git rebase --abort or git am --abort"),
    ("MERGE_HEAD", "a merge", "git merge --continue or git merge --abort"),
    ("CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --continue or git cherry-pick --abort"),
    ("REVERT_HEAD", "a revert", "git revert --continue or git revert --abort"),
    ("sequencer", "a cherry-pick or revert", "git cherry-pick --abort or git revert --abort"),
    ("BISECT_LOG", "a bisection", "git bisect reset"),
)

# As git spells it where it lists names.
_SPARSE = "core.sparsecheckout"

# Attributes that change bytes on checkout or in an archive; the boundary obeys none of them.
_CONVERTING = (b"filter=", b"export-ignore", b"export-subst", b"working-tree-encoding=", b"ident", b"eol=", b"text")


@attrs.frozen(kw_only=True)
class Workspace:
    """A repository that can be worked on."""

    #: Top of the work tree, links resolved.
    root: Path
    #: This work tree's git directory, and the one that its repository shares (the same unless a linked work tree).
    git_dir: Path
    common_dir: Path
    #: Full commit id of HEAD.
    head: str
    #: `main` of `refs/heads/main`; empty when HEAD is detached.
    branch: str
    #: `sha1` or `sha256`.
    object_format: str = "sha1"
    #: Tracked paths that differ from HEAD, in the index or in the work tree, sorted.
    dirty: tuple[str, ...] = ()
    #: Files and directories (with a final slash) that git neither tracks nor ignores, sorted.
    untracked: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    symlinks: int = 0
    #: Some attribute asks for LFS; the sandbox gets the pointers.
    lfs: bool = False
    #: Some attribute would change bytes on the way; the boundary obeys none.
    converting: bool = False
    shallow: bool = False
    sparse: bool = False
    linked: bool = False
    #: What to tell the user before work starts, uncommitted changes aside: one sentence each.
    notes: tuple[CleanText, ...] = ()

    def uncommitted(self, *, snapshot: bool) -> tuple[CleanText, ...]:
        """What to tell the user of changes that are not committed, which a snapshot takes along; nothing of none."""
        paths = _some(self.dirty + self.untracked)
        if not paths:
            return ()
        if snapshot:
            told = f"uncommitted changes come along ({paths}); commit them as your own before the work is promoted"
        else:
            told = f"uncommitted changes stay out of the work ({paths}); --snapshot takes them along"
        return (clean(told, keep_newlines=False),)

    @property
    def git(self) -> Git:
        """git with the user's trust, at the top of the work tree."""
        return Git.user(self.root)


def inspect(path: Path, *, allow_dirty: bool = True) -> Workspace:
    """Look at the repository at or around `path`.

    Raises WorkspaceError, with what to do, when it cannot be worked on: missing, a file, unreadable, not a repository,
    bare, without a commit, somebody else's, damaged, in the middle of a merge or the like; with `allow_dirty=False`
    also when it has uncommitted changes.
    """
    place = _check_place(path)
    layout = _layout(Git.user(place), place)
    root, git_dir, common_dir = layout.root, layout.git_dir, layout.common_dir
    git = Git.user(root)
    _check_nearest(place, root)
    head = layout.head or _head(git, root)
    _check_operations(git_dir, root)
    branch = head.ref.removeprefix("refs/heads/") if head.ref.startswith("refs/heads/") else ""
    settings = git.config_names(f"{FILTERS}|^{re.escape(_SPARSE)}$")
    dirty, untracked = _changes(git.without_filters(settings - {_SPARSE}), root)
    if (dirty or untracked) and not allow_dirty:
        raise WorkspaceError(
            f"{root} has uncommitted changes: {_some(dirty + untracked)}",
            hint="commit or stash them, or let them come along as a snapshot",
        )
    facts = _tree_facts(git, root)
    found = Workspace(
        root=root,
        git_dir=git_dir,
        common_dir=common_dir,
        head=head.commit,
        branch=branch,
        object_format=layout.object_format,
        dirty=dirty,
        untracked=untracked,
        submodules=facts.submodules,
        symlinks=facts.symlinks,
        lfs=facts.lfs,
        converting=facts.converting,
        shallow=layout.shallow,
        sparse=_SPARSE in settings and _flag(git, _SPARSE),
        linked=git_dir != common_dir,
    )
    return attrs.evolve(found, notes=_notes(found, place))


def head_summary(workspace: Workspace) -> CleanText:
    """Short commit id and subject line of HEAD."""
    said = workspace.git.bytes("log", "-1", "--no-show-signature", "--format=%h %s", workspace.head)
    return clean(said.rstrip(b"\n"), keep_newlines=False)


def _check_place(path: Path) -> Path:
    shown = display_path(str(path))
    try:
        place = path.expanduser().resolve(strict=True)
        if not place.is_dir():
            raise WorkspaceError(f"{shown} is a file, not a directory", hint="give the repository's directory")
        with os.scandir(place):
            pass
    except FileNotFoundError:
        raise WorkspaceError(f"{shown} does not exist", hint="give the path of a git repository") from None
    except PermissionError:
        raise WorkspaceError(
            f"{shown} cannot be read", hint="run Orion as its owner, or change its permissions"
        ) from None
    except (OSError, RuntimeError) as error:
        raise WorkspaceError(f"{shown} cannot be used: {error}") from error
    return place


@attrs.frozen(kw_only=True)
class _Layout:
    """Where a repository's parts are, and what kind it is."""

    root: Path
    git_dir: Path
    common_dir: Path
    object_format: str
    shallow: bool
    #: What HEAD is; None where that takes a closer look.
    head: "_Head | None"


@attrs.frozen(kw_only=True)
class _Head:
    """A commit whose tree is there, and the full name of the reference that leads to it (`HEAD` where none does)."""

    commit: str
    ref: str


def _layout(git: Git, place: Path) -> _Layout:
    """All of it by one command: a process costs more than everything that it says here."""
    asked = ("--show-object-format", "--is-shallow-repository", "--show-toplevel", "--absolute-git-dir")
    where = ("--path-format=absolute", "--git-common-dir")
    # Peeled to its type an object is read, and has to be there.
    ends = ("HEAD", "HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD")
    status, said, _ = git.status("rev-parse", "--is-bare-repository", "--is-inside-git-dir", *asked, *where, *ends)
    lines = said.removesuffix(b"\n").split(b"\n")
    head: _Head | None = None
    if status == 0 and len(lines) == 11 and lines[:2] == [b"false", b"false"] and lines[7] == lines[8]:
        head = _Head(commit=os.fsdecode(lines[7]), ref=os.fsdecode(lines[10]))
        del lines[7:]
    else:
        # Something to refuse, no commit yet, or a path with a line break: one question at a time.
        _check_repository(git, place)
        lines = [*lines[:2], *(git.bytes("rev-parse", option).removesuffix(b"\n") for option in asked)]
        lines.append(git.bytes("rev-parse", *where).removesuffix(b"\n"))
    object_format, shallow, root, git_dir, common_dir = map(os.fsdecode, lines[2:])
    return _Layout(
        root=Path(root),
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        object_format=object_format,
        shallow=shallow == "true",
        head=head,
    )


def _check_repository(git: Git, place: Path) -> None:
    status, said, errors = git.status(
        "rev-parse", "--is-bare-repository", "--is-inside-git-dir", "--is-inside-work-tree"
    )
    if status != 0:
        raise _no_repository(place, errors)
    bare, inside_git, inside_tree = (line == b"true" for line in said.split(b"\n")[:3])
    if bare or inside_git or not inside_tree:
        raise _no_work_tree(place)


def _no_work_tree(place: Path) -> WorkspaceError:
    if ".git" in place.parts:
        return WorkspaceError(
            f"{place} is inside a git directory, not a work tree", hint="give the directory with the files"
        )
    return WorkspaceError(
        f"{place} is a bare repository: it has no work tree",
        hint="work in a clone of it: git clone it, then start there",
    )


def _no_repository(place: Path, errors: str) -> WorkspaceError:
    if "safe.bareRepository" in errors:
        return _no_work_tree(place)
    if "dubious ownership" in errors:
        return WorkspaceError(
            f"the repository at {place} belongs to another user",
            hint=f"run Orion as its owner, or, if you trust it: git config --global --add safe.directory {place}",
        )
    for parent in (place, *place.parents):
        if os.path.lexists(parent / ".git"):
            return _damaged(parent, errors)
    if "not a git repository" in errors:
        return WorkspaceError(
            f"{place} is not in a git repository", hint="git init and commit there first, or give another path"
        )
    return WorkspaceError(f"git cannot read {place}: {errors}", hint=_DAMAGED_HINT)


def _damaged(root: Path, errors: str) -> WorkspaceError:
    return WorkspaceError(f"the repository at {root} is damaged: {errors or 'git cannot read it'}", hint=_DAMAGED_HINT)


def _check_nearest(place: Path, root: Path) -> None:
    # git walks past a broken .git to the next repository above: work must not land in that one.
    for parent in (place, *place.parents):
        if parent == root:
            return
        if os.path.lexists(parent / ".git"):
            raise _damaged(parent, "git does not accept its .git")


def _head(git: Git, root: Path) -> _Head:
    status, symbolic, _ = git.status("symbolic-ref", "-q", "HEAD")
    ref = os.fsdecode(symbolic.removesuffix(b"\n")) if status == 0 else "HEAD"
    found = git.status("cat-file", "--batch-check", input=b"HEAD\nHEAD^{tree}\n")[1].split()
    if len(found) == 6 and found[1::3] == [b"commit", b"tree"]:
        return _Head(commit=os.fsdecode(found[0]), ref=ref)
    status, said, errors = git.status("rev-parse", "--verify", "-q", "HEAD")
    if status != 0:
        if git.status("symbolic-ref", "-q", "HEAD")[0] == 0 and not _has_loose_head(git):
            raise WorkspaceError(f"{root} has no commit yet", hint="make a first commit, then start again")
        raise _damaged(root, errors or "HEAD cannot be read")
    head = os.fsdecode(said.strip())
    status, said, errors = git.status("cat-file", "-t", f"{head}^{{tree}}")
    if status != 0:
        raise _damaged(root, errors or f"commit {head[:12]} cannot be read")
    return _Head(commit=head, ref=ref)


def _has_loose_head(git: Git) -> bool:
    # An unborn branch has no reference at all; one that exists and does not resolve is damage.
    name = git.text("symbolic-ref", "-q", "HEAD")
    directory = Path(git.text("rev-parse", "--path-format=absolute", "--git-path", name))
    return directory.is_file()


def _check_operations(git_dir: Path, root: Path) -> None:
    for name, operation, ending in _OPERATIONS:
        if (git_dir / name).exists():
            raise WorkspaceError(f"{operation} is in progress in {root}", hint=f"finish or end it first: {ending}")


def _changes(git: Git, root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        listed = git.bytes(
            "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty"
        )
    except GitError as error:
        raise _damaged(root, error.message) from error
    dirty: list[str] = []
    untracked: list[str] = []
    for record in listed.split(b"\0"):
        kind = record[:1]
        if kind == b"?":
            untracked.append(os.fsdecode(record[2:]))
        elif kind == b"u":
            dirty.append(os.fsdecode(record.split(b" ", 10)[10]))
        elif kind == b"1":
            _, states, _, _, _, _, _, index_oid, name = record.split(b" ", 8)
            if states != b".M" or not _is_smudged_lfs(git, root, name, os.fsdecode(index_oid)):
                dirty.append(os.fsdecode(name))
    return tuple(sorted(dirty)), tuple(sorted(untracked))


def _is_smudged_lfs(git: Git, root: Path, name: bytes, oid: str) -> bool:
    """Whether the file is what the LFS pointer in the index stands for: unchanged, though its bytes differ."""
    status, pointer, _ = git.status("cat-file", "blob", oid)
    match = _LFS_POINTER.fullmatch(pointer) if status == 0 and len(pointer) < 1024 else None
    if match is None:
        return False
    path = root / os.fsdecode(name)
    try:
        if path.is_symlink() or path.stat().st_size != int(match[2]):
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest().encode() == match[1]
    except OSError:
        return False


@attrs.frozen(kw_only=True)
class _TreeFacts:
    submodules: tuple[str, ...]
    symlinks: int
    lfs: bool
    converting: bool


def _tree_facts(git: Git, root: Path) -> _TreeFacts:
    try:
        listed = git.bytes("ls-tree", "-r", "-z", "--full-tree", "HEAD")
    except GitError as error:
        raise _damaged(root, error.message) from error
    submodules: list[str] = []
    attributes: list[str] = []
    symlinks = 0
    for record in listed.split(b"\0"):
        if record.startswith(b"160000 "):
            submodules.append(os.fsdecode(record.partition(b"\t")[2]))
        elif record.startswith(b"120000 "):
            symlinks += 1
        elif record.endswith(b".gitattributes"):
            meta, _, name = record.partition(b"\t")
            if name.rpartition(b"/")[2] == b".gitattributes":
                attributes.append(os.fsdecode(meta.split(b" ")[2]))
    lfs = converting = False
    for oid in attributes:
        words = [word for line in git.bytes("cat-file", "blob", oid).splitlines() for word in line.split()[1:]]
        lfs = lfs or b"filter=lfs" in words
        converting = converting or any(word.startswith(_CONVERTING) for word in words)
    return _TreeFacts(submodules=tuple(submodules), symlinks=symlinks, lfs=lfs, converting=converting)


def _flag(git: Git, key: str) -> bool:
    status, said, _ = git.status("config", "--type=bool", key)
    return status == 0 and said.strip() == b"true"


def _notes(found: Workspace, place: Path) -> tuple[CleanText, ...]:
    notes: list[str] = []
    if place != found.root:
        notes.append(f"using the whole repository at {found.root}")
    if not found.branch:
        notes.append(
            f"HEAD is detached at {found.head[:12]}: work can start, promotion then needs a branch (--onto BRANCH)"
        )
    if found.submodules:
        notes.append(f"submodules stay as they are and are read-only to the agent: {_some(found.submodules)}")
    if found.lfs:
        notes.append("LFS files enter as their pointers")
    elif found.converting:
        notes.append("attributes that convert files are not applied: the agent sees what git stores, byte for byte")
    if found.shallow:
        notes.append("a shallow clone: history beyond its depth is not there")
    if found.sparse:
        notes.append("a sparse checkout: the agent sees the whole tree")
    if found.linked:
        notes.append(f"a linked work tree of {found.common_dir}")
    return tuple(clean(note, keep_newlines=False) for note in notes)


def _some(paths: Iterable[str], limit: int = 5) -> str:
    shown = [display_path(path) for path in paths]
    more = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + more
