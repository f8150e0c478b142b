"""What the base's own `.gitignore` files ignore: caches and build output that nobody wants harvested.

The rules come from the session's base alone, laid out in a scratch work tree that holds nothing else: what an agent
writes into a `.gitignore` decides nothing, and neither do the user's own exclude files.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from orion_tui.core.boundary.names import MAX_PATH, check_path
from orion_tui.core.repo.session_repo import SessionRepo, TreeItem

# Seconds for one question: patterns are somebody's text, and matching some of them takes for ever.
_PATIENCE = 30.0
# Rules beyond this are no rules but an attack on the disk.
_MAX_FILE = 1_000_000


class IgnoreRules:
    """The ignore rules of one tree. Remembers its answers: the rules never change."""

    def __init__(self, repo: SessionRepo, base_tree: str) -> None:
        self._repo = repo
        self._base = base_tree
        self._known: dict[bytes, bool] = {}
        self._scratch: Path | None = None
        self._empty: bool | None = None

    def ignored(self, paths: Iterable[bytes]) -> frozenset[bytes]:
        """Those of `paths` that the base ignores. Give untracked paths only: git never ignores what it tracks.

        A path that leaves the tree is not ignored; git would fail on it, and with it on all the others.
        """
        wanted = [path for path in paths if _is_plain(path)]
        if self._empty is None:
            self._lay_out()
        if self._empty:
            return frozenset()
        if new := [path for path in wanted if path not in self._known]:
            found = frozenset(self._ask(new))
            self._known.update((path, path in found) for path in new)
        return frozenset(path for path in wanted if self._known[path])

    def _ask(self, paths: list[bytes]) -> list[bytes]:
        scratch = self._scratch
        # A base without rules never gets here.
        tree = str(scratch)
        said = self._repo.git.bytes(
            f"--work-tree={tree}", "-C", tree, "check-ignore", "--no-index", "-z", "--stdin",
            input=b"".join(b"./" + path + b"\0" for path in paths), ok=(0, 1), timeout=_PATIENCE,
            env={"GIT_LITERAL_PATHSPECS": "0"},  # not known to this command; `./` keeps `:x` from being magic
        )  # fmt: skip
        return [path.removeprefix(b"./") for path in said.split(b"\0")[:-1]]

    def _lay_out(self) -> None:
        rules = [item for item in self._repo.entries(self._base) if _is_rule(item)]
        self._empty = not rules
        if not rules:
            return
        place = self._repo.path.parent / f"ignore-{self._base}"
        if not place.is_dir():
            # Whole or not at all: half the rules would let caches through.
            making = Path(tempfile.mkdtemp(prefix="ignore-", dir=self._repo.path.parent))
            for item, (_, data) in zip(rules, self._repo.blobs(rule.oid for rule in rules), strict=True):
                target = making / os.fsdecode(item.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            try:
                making.rename(place)
            except OSError:
                shutil.rmtree(making)  # another process was quicker
        self._scratch = place


def ignored(repo: SessionRepo, base_tree: str, paths: Iterable[bytes]) -> frozenset[bytes]:
    """Those of the untracked `paths` that the `.gitignore` files of `base_tree` ignore."""
    return IgnoreRules(repo, base_tree).ignored(paths)


def _is_plain(path: bytes) -> bool:
    return (
        0 < len(path) <= MAX_PATH
        and b"\0" not in path
        and not any(part in {b"", b".", b".."} for part in path.split(b"/"))
    )


def _is_rule(item: TreeItem) -> bool:
    # git does not follow a .gitignore that is a link, and neither is one laid out.
    return (
        item.path.rpartition(b"/")[2] == b".gitignore"
        and item.mode in {"100644", "100755", "100664"}
        and item.size <= _MAX_FILE
        and check_path(item.path) is None
    )
