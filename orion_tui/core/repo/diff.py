"""What differs between two trees: files at once, the hunks of a file when somebody looks at it.

From git's machine output, without any driver of the user's; in Orion's repository no attribute counts either. Text is
made safe to show here, with everything that would be invisible spelled out: this is where a person decides.
"""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypedDict

import attrs

from orion_tui.base.text import CleanText, display_path
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange
from orion_tui.core.models.hunks import Hunk
from orion_tui.core.repo import hunks as hunks_of
from orion_tui.core.repo.git import NO_DRIVERS, Git
from orion_tui.core.repo.hunks import ALGORITHM, BIG_FILES
from orion_tui.core.repo.session_repo import SessionRepo

# Renames are found among this many candidates at most: the search is quadratic.
_FIND_RENAMES = ("-M", "-l400")
#: Files of a diff whose hunks are kept.
_KEPT = 64
_NO_COUNTS = (b"0", b"0")


class _Blobs:
    """Reads what differs in one file; keeps what was read last, and goes away with the diff."""

    def __init__(self, git: Git) -> None:
        self.git = git
        self.between = lru_cache(maxsize=_KEPT)(self._between)

    def _between(self, old_oid: str, new_oid: str, blanks: bool, text: bool) -> tuple[Hunk, ...]:
        return hunks_of.between(self.git, old_oid, new_oid, blanks=blanks, text=text)


@attrs.frozen(kw_only=True)
class FileDiff:
    """One file that differs. Paths as in `core.models.actions`; modes as git spells them, "" where there is no file."""

    path: str
    #: Where it was; differs from `path` only for a rename.
    old_path: str
    #: A added, D deleted, M changed, R renamed (and perhaps changed), T another kind of entry.
    status: str
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str
    #: Lines; 0 and 0 for a binary file.
    added: int
    removed: int
    binary: bool
    #: Why it needs approval by name (GATE-4); empty for most.
    special_reason: str
    _blobs: _Blobs = attrs.field(alias="blobs", repr=False, eq=False)
    #: False where `added`, `removed` and `binary` have not been found out (`DiffSet.count`).
    counted: bool = True

    @property
    def special(self) -> bool:
        """Whether its change needs approval by name."""
        return bool(self.special_reason)

    @property
    def huge(self) -> bool:
        """More lines changed than are shown."""
        return self.added + self.removed > hunks_of.MAX_LINES

    @property
    def display(self) -> CleanText:
        """Its name for people: `old → new` for a rename."""
        name = display_path(self.path)
        return name if self.old_path == self.path else CleanText(f"{display_path(self.old_path)} → {name}")

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """What changed in it, read when first asked for; empty for binary files and pure renames.

        Of a file that was not counted git itself says whether it is text.
        """
        return self._hunks(blanks=True)

    @property
    def hunks_but_blanks(self) -> tuple[Hunk, ...]:
        """The same without lines that differ in blanks only."""
        return self._hunks(blanks=False)

    def _hunks(self, *, blanks: bool) -> tuple[Hunk, ...]:
        if self.binary or self.old_oid == self.new_oid or "160000" in {self.old_mode, self.new_mode}:
            return ()
        return self._blobs.between(self.old_oid, self.new_oid, blanks, self.counted)

    def sides(self) -> "tuple[tuple[CleanText, ...], tuple[CleanText, ...]] | None":
        """All lines as they were and as they are, for colouring; None for a file that is too large for that."""
        if self.binary or "160000" in {self.old_mode, self.new_mode}:
            return None
        old, new = (hunks_of.lines_of(self._blobs.git, oid) for oid in (self.old_oid, self.new_oid))
        return None if old is None or new is None else (old, new)

    def sizes(self) -> tuple[int, int]:
        """Bytes before and after; 0 where there is no file, or no content of this repository."""
        if "160000" in {self.old_mode, self.new_mode}:
            return 0, 0
        before, after = hunks_of.sizes(self._blobs.git, self.old_oid, self.new_oid)
        return before, after


@attrs.frozen(kw_only=True)
class DiffSet:
    """Everything that differs between two trees, by path."""

    old: str
    new: str
    files: tuple[FileDiff, ...]
    #: Where it was read; None for one that holds nothing.
    _git: Git | None = attrs.field(default=None, alias="git", repr=False, eq=False)

    @property
    def added(self) -> int:
        """Lines added in all files."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines removed in all files."""
        return sum(file.removed for file in self.files)

    def file(self, path: str) -> FileDiff | None:
        """The file that is at `path` now, or was."""
        return next((file for file in self.files if path in {file.path, file.old_path}), None)

    def count(self, paths: Iterable[str]) -> "DiffSet":
        """The same with the numbers of the files at these paths found out."""
        asked = set(paths)
        chosen = [file for file in self.files if file.path in asked and not file.counted]
        if not chosen or self._git is None:
            return self
        names = sorted({name for file in chosen for name in (file.path, file.old_path)})
        said = self._git.bytes(
            *BIG_FILES, "diff-tree", "-r", "-z", "--no-commit-id", "--numstat", ALGORITHM, *_FIND_RENAMES, *NO_DRIVERS,
            self.old, self.new, "--", *names,
        )  # fmt: skip
        counts = _counts(said.split(b"\0")[:-1])
        return attrs.evolve(
            self,
            files=tuple(
                attrs.evolve(file, counted=True, **_numbers(counts.get(os.fsencode(file.path), _NO_COUNTS)))
                if file.path in asked and not file.counted
                else file
                for file in self.files
            ),
        )


def diff(repo: SessionRepo | Git, old: str, new: str, *, count: bool = True) -> DiffSet:
    """What differs from the commit or tree `old` to `new`. Hunks are read later, file by file.

    Without `count` no content is compared but for renames, which makes it as quick for a thousand files as for one:
    `DiffSet.count` finds out the numbers, for all or some.
    """
    git = repo.git if isinstance(repo, SessionRepo) else repo
    said = git.bytes(
        *BIG_FILES, "diff-tree", "-r", "-z", "--no-commit-id", "--raw", *(("--numstat",) if count else ()), ALGORITHM,
        *_FIND_RENAMES, *NO_DRIVERS, old, new, "--",
    )  # fmt: skip
    fields = said.split(b"\0")[:-1]
    changes: list[tuple[bytes, bytes, list[str]]] = []
    place = 0
    while place < len(fields) and fields[place].startswith(b":"):
        meta = fields[place][1:].decode().split(" ")
        moved = meta[4][0] in "RC"
        changes.append((fields[place + 1], fields[place + 1 + moved], meta))
        place += 2 + moved
    counts = _counts(fields[place:]) if count else None
    blobs = _Blobs(git)
    files = (_file(was, path, meta, counts, blobs) for was, path, meta in changes)
    return DiffSet(old=old, new=new, files=tuple(sorted(files, key=lambda file: os.fsencode(file.path))), git=git)


def _counts(fields: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """`--numstat -z`: lines added and removed by the name that a file has now."""
    counts: dict[bytes, tuple[bytes, bytes]] = {}
    rest = iter(fields)
    for field in rest:
        added, removed, name = field.split(b"\t", 2)
        if not name:
            next(rest)  # where it was
            name = next(rest)
        counts[name] = (added, removed)
    return counts


def patch_text(repo: SessionRepo | Git, old: str, new: str, path: str | None = None) -> str:
    """The difference as a patch that `git apply` takes, of one file or all.

    Undecodable bytes are in surrogateescape form (`os.fsencode` gives the exact bytes back); nothing is cleaned, so
    it is for files and pipes, never for a terminal.
    """
    git = repo.git if isinstance(repo, SessionRepo) else repo
    paths: list[str] = []
    if path is not None:
        found = diff(git, old, new).file(path)
        paths = sorted({found.path, found.old_path}) if found is not None else [path]
    said = git.bytes(
        "diff-tree", "-r", "-p", "--no-commit-id", "--binary", "--full-index", "--no-color", "--src-prefix=a/",
        "--dst-prefix=b/", ALGORITHM, *_FIND_RENAMES, *NO_DRIVERS, old, new, "--", *paths,
    )  # fmt: skip
    return os.fsdecode(said)


def _file(
    was: bytes,
    path: bytes,
    meta: list[str],
    counts: dict[bytes, tuple[bytes, bytes]] | None,
    blobs: _Blobs,
) -> FileDiff:
    old_mode, new_mode, old_oid, new_oid, status = meta
    name, old_name = os.fsdecode(path), os.fsdecode(was)
    names = (name,) if name == old_name else (name, old_name)
    there = old_mode.strip("0") != "", new_mode.strip("0") != ""
    return FileDiff(
        path=name,
        old_path=old_name,
        status=status[0],
        old_mode=old_mode if there[0] else "",
        new_mode=new_mode if there[1] else "",
        old_oid=old_oid if there[0] else "",
        new_oid=new_oid if there[1] else "",
        **_numbers(counts.get(path, _NO_COUNTS) if counts is not None else _NO_COUNTS),
        counted=counts is not None,
        special_reason=next((r for n in names if (r := _special(n, old_mode, new_mode, there))), ""),
        blobs=blobs,
    )


class _Numbers(TypedDict):
    added: int
    removed: int
    binary: bool


def _numbers(counts: tuple[bytes, bytes]) -> _Numbers:
    binary = counts[0] == b"-"
    return {"added": 0 if binary else int(counts[0]), "removed": 0 if binary else int(counts[1]), "binary": binary}


def _special(path: str, old_mode: str, new_mode: str, there: tuple[bool, bool]) -> str:
    if "160000" in {old_mode, new_mode}:
        return "a submodule"
    change = FileChange(
        path=path,
        before=b"" if there[0] else None,
        after=b"" if there[1] else None,
        was_executable=old_mode == "100755",
        executable=new_mode == "100755",
        is_symlink="120000" in {old_mode, new_mode},
    )
    return special_reason(path, change) or ""
