"""Trees made from a base and a list of changes, through one `git fast-import` stream.

fast-import accepts any name (`.git/config`, `../x`), so every name is checked here first. It loads only the directories
that change: the cost follows the changes, not the size of the tree.
"""

import os
from collections.abc import Iterable

import attrs

from orion_tui.base.errors import BoundaryViolation, GitError
from orion_tui.base.text import display_path
from orion_tui.core.boundary.names import check_path
from orion_tui.core.repo.durable import sync_objects
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.identity import ORION
from orion_tui.core.repo.trust import EMPTY_TREE
from orion_tui.core.sandbox.base import TreeEntry


@attrs.frozen(kw_only=True)
class Deletion:
    """A path that goes away: a file, a link, or a whole directory."""

    path: bytes


def write_tree(git: Git, base_tree: str, changes: Iterable[TreeEntry | Deletion]) -> str:
    """Id of the tree that `changes` make of the tree `base_tree`, written durably.

    Deletions count before everything else, so that a directory may become a file. Raises BoundaryViolation that lists
    every name that may not be, before anything is written.
    """
    # A stable sort: deletions first, each kind in the order given.
    ordered = sorted(changes, key=lambda change: isinstance(change, TreeEntry))
    problems = ((change.path, check_path(change.path)) for change in ordered)
    if refused := tuple(f"{display_path(path)}: {reason}" for path, reason in problems if reason is not None):
        raise BoundaryViolation("names that may not enter the repository", problems=refused)
    if not ordered:
        return base_tree
    # Never written: the stream takes it back before it ends.
    scratch = f"refs/orion/scratch-{os.getpid()}"
    try:
        with git.process("fast-import", "--quiet", "--done", "--force", "--date-format=raw") as stream:
            write = stream.stdin.write
            write(f"commit {scratch}\ncommitter {ORION} 0 +0000\ndata 0\n\nM 040000 {base_tree} \n".encode())
            for change in ordered:
                if isinstance(change, Deletion):
                    write(b"D " + quote(change.path) + b"\n")
                else:
                    write(b"M %s inline %s\n" % (change.kind.encode(), quote(change.path)))
                    write(b"data %d\n" % len(change.data))
                    write(change.data)
                    write(b"\n")
            write(b'ls ""\n')
            stream.stdin.flush()
            answer = stream.stdout.readline()
            write(f"\nreset {scratch}\nfrom {'0' * len(base_tree)}\n\ndone\n".encode())
    finally:
        for report in git.path.glob("fast_import_crash_*"):
            report.unlink(missing_ok=True)
    sync_objects(git.path)
    if answer.startswith(b"040000 tree "):
        return answer.split()[2].decode()
    if answer.startswith(b"missing"):
        return empty_tree(git)
    raise GitError(f"git fast-import did not name the tree it wrote: {answer[:80]!r}")


def empty_tree(git: Git) -> str:
    """Id of the tree without entries, written so that commits can hold it."""
    tree = git.text("hash-object", "-t", "tree", "-w", "--stdin", input=b"")
    if tree not in EMPTY_TREE.values():
        raise GitError(f"git gave the empty tree the id {tree}")
    return tree


def quote(path: bytes) -> bytes:
    """`path` in fast-import's C style: a name with a newline or a quote would end early otherwise."""
    if all(32 <= byte != 127 and byte not in b'"\\' for byte in path):
        return b'"' + path + b'"'
    escaped = (b"\\%03o" % b if b < 32 or b == 127 or b in b'"\\' else bytes((b,)) for b in path)
    return b'"' + b"".join(escaped) + b'"'
