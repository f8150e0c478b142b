"""The base of a session: the user's commit, or their work tree as it is, copied into Orion's repository.

The copy is whole: after it nothing depends on the user's repository, its alternates or its next `git gc`. Their index,
work tree, references and objects stay as they are.
"""

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from orion_tui.core.repo.durable import sync_objects, write_durably
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.identity import ORION, identity
from orion_tui.core.repo.workspace import Workspace

#: Seconds for commands that go over a whole tree.
WHOLE_TREE = 1_800.0


def import_commit(target: Git, source: Git, commit: str, environment: Mapping[str, str] | None = None) -> None:
    """Copy `commit` and every object of its tree under their own ids, marked shallow: its parents stay behind.

    Does nothing when it is there. Raises GitError when objects are missing (a damaged repository, a partial clone).
    """
    shallow = target.path / "shallow"
    known = shallow.read_text("ascii").split() if shallow.exists() else []
    if commit in known:
        return
    # Grafted as shallow, the walk ends at this commit however long its history is. No search for new deltas: it would
    # cost more time than the space is worth.
    request = f"--shallow {commit}\n{commit}\n".encode()
    arguments = ("pack-objects", "--revs", "--stdout", "--delta-base-offset", "--window=0", "-q")
    with source.process(*arguments, env=environment) as packer, target.process("index-pack", "--stdin") as indexer:
        packer.stdin.write(request)
        packer.stdin.close()
        shutil.copyfileobj(packer.stdout, indexer.stdin, 1024 * 1024)
        packer.finish(timeout=WHOLE_TREE)  # a pack that ended early is this one's failure, not the indexer's
        indexer.finish(timeout=WHOLE_TREE)
    sync_objects(target.path)
    # Last: the mark says that the copy is whole.
    write_durably(shallow, "".join(f"{oid}\n" for oid in sorted({*known, commit})))


def import_snapshot(target: Git, workspace: Workspace, *, when: float) -> str:
    """A commit of the work tree as it is, uncommitted and untracked files included; ignored ones stay out.

    Its parent is HEAD. The user's own filters run, as `git add` would run them. Returns its id, or HEAD's own when
    nothing differs.
    """
    git = Git.user(workspace.root)
    index = target.path / "snapshot.index"
    environment = {
        "GIT_INDEX_FILE": str(index),
        # What is new goes to Orion's repository; the user's is only read.
        "GIT_OBJECT_DIRECTORY": str(target.path / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quote_alternate(workspace.common_dir / "objects"),
    }
    try:
        with contextlib.suppress(FileNotFoundError):
            # The user's index for its stat cache: files that did not change are not read again.
            shutil.copyfile(workspace.git_dir / "index", index)
        git.text("add", "--all", "--", ".", env=environment, timeout=WHOLE_TREE)
        _drop_nested_repositories(git, workspace, environment)
        tree = git.text("write-tree", env=environment)
        commit = workspace.head
        if tree != git.text("rev-parse", f"{commit}^{{tree}}"):
            commit = git.text(
                "commit-tree", tree, "-p", workspace.head, "-m", "Uncommitted changes",
                env={**environment, **identity(ORION, when)},
            )  # fmt: skip
        import_commit(target, git, commit, environment)
    finally:
        index.unlink(missing_ok=True)
    return commit


def _drop_nested_repositories(git: Git, workspace: Workspace, environment: Mapping[str, str]) -> None:
    # `git add` takes an untracked repository inside the tree for a submodule; a snapshot must not invent one.
    known = {os.fsencode(path) for path in workspace.submodules}
    listed = git.bytes("ls-files", "-s", "-z", env=environment)
    found = [record.partition(b"\t")[2] for record in listed.split(b"\0") if record.startswith(b"160000 ")]
    if new := [path for path in found if path not in known]:
        removed = b"".join(b"0 " + b"0" * len(workspace.head) + b"\t" + path + b"\0" for path in new)
        git.text("update-index", "-z", "--index-info", input=removed, env=environment)


def _quote_alternate(path: Path) -> str:
    # The variable is a list separated by colons, unless the entry is quoted.
    text = str(path)
    if ":" not in text and not text.startswith('"'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
