"""Three-way merges of trees, computed in a repository of Orion's.

Only trees count: base, ours and theirs are wrapped in synthetic commits, so no history can say "already merged", and
git 2.39, which has no `merge-tree --merge-base`, can do it. In an owned repository there is no configuration and no
attribute of a tree counts, so no merge driver can run; `merge=union` and the like have no effect either.
"""

import os
from collections.abc import Iterator

import attrs

from orion_tui.base.errors import GitError
from orion_tui.base.text import CleanText, clean
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.identity import ORION, identity

#: Always the same, so that the same merge makes the same objects.
_NOBODY = identity(ORION, 1_000_000_000)


@attrs.frozen(kw_only=True)
class Conflict:
    """A path on which both sides disagree."""

    path: str
    #: As git names it: `contents`, `modify/delete`, `file/directory` ...
    kind: CleanText


@attrs.frozen(kw_only=True)
class Merge:
    """What came of a merge: a tree, or the conflicts that stand in its way."""

    #: None when there are conflicts.
    tree: str | None
    #: With conflicts, a tree that has markers where they are: good for telling which other paths would change.
    partial: str
    conflicts: tuple[Conflict, ...] = ()


def merge_trees(owned: Git, *, base: str, ours: str, theirs: str) -> Merge:
    """Merge what changed from `base` to `theirs` into `ours`. All three trees must be complete in `owned`."""
    root = _commit(owned, base)
    left = _commit(owned, ours, root)
    right = _commit(owned, theirs, root)
    status, output, errors = owned.status("merge-tree", "--write-tree", "-z", "--messages", left, right)
    if status not in (0, 1):
        raise GitError(f"the merge could not be computed: {errors}")
    tree, _, rest = output.partition(b"\0")
    if status == 0:
        return Merge(tree=tree.decode("ascii"), partial=tree.decode("ascii"))
    return Merge(tree=None, partial=tree.decode("ascii"), conflicts=_conflicts(rest))


def _commit(owned: Git, tree: str, *parents: str) -> str:
    options = [option for parent in parents for option in ("-p", parent)]
    return owned.text("commit-tree", *options, "-m", "trial merge", tree, env=_NOBODY)


def _conflicts(output: bytes) -> tuple[Conflict, ...]:
    # "<mode> <oid> <stage>\t<path>" records, an empty one, then messages: count, paths, type, text.
    fields = iter(os.fsdecode(output).split("\0"))
    found: dict[str, CleanText] = {}
    for record in fields:
        if not record:
            break
        found.setdefault(record.split("\t", 1)[1], clean("conflict"))
    for paths, kind in _messages(fields):
        if kind.startswith("CONFLICT"):
            label = clean(kind.removeprefix("CONFLICT").strip(" ()"), keep_newlines=False)
            found.update({path: label for path in paths if path in found or len(paths) == 1})
    return tuple(Conflict(path=path, kind=kind) for path, kind in sorted(found.items()))


def _messages(fields: Iterator[str]) -> Iterator[tuple[list[str], str]]:
    for count in fields:
        if not count.isdigit():
            return
        paths = [next(fields) for _ in range(int(count))]
        kind = next(fields)
        next(fields)  # the sentence, which names objects and is of no use to people
        yield paths, kind
