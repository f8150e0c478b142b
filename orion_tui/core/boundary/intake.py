"""What goes into a sandbox: a tree as git stores it, byte for byte.

Built from `ls-tree` and `cat-file`, never from `git archive` or a checkout, which obey attributes. Submodules and
paths that no file system should be asked to hold stay outside; they are carried along in the tree, unchanged, and are
read-only to the agent.
"""

from collections.abc import Iterator, Mapping

import attrs

from orion_tui.base.errors import WorkspaceError
from orion_tui.base.text import display_path
from orion_tui.core.boundary.collisions import prefixes
from orion_tui.core.boundary.names import check_path
from orion_tui.core.repo.session_repo import SessionRepo, TreeItem
from orion_tui.core.sandbox.base import MIB, EntryKind, Limits, TreeEntry

#: Bytes of one file that may enter. Larger ones are carried.
MAX_FILE = 100 * MIB
# PATH_MAX: no system makes a link to more.
_MAX_TARGET = 4_095
_PAGE = 4_096

#: Modes of what may enter.
KINDS = {
    "100644": EntryKind.FILE,
    "100664": EntryKind.FILE,
    "100755": EntryKind.EXECUTABLE,
    "120000": EntryKind.SYMLINK,
}


@attrs.frozen(kw_only=True)
class Carried:
    """An entry that stays outside, and why."""

    path: bytes
    mode: str
    oid: str
    reason: str


@attrs.frozen(kw_only=True)
class Contents:
    """The entries of a tree, sorted into what enters and what is carried."""

    #: What enters, by path, in tree order.
    items: Mapping[bytes, TreeItem]
    carried: tuple[Carried, ...]
    #: Bytes of everything that enters.
    size: int

    @property
    def carried_paths(self) -> frozenset[bytes]:
        """Paths that the agent cannot see and may not write."""
        return frozenset(entry.path for entry in self.carried)


@attrs.frozen(kw_only=True)
class Survey(Contents):
    """A tree by its id, and what is in it."""

    tree: str


def survey(repo: SessionRepo, treeish: str, *, max_file: int = MAX_FILE) -> Survey:
    """The tree of a commit, or a tree, with its contents."""
    tree = repo.tree_of(treeish)
    found = contents(repo, tree, max_file=max_file)
    return Survey(tree=tree, items=found.items, carried=found.carried, size=found.size)


def contents(repo: SessionRepo, treeish: str, *, max_file: int = MAX_FILE) -> Contents:
    """Sort the entries of a commit's tree, or of a tree. Reads names and sizes, and the targets of links."""
    items: dict[bytes, TreeItem] = {}
    carried: list[Carried] = []
    links: list[TreeItem] = []
    size = 0
    for item in repo.entries(treeish):
        if reason := _stays_outside(item, max_file):
            carried.append(Carried(path=item.path, mode=item.mode, oid=item.oid, reason=reason))
            continue
        items[item.path] = item
        size += item.size
        if item.mode == "120000":
            links.append(item)
    for item, (_, target) in zip(links, repo.blobs(link.oid for link in links), strict=True):
        if b"\0" in target:
            del items[item.path]
            size -= item.size
            reason = "a link whose target has a NUL byte"
            carried.append(Carried(path=item.path, mode=item.mode, oid=item.oid, reason=reason))
    return Contents(items=items, carried=tuple(carried), size=size)


def _stays_outside(item: TreeItem, max_file: int) -> str | None:
    if item.mode == "160000":
        return "a submodule"
    if item.mode not in KINDS:
        return f"an entry of mode {item.mode}"
    if reason := check_path(item.path):
        return reason
    if item.mode == "120000" and not 0 < item.size <= _MAX_TARGET:
        return "a link to nowhere" if item.size == 0 else "a link with an overlong target"
    if item.size > max_file:
        return f"a file of {item.size:,} bytes"
    return None


def entries(repo: SessionRepo, surveyed: Survey) -> Iterator[TreeEntry]:
    """Everything that enters, in tree order, with its content: what `Sandbox.load` takes."""
    items = surveyed.items.values()
    for item, (_, data) in zip(items, repo.blobs(item.oid for item in items), strict=True):
        yield TreeEntry(path=item.path, kind=kind_of(item), data=data)


def kind_of(item: TreeItem) -> EntryKind:
    """What a tree's entry is to a sandbox."""
    return KINDS[item.mode]


def check_fits(surveyed: Contents, limits: Limits) -> None:
    """WorkspaceError when the tree leaves a sandbox of these limits no room to work."""
    hint = "let the role ask for a heavier sandbox profile (standard, heavy), or work on a smaller repository"
    # In memory a file takes whole pages, and a directory an entry like a file.
    size = sum(-(-item.size // _PAGE) for item in surveyed.items.values()) * _PAGE
    if size > limits.workspace_bytes:
        raise WorkspaceError(
            f"the tree takes {size / MIB:,.0f} MiB, and the sandbox has {limits.workspace_bytes / MIB:,.0f} MiB",
            hint=hint,
        )
    count = len(surveyed.items) + len({above for path in surveyed.items for above in prefixes(path)})
    if count >= limits.workspace_entries:
        raise WorkspaceError(
            f"the tree has {count:,} files and directories, and the sandbox room for {limits.workspace_entries:,}",
            hint=hint,
        )


def describe_carried(surveyed: Survey) -> tuple[str, ...]:
    """One line for each entry that stays outside, for people and for the agent."""
    return tuple(f"{display_path(entry.path)}: {entry.reason}, read-only" for entry in surveyed.carried)
