"""What differs between two trees, path by path: the unit of everything that promotion checks and moves."""

from collections.abc import Iterator

import attrs

from orion_tui.core.repo.git import NO_DRIVERS, Git

GITLINK = "160000"
SYMLINK = "120000"
REGULAR = "100644"
EXECUTABLE = "100755"
_ABSENT_MODE = "000000"


@attrs.frozen(kw_only=True)
class Entry:
    """A file as a tree or an index records it: mode (`100644`, `100755`, `120000`, `160000`) and object id."""

    mode: str
    oid: str


@attrs.frozen(kw_only=True)
class PathChange:
    """One path before and after; None on a side where it does not exist. Never the same on both."""

    #: Relative to the root, `/`-separated, undecodable bytes in surrogateescape form.
    path: str
    old: Entry | None
    new: Entry | None

    @property
    def status(self) -> str:
        """`A` added, `D` deleted, `T` another type of file, `M` content or executable bit."""
        if self.old is None:
            return "A"
        if self.new is None:
            return "D"
        return "M" if self.old.mode[:3] == self.new.mode[:3] else "T"


def tree_changes(git: Git, old: str, new: str) -> tuple[PathChange, ...]:
    """Every path whose entry differs between two trees (or commits) of one repository, in git's order."""
    raw = git.text("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", *NO_DRIVERS, old, new)
    return tuple(_parse(raw))


def tree_entries(git: Git, treeish: str, *paths: str) -> dict[str, Entry]:
    """Every file, link and submodule of a tree; or those of them at or below `paths`."""
    entries: dict[str, Entry] = {}
    for record in git.text("ls-tree", "-r", "-z", "--full-tree", treeish, "--", *paths).split("\0"):
        if record:
            meta, path = record.split("\t", 1)
            mode, _, oid = meta.split(" ")
            entries[path] = Entry(mode=mode, oid=oid)
    return entries


def _parse(raw: str) -> Iterator[PathChange]:
    fields = iter(raw.split("\0"))
    for header in fields:
        if not header:
            break
        old_mode, new_mode, old_oid, new_oid, _ = header.removeprefix(":").split(" ")
        yield PathChange(path=next(fields), old=_entry(old_mode, old_oid), new=_entry(new_mode, new_oid))


def _entry(mode: str, oid: str) -> Entry | None:
    return None if mode == _ABSENT_MODE else Entry(mode=mode, oid=oid)


def ancestors(path: str) -> tuple[str, ...]:
    """Directories above a path, nearest first, without the root: `a/b/c` gives `a/b`, `a`."""
    parts = path.split("/")
    return tuple("/".join(parts[:depth]) for depth in range(len(parts) - 1, 0, -1))


def overlap(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Paths of `one` that `other` has too, or that stand above or below one of its paths."""
    above_other = {above for path in other for above in ancestors(path)}
    return frozenset(
        path for path in one if path in other or path in above_other or any(above in other for above in ancestors(path))
    )
