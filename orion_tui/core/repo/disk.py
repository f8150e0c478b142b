"""Files on the user's disk as git would record them, and whether they are what a commit says."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping

import attrs

from orion_tui.core.repo.changes import EXECUTABLE, REGULAR, SYMLINK, Entry
from orion_tui.core.repo.files import Kind, Seen
from orion_tui.core.repo.filter_programs import silenced
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.worktree import WorkTree

_CHUNK = 1 << 20
# Paths on one command line: 100 of the longest fit easily.
_BATCH = 100
# git starts filters in the work tree: `python -m` would look for every module there first.
_SAFE = {"PYTHONSAFEPATH": "1"}


@attrs.frozen(kw_only=True)
class DiskRules:
    """How this repository maps files to entries."""

    file_mode: bool
    symlinks: bool
    ignore_case: bool

    @classmethod
    def read(cls, git: Git) -> "DiskRules":
        """The user's settings, git's defaults where there are none."""
        said = flags(git, "core.filemode", "core.symlinks", "core.ignorecase")
        return cls(
            file_mode=said.get("core.filemode", True),
            symlinks=said.get("core.symlinks", True),
            ignore_case=said.get("core.ignorecase", False),
        )


def flags(git: Git, *keys: str) -> dict[str, bool]:
    """Yes-or-no settings of the user's, by lower-case key; those without a value are missing."""
    pattern = "|".join(re.escape(key) for key in keys)
    status, output, _ = git.status("config", "-z", "--type=bool", "--get-regexp", f"^({pattern})$")
    if status != 0:
        return {}
    # The last value of a key is the one that counts.
    pairs = (record.split("\n", 1) for record in output.decode("utf-8", "replace").split("\0") if record)
    return {key: value == "true" for key, value in pairs}


def differing(git: Git, tree: WorkTree, rules: DiskRules, expected: Mapping[str, tuple[Entry, Seen]]) -> frozenset[str]:
    """Those paths whose file, seen as `Seen`, is not what its entry says.

    A file counts as unchanged when its bytes are the blob's, or when git's conversions and the user's clean filters,
    which run for the rest, make them so: the answer of `git status`, without its caches and flags. A filter program
    inside the work tree is never run; what only that one could tell counts as changed.
    """
    result: set[str] = set()
    unclear: list[str] = []
    for path, (entry, seen) in expected.items():
        match _compare(tree, rules, path, entry, seen):
            case None:
                unclear.append(path)
            case False:
                result.add(path)
            case _:
                pass
    if unclear:
        git = silenced(git, tree.root)
    for start in range(0, len(unclear), _BATCH):
        batch = unclear[start : start + _BATCH]
        oids = git.text("hash-object", "--", *batch, env=_SAFE).splitlines()
        result.update(path for path, oid in zip(batch, oids, strict=True) if oid != expected[path][0].oid)
    return frozenset(result)


def _compare(tree: WorkTree, rules: DiskRules, path: str, entry: Entry, seen: Seen) -> bool | None:
    """Whether they are the same; None when only git can tell."""
    if seen.kind is Kind.SYMLINK:
        return entry.mode == SYMLINK and _blob_id(entry, [tree.target(path)]) == entry.oid
    if seen.kind is not Kind.FILE or entry.mode not in {REGULAR, EXECUTABLE, SYMLINK}:
        return False
    if entry.mode == SYMLINK and rules.symlinks:
        return False
    if entry.mode != SYMLINK and rules.file_mode and seen.executable != (entry.mode == EXECUTABLE):
        return False
    with tree.open(path) as handle:
        same = _blob_id(entry, _chunks(handle), seen.size) == entry.oid
    # Where links are kept as files, nothing converts them.
    return same if entry.mode == SYMLINK else same or None


def _chunks(handle: int) -> Iterable[bytes]:
    while chunk := os.read(handle, _CHUNK):
        yield chunk


def _blob_id(like: Entry, parts: Iterable[bytes], size: int | None = None) -> str:
    listed = list(parts) if size is None else parts
    length = sum(map(len, listed)) if size is None else size
    digest = hashlib.new("sha256" if len(like.oid) == 64 else "sha1", b"blob %d\0" % length, usedforsecurity=False)
    for part in listed:
        digest.update(part)
    return digest.hexdigest()
