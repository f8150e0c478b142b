"""Objects from one repository into another by pack: what the other lacks, and nothing else.

No `fetch`, no alternates, no reference: the receiver gets exactly the trees and blobs that were asked for. Trees are
walked and each object is looked up in the receiver, so that the answer does not depend on what either side's history
or garbage collection left behind.
"""

from collections.abc import Iterable, Iterator

from orion_tui.base.errors import GitError
from orion_tui.core.repo.git import Git

_CHUNK = 1 << 20


def copy_trees(source: Git, target: Git, trees: Iterable[str], *, strict: bool = False) -> int:
    """Make each tree complete in `target`; the number of objects that were missing there.

    With `strict` git also checks their form and that whatever they link to exists. Raises GitError when the source
    lacks an object or the target cannot store one.
    """
    wanted = dict.fromkeys(oid for tree in trees for oid in _objects(source, tree))
    missing = _missing(target, list(wanted))
    if missing:
        _send(source, target, missing, strict=strict)
    return len(missing)


def _objects(git: Git, tree: str) -> Iterator[str]:
    yield git.text("rev-parse", "--verify", "--end-of-options", f"{tree}^{{tree}}")
    for record in git.bytes("ls-tree", "-r", "-t", "-z", "--full-tree", tree).split(b"\0"):
        if record:
            _, kind, oid = record.split(b"\t", 1)[0].split(b" ")
            if kind != b"commit":  # a submodule's commit lives in the submodule
                yield oid.decode("ascii")


def _missing(git: Git, oids: list[str]) -> list[str]:
    if not oids:
        return []
    answer = git.text("cat-file", "--batch-check=%(objectname)", input=_lines(oids))
    return [line.split(" ", 1)[0] for line in answer.splitlines() if line.endswith(" missing")]


def _send(source: Git, target: Git, oids: list[str], *, strict: bool) -> None:
    options = ("--strict",) if strict else ()
    with (
        target.process("index-pack", "--stdin", *options) as receiver,
        source.process("pack-objects", "--stdout", "-q") as sender,
    ):
        # The list goes in whole before anything comes out: pack-objects reads it to its end first.
        sender.stdin.write(_lines(oids))
        sender.stdin.close()
        try:
            while chunk := sender.stdout.read(_CHUNK):
                receiver.stdin.write(chunk)
        except BrokenPipeError:
            raise GitError(f"objects could not be stored in {target.path}: {receiver.errors.strip()}") from None


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode("ascii")
