"""A step's changes as bytes: what its row in the store carries, so that a session can be resumed from a tree and rows.

`ODL1`, the length of what follows when expanded, then zlib: a count, and for each change its path, what was there
before (kind and id, or nothing), and what is there now (kind and content, or nothing). Big-endian. Decoding is strict:
whatever is not exactly of that form is refused, and so is applying it to a tree that holds something else before.
"""

import struct
import zlib
from collections.abc import Iterable

from orion_tui.base.errors import ConflictError, StoreError
from orion_tui.base.text import display_path
from orion_tui.core.boundary.change import Before, Change
from orion_tui.core.boundary.intake import KINDS
from orion_tui.core.boundary.names import MAX_PATH
from orion_tui.core.repo.oid import blob_id
from orion_tui.core.repo.session_repo import SessionRepo, TreeItem
from orion_tui.core.repo.tree_writer import Deletion
from orion_tui.core.sandbox.base import EntryKind, TreeEntry

_MAGIC = b"ODL1"
_HEAD = struct.Struct(">Q")
_COUNT = struct.Struct(">I")
# Path length, kind before, bytes of the id before, kind after, content length.
_RECORD = struct.Struct(">HBBBQ")
#: Expanded bytes that one step may have changed: more than the caps ever let through.
MAX_SIZE = 300_000_000

_CODES = {None: 0, EntryKind.FILE: 1, EntryKind.EXECUTABLE: 2, EntryKind.SYMLINK: 3}
_FROM_CODE = {code: kind for kind, code in _CODES.items()}


def encode(changes: Iterable[Change]) -> bytes:
    """The changes, in the order given."""
    parts: list[bytes] = []
    count = 0
    for change in changes:
        before, after = change.before, change.after
        oid = bytes.fromhex(before.oid) if before is not None else b""
        data = after.data if after is not None else b""
        codes = _CODES[before.kind if before is not None else None], _CODES[after.kind if after is not None else None]
        parts += (_RECORD.pack(len(change.path), codes[0], len(oid), codes[1], len(data)), change.path, oid, data)
        count += 1
    body = _COUNT.pack(count) + b"".join(parts)
    return _MAGIC + _HEAD.pack(len(body)) + zlib.compress(body, 6)


def decode(delta: bytes, object_format: str) -> tuple[Change, ...]:
    """What `encode` was given. StoreError for anything that it did not write."""
    body = _expand(delta)
    (count,) = _take(_COUNT, body, 0)
    position = _COUNT.size
    changes: list[Change] = []
    for _ in range(count):
        path_size, before_code, oid_size, after_code, size = _take(_RECORD, body, position)
        position += _RECORD.size
        oid_at, data_at = position + path_size, position + path_size + oid_size
        end = data_at + size
        if end > len(body) or not 0 < path_size <= MAX_PATH or not {before_code, after_code} <= _FROM_CODE.keys():
            raise _damaged()
        before_kind, after_kind = _FROM_CODE[before_code], _FROM_CODE[after_code]
        path, data = body[position:oid_at], body[data_at:end]
        if oid_size != (0 if before_kind is None else len(blob_id(b"", object_format)) // 2):
            raise _damaged()
        if after_kind is None and (data or before_kind is None):
            raise _damaged()
        changes.append(
            Change(
                path=path,
                before=Before(kind=before_kind, oid=body[oid_at:data_at].hex()) if before_kind is not None else None,
                after=TreeEntry(path=path, kind=after_kind, data=data) if after_kind is not None else None,
                oid=blob_id(data, object_format) if after_kind is not None else "",
            )
        )
        position = end
    if position != len(body):
        raise _damaged()
    return tuple(changes)


def apply(repo: SessionRepo, tree: str, changes: Iterable[Change]) -> str:
    """Id of the tree that `changes` make of `tree`, which must hold what each of them found before.

    Raises ConflictError that names every path where it does not; nothing is written then.
    """
    listed = list(changes)
    found = repo.entries_at(tree, (change.path for change in listed))
    wrong = [change.path for change in listed if _before(found.get(change.path)) != change.before]
    if wrong:
        raise ConflictError(
            "a recorded step does not fit the tree it is applied to",
            problems=tuple(f"{display_path(path)} is not what the step found" for path in wrong),
        )
    return repo.write_tree(tree, [c.after if c.after is not None else Deletion(path=c.path) for c in listed])


def _before(item: TreeItem | None) -> Before | None:
    kind = KINDS.get(item.mode) if item is not None else None
    return Before(kind=kind, oid=item.oid) if item is not None and kind is not None else None


def _expand(delta: bytes) -> bytes:
    if delta[: len(_MAGIC)] != _MAGIC or len(delta) < len(_MAGIC) + _HEAD.size:
        raise _damaged()
    (size,) = _HEAD.unpack_from(delta, len(_MAGIC))
    if size > MAX_SIZE:
        raise _damaged()
    expander = zlib.decompressobj()
    try:
        body = expander.decompress(delta[len(_MAGIC) + _HEAD.size :], size + 1)
    except zlib.error:
        raise _damaged() from None
    if len(body) != size or not expander.eof or expander.unused_data:
        raise _damaged()
    return body


def _take(form: struct.Struct, body: bytes, position: int) -> tuple[int, ...]:
    if position + form.size > len(body):
        raise _damaged()
    return form.unpack_from(body, position)


def _damaged() -> StoreError:
    return StoreError("the record of a step's changes is damaged", hint="resume from an earlier checkpoint")
