"""The lines of one file that differ, read from its two blobs and from nothing else, bounded whatever they hold."""

import re
from collections.abc import Iterator
from itertools import islice

import attrs

from orion_tui.base.text import CleanText, reveal
from orion_tui.core.models.hunks import DiffLine, Hunk
from orion_tui.core.repo.git import NO_DRIVERS, Git

#: Changed lines of one file that are read at most.
MAX_LINES = 20_000
#: Characters of a line that are shown.
MAX_WIDTH = 5_000
#: A blob above this many bytes is not compared; git is told so too, and then treats it as it does a binary one.
MAX_BYTES = 16 * 1024 * 1024
BIG_FILES = ("-c", f"core.bigFileThreshold={MAX_BYTES}")
#: Bytes of a blob that are read to colour its lines; a larger one stays plain.
COLORED_BYTES = 256 * 1024

ALGORITHM = "--diff-algorithm=histogram"
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?: (.*))?", re.DOTALL)


def between(git: Git, old_oid: str, new_oid: str, *, blanks: bool = True, text: bool = True) -> tuple[Hunk, ...]:
    """How two blobs differ; "" where there is none. Without `blanks`, lines that differ in blanks only count as equal.

    `text` says that they are known to be text; else there are no hunks where git finds that they are not. No more is
    read than is shown. Blob against blob: without a path no attribute of any tree has a say in it.
    """
    if not (old_oid and new_oid):
        return _whole(git, old_oid or new_oid, "-" if old_oid else "+")
    with git.process(
        *BIG_FILES, "diff", "--no-color", "--unified=3", "--inter-hunk-context=0", ALGORITHM,
        *(("--text",) if text else ()), *(() if blanks else ("--ignore-all-space",)), *NO_DRIVERS, old_oid, new_oid,
    ) as process:  # fmt: skip
        hunks = tuple(_parse(process.stdout))
        if process.stdout.read(1):
            process.kill()  # more than is shown
    return hunks


def lines_of(git: Git, oid: str) -> tuple[CleanText, ...] | None:
    """A blob's lines as they are shown, for colouring; none for "", None for one above `COLORED_BYTES`."""
    if not oid:
        return ()
    with git.process("cat-file", "blob", oid) as process:
        data = process.stdout.read(COLORED_BYTES + 1)
        if len(data) > COLORED_BYTES:
            process.kill()
            return None
    lines = data.split(b"\n")
    return tuple(map(_shown, lines if lines[-1] else lines[:-1]))


def sizes(git: Git, *oids: str) -> tuple[int, ...]:
    """Bytes of each blob, without reading it; 0 for ""."""
    asked = [oid for oid in oids if oid]
    said = git.text("cat-file", "--batch-check=%(objectsize)", input="\n".join(asked).encode() + b"\n")
    found = iter(said.split("\n"))
    return tuple(int(next(found)) if oid else 0 for oid in oids)


def _whole(git: Git, oid: str, kind: str) -> tuple[Hunk, ...]:
    """All of a file that came or went, as one hunk."""
    with git.process("cat-file", "blob", oid) as process:
        raw = list(islice(process.stdout, MAX_LINES))
        if process.stdout.read(1):
            process.kill()  # more than is shown
    if not raw:
        return ()
    lines = tuple(
        DiffLine(
            kind=kind,
            old_no=n if kind == "-" else None,
            new_no=n if kind == "+" else None,
            text=_shown(line.removesuffix(b"\n")),
            newline=line.endswith(b"\n"),
        )
        for n, line in enumerate(raw, start=1)
    )
    old, new = (len(lines), 0) if kind == "-" else (0, len(lines))
    return (
        Hunk(
            old_start=min(old, 1), old_count=old, new_start=min(new, 1), new_count=new,
            heading=CleanText(""), lines=lines,
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
