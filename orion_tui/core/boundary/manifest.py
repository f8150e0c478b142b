"""What the host knows of a sandbox's workspace: the tree it stands for, entry by entry, and what was refused of it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from orion_tui.base.errors import BoundaryViolation
from orion_tui.base.text import display_path
from orion_tui.core.boundary.caps import Usage
from orion_tui.core.boundary.change import Change
from orion_tui.core.boundary.collisions import FoldIndex
from orion_tui.core.boundary.intake import Survey, kind_of
from orion_tui.core.sandbox.base import EntryKind, StatEntry, TreeEntry


class Scanned(Protocol):
    """The half of a `Sandbox` that a harvest asks."""

    def scan(self) -> Iterable[StatEntry]:
        """See `Sandbox.scan`."""
        ...

    def stat(self, path: str) -> StatEntry | None:
        """See `Sandbox.stat`."""
        ...

    def fetch(self, paths: Iterable[bytes], *, limit: int) -> Iterable[TreeEntry]:
        """See `Sandbox.fetch`."""
        ...


class Known(NamedTuple):
    """An entry as it was when it was last taken over, with the sandbox's stamp for it."""

    stamp: str
    kind: EntryKind
    oid: str
    size: int


class Standing(NamedTuple):
    """An entry that was refused, as it looked then: the same again is not news."""

    stamp: str
    reason: str


class Manifest:
    """The state between two harvests. A harvest that succeeds brings it up to date; one that fails leaves it."""

    def __init__(self, base: Survey, loaded: Survey, known: dict[bytes, Known]) -> None:
        #: The session's base, which limits and ignore rules are measured against.
        self.base = base
        #: Id of the tree that the accepted state of the workspace amounts to.
        self.tree = loaded.tree
        self.known = known
        self.standing: dict[bytes, Standing] = {}
        #: What waits for approval by name, as it looked when it was held.
        self.held: dict[bytes, Standing] = {}
        #: What lies in the workspace and is no part of the tree (ignored, refused), with the sandbox's stamp for it.
        self.beside: dict[bytes, str] = {}
        #: Size of each path that differs from the base; -1 where the base's file is gone.
        self.changed: dict[bytes, int] = _difference(base, loaded)
        self._names: FoldIndex | None = None

    def names(self, accepted: Iterable[Change]) -> FoldIndex:
        """Every name of the tree as `accepted` makes it, what is carried included.

        Made when first asked for, kept up to date by `count`.
        """
        if self._names is None:
            self._names = FoldIndex((*self.known, *self.base.carried_paths))
            for change in accepted:
                self.count(change)
        return self._names

    def count(self, change: Change) -> None:
        """Bring the names up to date, where they have been asked for."""
        if self._names is None:
            return
        if change.after is None:
            self._names.remove(change.path)
        elif change.before is None:
            self._names.add(change.path)

    def forget_names(self) -> None:
        """The accepted changes came to nothing."""
        self._names = None

    @property
    def usage(self) -> Usage:
        """What the session has changed so far."""
        created = sum(1 for path in self.changed if path not in self.base.items)
        return Usage(
            created=created,
            modified=len(self.changed) - created,
            total_bytes=sum(size for size in self.changed.values() if size > 0),
        )

    def restores(self, change: Change) -> bool:
        """Whether the change brings a path back to what the base has there."""
        base = self.base.items.get(change.path)
        if change.after is None or base is None:
            return change.after is None and base is None
        return (base.oid, kind_of(base)) == (change.oid, change.after.kind)

    def take_over(self, tree: str, changes: Iterable[Change], known: Mapping[bytes, Known]) -> None:
        """The workspace now stands for `tree`: `changes` were accepted, `known` is how they look in the sandbox."""
        self.tree = tree
        for change in changes:
            if change.after is None:
                del self.known[change.path]
            if self.restores(change):
                self.changed.pop(change.path, None)
            else:
                self.changed[change.path] = len(change.after.data) if change.after is not None else -1
        self.known.update(known)


def baseline(sandbox: Scanned, base: Survey, loaded: Survey) -> Manifest:
    """The manifest of a sandbox that has just been loaded with `loaded`, before anything ran in it.

    Raises BoundaryViolation when the workspace does not hold exactly that.
    """
    known: dict[bytes, Known] = {}
    wrong: list[str] = []
    for entry in sandbox.scan():
        item = loaded.items.get(entry.path)
        if item is not None and entry.kind is kind_of(item) and entry.size == item.size:
            known[entry.path] = Known(entry.stamp, kind_of(item), item.oid, item.size)
        else:
            wrong.append(f"{display_path(entry.path)} is not what was sent")
    wrong += [f"{display_path(path)} is missing" for path in loaded.items if path not in known]
    if wrong:
        raise BoundaryViolation("the sandbox does not hold the tree that was sent", problems=tuple(wrong[:20]))
    return Manifest(base, loaded, known)


def _difference(base: Survey, loaded: Survey) -> dict[bytes, int]:
    changed = {
        path: item.size
        for path, item in loaded.items.items()
        if (was := base.items.get(path)) is None or (was.oid, was.mode) != (item.oid, item.mode)
    }
    return changed | {path: -1 for path in base.items if path not in loaded.items}
