"""What differs between two trees: files at once, the hunks of a file when somebody looks at it.

From git's machine output, without any driver of the user's; in Orion's repository no attribute counts either. Text is
made safe to show here, with everything that would be invisible spelled out: this is where a person decides.
"""

import functools
import os
import re
from collections.abc import Callable, Iterator

import attrs

from orion_tui.base.text import CleanText, display_path, reveal
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange
from orion_tui.core.repo.git import NO_DRIVERS, Git
from orion_tui.core.repo.session_repo import SessionRepo

#: Changed lines of one file that `hunks` gives at most; beyond, `FileDiff.huge` says so.
MAX_LINES = 20_000
#: Characters of a line that are shown.
MAX_WIDTH = 5_000

# Renames are found among this many candidates at most: the search is quadratic.
_FIND_RENAMES = ("-M", "-l400")
_ALGORITHM = "--diff-algorithm=histogram"
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?: (.*))?", re.DOTALL)


@attrs.frozen(kw_only=True)
class DiffLine:
    """One line of a hunk. Numbers count from 1; None on the side that does not have the line."""

    #: " ", "+" or "-".
    kind: str
    old_no: int | None
    new_no: int | None
    text: CleanText
    #: False for a last line that the file does not end with a newline.
    newline: bool = True


@attrs.frozen(kw_only=True)
class Hunk:
    """Lines that changed, with three around them."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: CleanText
    lines: tuple[DiffLine, ...]


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
    _load: Callable[["FileDiff"], tuple[Hunk, ...]] = attrs.field(alias="load", repr=False, eq=False)

    @property
    def special(self) -> bool:
        """Whether its change needs approval by name."""
        return bool(self.special_reason)

    @property
    def huge(self) -> bool:
        """More lines changed than are shown."""
        return self.added + self.removed > MAX_LINES

    @property
    def display(self) -> CleanText:
        """Its name for people: `old → new` for a rename."""
        name = display_path(self.path)
        return name if self.old_path == self.path else CleanText(f"{display_path(self.old_path)} → {name}")

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """What changed in it, read when first asked for; empty for binary files and pure renames."""
        return self._load(self)


@attrs.frozen(kw_only=True)
class DiffSet:
    """Everything that differs between two trees, by path."""

    old: str
    new: str
    files: tuple[FileDiff, ...]

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


def diff(repo: SessionRepo | Git, old: str, new: str) -> DiffSet:
    """What differs from the commit or tree `old` to `new`. Hunks are read later, file by file."""
    git = repo.git if isinstance(repo, SessionRepo) else repo
    said = git.bytes(
        "diff-tree", "-r", "-z", "--no-commit-id", "--raw", "--numstat", _ALGORITHM, *_FIND_RENAMES, *NO_DRIVERS,
        old, new, "--",
    )  # fmt: skip
    fields = iter(said.split(b"\0")[:-1])
    # A cache a diff, so that what is no longer looked at goes away with it.
    load = functools.lru_cache(maxsize=64)(functools.partial(_hunks, git))
    changes: list[tuple[bytes, bytes, list[str]]] = []
    counts: dict[bytes, tuple[bytes, bytes]] = {}
    for field in fields:
        if field.startswith(b":"):
            meta = field[1:].decode().split(" ")
            first = next(fields)
            changes.append((first, next(fields) if meta[4][0] in "RC" else first, meta))
        else:
            added, removed, name = field.split(b"\t", 2)
            if not name:
                next(fields)  # where it was
                name = next(fields)
            counts[name] = (added, removed)
    files = (_file(was, path, meta, counts.get(path, (b"0", b"0")), load) for was, path, meta in changes)
    return DiffSet(old=old, new=new, files=tuple(sorted(files, key=lambda file: os.fsencode(file.path))))


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
        "--dst-prefix=b/", _ALGORITHM, *_FIND_RENAMES, *NO_DRIVERS, old, new, "--", *paths,
    )  # fmt: skip
    return os.fsdecode(said)


def _file(
    was: bytes,
    path: bytes,
    meta: list[str],
    counts: tuple[bytes, bytes],
    load: Callable[[FileDiff], tuple[Hunk, ...]],
) -> FileDiff:
    old_mode, new_mode, old_oid, new_oid, status = meta
    binary = counts[0] == b"-"
    name, old_name = os.fsdecode(path), os.fsdecode(was)
    there = old_mode.strip("0") != "", new_mode.strip("0") != ""
    return FileDiff(
        path=name,
        old_path=old_name,
        status=status[0],
        old_mode=old_mode if there[0] else "",
        new_mode=new_mode if there[1] else "",
        old_oid=old_oid if there[0] else "",
        new_oid=new_oid if there[1] else "",
        added=0 if binary else int(counts[0]),
        removed=0 if binary else int(counts[1]),
        binary=binary,
        special_reason=next((r for n in (name, old_name) if (r := _special(n, old_mode, new_mode, there))), ""),
        load=load,
    )


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


def _hunks(git: Git, file: FileDiff) -> tuple[Hunk, ...]:
    if file.binary or file.old_oid == file.new_oid or "160000" in {file.old_mode, file.new_mode}:
        return ()
    if not (file.old_oid and file.new_oid):
        return _whole(git, file)
    # Blob against blob: without a path no attribute of any tree has a say in what is shown.
    with git.process(
        "diff", "--no-color", "--unified=3", "--inter-hunk-context=0", _ALGORITHM, "--text",
        *NO_DRIVERS, file.old_oid, file.new_oid,
    ) as process:  # fmt: skip
        hunks = tuple(_parse(process.stdout))
        if process.stdout.read(1):
            process.kill()  # more than is shown
    return hunks


def _whole(git: Git, file: FileDiff) -> tuple[Hunk, ...]:
    """All of a file that came or went, as one hunk."""
    kind = "-" if file.old_oid else "+"
    data = git.bytes("cat-file", "blob", file.old_oid or file.new_oid)
    lines = data.split(b"\n")
    ends = lines[-1] == b""
    if ends:
        lines.pop()
    if not lines:
        return ()
    shown = tuple(
        DiffLine(
            kind=kind,
            old_no=n if kind == "-" else None,
            new_no=n if kind == "+" else None,
            text=_shown(line),
            newline=ends or n < len(lines),
        )
        for n, line in enumerate(lines[:MAX_LINES], start=1)
    )
    old, new = (len(lines), 0) if kind == "-" else (0, len(lines))
    return (
        Hunk(
            old_start=min(old, 1), old_count=old, new_start=min(new, 1), new_count=new,
            heading=CleanText(""), lines=shown,
        ),
    )  # fmt: skip


def _parse(lines: Iterator[bytes]) -> Iterator[Hunk]:
    """Hunks of the patch of one file; stops at `MAX_LINES` changed lines."""
    head: re.Match[bytes] | None = None
    body: list[DiffLine] = []
    old = new = changed = 0
    for raw in lines:
        line = raw.removesuffix(b"\n")
        kind = line[:1] or b" "  # `diff.suppressBlankEmpty` of the user's
        if match := _HUNK.fullmatch(line):
            if head is not None:
                yield _hunk(head, body)
            head, body = match, []
            old, new = int(match[1]), int(match[3])
        elif head is None:
            continue  # the header of the file
        elif kind == b"\\":
            body[-1] = attrs.evolve(body[-1], newline=False)
        elif changed >= MAX_LINES:
            break
        else:
            old_no, new_no = (None if kind == b"+" else old), (None if kind == b"-" else new)
            body.append(DiffLine(kind=kind.decode(), old_no=old_no, new_no=new_no, text=_shown(line[1:])))
            old += kind != b"+"
            new += kind != b"-"
            changed += kind != b" "
    if head is not None:
        yield _hunk(head, body)


def _hunk(head: re.Match[bytes], lines: list[DiffLine]) -> Hunk:
    return Hunk(
        old_start=int(head[1]),
        old_count=int(head[2] or 1),
        new_start=int(head[3]),
        new_count=int(head[4] or 1),
        heading=_shown(head[5] or b""),
        lines=tuple(lines),
    )


def _shown(line: bytes) -> CleanText:
    # The carriage return of a DOS line is no disguise, and a change of line ends must still be seen.
    ending = "␍" if line.endswith(b"\r") else ""
    text = reveal(line.removesuffix(b"\r"), keep_newlines=False)
    if len(text) > MAX_WIDTH:
        text = f"{text[:MAX_WIDTH]} ⟨{len(text) - MAX_WIDTH:,} characters more⟩"
    return CleanText(text + ending)
