"""Trees on their way through the channel: the host's half of `agent.wire`, with every record checked."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

from orion_tui.core.sandbox.agent import frames, wire
from orion_tui.core.sandbox.base import EntryKind, StatEntry, TreeEntry

_TO_WIRE = {EntryKind.FILE: wire.FILE, EntryKind.EXECUTABLE: wire.EXECUTABLE, EntryKind.SYMLINK: wire.SYMLINK}
_FROM_WIRE = {code: kind for kind, code in _TO_WIRE.items()}

#: Small entries are joined up to this many bytes a frame.
_BATCH = 256 * 1024


def encode(entries: Iterable[TreeEntry]) -> Iterator[bytes]:
    """The stream that fills a workspace, in pieces."""
    batch: list[bytes] = []
    size = 0
    for entry in entries:
        head = wire.ENTRY.pack(_TO_WIRE[entry.kind], len(entry.path), len(entry.data))
        batch += (head, entry.path, entry.data)
        size += len(head) + len(entry.path) + len(entry.data)
        if size >= _BATCH:
            yield b"".join(batch)
            batch, size = [], 0
    if batch:
        yield b"".join(batch)


def decode(data: bytes) -> list[TreeEntry]:
    """Entries with their content. Raises Malformed."""
    entries: list[TreeEntry] = []
    position = 0
    while position < len(data):
        kind, path_size, size = _unpack(wire.ENTRY, data, position)
        position += wire.ENTRY.size
        end = position + path_size + size
        if kind not in _FROM_WIRE or end > len(data):
            raise frames.Malformed("not an entry")
        path = data[position : position + path_size]
        entries.append(TreeEntry(path=path, kind=_FROM_WIRE[kind], data=data[position + path_size : end]))
        position = end
    return entries


def decode_stats(data: bytes) -> Iterator[tuple[bytes, StatEntry | None]]:
    """Path and entry for each change; None for what is gone. Raises Malformed."""
    position = 0
    while position < len(data):
        kind, links, size, path_size, stamp_size, what_size = _unpack(wire.STAT, data, position)
        position += wire.STAT.size
        first, second = position + path_size, position + path_size + stamp_size
        end = second + what_size
        if end > len(data) or not 0 < path_size <= wire.MAX_PATH:
            raise frames.Malformed("not a record")
        path = data[position:first]
        position = end
        if kind == wire.REMOVED:
            yield path, None
            continue
        if kind not in _FROM_WIRE and kind != wire.OTHER:
            raise frames.Malformed("a record of unknown kind")
        yield (
            path,
            StatEntry(
                path=path,
                kind=_FROM_WIRE.get(kind),
                size=size,
                stamp=data[first:second].decode("ascii", "replace"),
                what=data[second:end].decode("ascii", "replace"),
                links=links,
            ),
        )


def stat_entry(path: str, meta: dict[str, Any]) -> StatEntry:
    """One entry as the `stat` operation tells it."""
    return StatEntry(
        path=os.fsencode(path),
        kind=_FROM_WIRE.get(str(meta["kind"]).encode()),
        size=int(meta["size"]),
        stamp=str(meta["stamp"]),
        what=str(meta["what"]),
        links=int(meta["links"]),
    )


def name(data: bytes) -> str:
    """A path as models spell it."""
    return os.fsdecode(data)


def _unpack(struct: Any, data: bytes, position: int) -> tuple[Any, ...]:
    if position + struct.size > len(data):
        raise frames.Malformed("cut off")
    return struct.unpack_from(data, position)
