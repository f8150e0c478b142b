"""What changed in the workspace since the host was last told.

Nothing else runs in the sandbox while a scan does: a command has ended, with everything it started, before the next
request is looked at. So the tree holds still.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator, Iterable, Iterator

from orion_tui.core.sandbox.agent import files
from orion_tui.core.sandbox.agent.paths import Root
from orion_tui.core.sandbox.agent.stamps import classify, stamp
from orion_tui.core.sandbox.agent.tree import Refused
from orion_tui.core.sandbox.agent.watch import Watch
from orion_tui.core.sandbox.agent.wire import OTHER, REMOVED, STAT

_PIECE = 1 << 20
#: Bytes of all paths of a workspace together: a thousand deep directories would multiply them.
MAX_NAMES = 24 * 1024 * 1024

#: What tells whether an entry changed: mode, size, mtime, ctime, inode, links.
_Key = tuple[int, int, int, int, int, int]


class Known:
    """What the host has been told of the workspace, and when.

    `watched` asks the kernel to tell what changes from now on, so that the next scan need not look at everything.
    """

    def __init__(self, *, watched: bool = False) -> None:
        self.generation = 0
        self.entries: dict[bytes, _Key] = {}
        #: Names that share their file with another: one may change without its own directory being told.
        self.linked: set[bytes] = set()
        #: Bytes of all names of `entries` together.
        self.names = 0
        self.watch: Watch | None = None
        self._watched = watched

    def begin_watch(self, root: Root) -> None:
        """A new watch in place of the old one, where the kernel gives one."""
        self.close()
        if self._watched:
            with contextlib.suppress(OSError):
                self.watch = Watch(root.path)

    def watch_also(self, directory: bytes) -> None:
        """Watch one more directory; no watch at all where the kernel refuses."""
        try:
            if self.watch is not None:
                self.watch.add(directory)
        except OSError:
            self.close()

    def close(self) -> None:
        """Give the watch back."""
        if self.watch is not None:
            self.watch.close()
            self.watch = None


def scan(root: Root, known: Known, limit: int) -> Iterator[bytes]:
    """What differs below `root` from `known`, which is brought up to date: STAT records.

    Looks at what the kernel named, where it could; at everything else. Raises Refused when there are more than `limit`
    entries, directories included, or their paths are too long.
    """
    try:
        try:
            changed = _look_again(root, known, limit)
        except OSError:  # a directory's rights were taken away, or something vanished: the whole walk copes with that
            changed = None
        yield from _look_through(root, known, limit) if changed is None else _pieces(changed)
    except BaseException:
        known.close()  # what it had to say is lost
        raise


def _look_through(root: Root, known: Known, limit: int) -> Iterator[bytes]:
    """Everything. Nothing is taken for known before all of it was seen."""
    before = known.entries
    now: dict[bytes, _Key] = {}
    changed = bytearray()
    known.begin_watch(root)
    for path, status in _walk(root, [b""], known, _Count(limit)):
        now[path] = key = _key(status)
        if before.get(path) != key:
            changed += _record(path, status)
        if len(changed) > _PIECE:
            yield bytes(changed)
            changed.clear()
    changed += _removals(before.keys() - now.keys())
    known.entries = now
    known.linked = {path for path, key in now.items() if key[5] > 1}
    known.names = sum(map(len, now))
    yield from _pieces(changed)


def _look_again(root: Root, known: Known, limit: int) -> bytearray | None:
    """The same from what the kernel named; None where everything must be looked at."""
    watch = known.watch
    told = watch.changes() if watch is not None else None
    if watch is None or told is None:
        return None
    touched, appeared = told
    appeared.discard(b".git")
    if any(len(path) >= files.LONGEST_DIRECTORY for path in appeared):
        return None
    suspects = (touched | known.linked) - {b".git"}
    found = _statuses(root, suspects)
    # A directory whose parent appeared as well is walked with that one.
    fresh = [path for path in appeared if not _is_below(path, appeared) and _is_directory(root, path)]
    count = _Count(limit, len(known.entries) + len(watch) - 1, known.names + watch.names)
    found.update(_walk(root, fresh, known, count))
    if known.watch is None or any(status.st_nlink > 1 and path not in known.linked for path, status in found.items()):
        return None
    gone = (suspects - found.keys()) & known.entries.keys()
    new = found.keys() - known.entries.keys()
    names = known.names + sum(map(len, new)) - sum(map(len, gone))
    _Count(limit, len(known.entries) + len(new) - len(gone) + len(watch) - 1, names + watch.names).check()
    changed = _removals(gone)
    for path in gone:
        del known.entries[path]
    for path, status in found.items():
        key = _key(status)
        if known.entries.get(path) != key:
            changed += _record(path, status)
            known.entries[path] = key
    known.linked = {path for path in known.linked if path in known.entries and known.entries[path][5] > 1}
    known.names = names
    return changed


def _statuses(root: Root, paths: Iterable[bytes]) -> dict[bytes, os.stat_result]:
    """What stands at these paths, directories and missing ones left out."""
    found: dict[bytes, os.stat_result] = {}
    for path in paths:
        try:
            status = os.lstat(root.path + b"/" + path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if not stat.S_ISDIR(status.st_mode):
            found[path] = status
    return found


class _Count:
    """How many entries there are, and how long their names are together."""

    def __init__(self, limit: int, entries: int = 0, names: int = 0) -> None:
        self._limit, self._entries, self._names = limit, entries, names

    def add(self, path: bytes) -> None:
        """One more. Raises Refused where it is too many."""
        self._entries += 1
        self._names += len(path)
        self.check()

    def check(self) -> None:
        """Raises Refused where there are too many."""
        if self._entries > self._limit or self._names > MAX_NAMES:
            raise Refused(f"the workspace holds more than {self._limit} entries, or too long names")


def _walk(root: Root, pending: list[bytes], known: Known, count: _Count) -> Iterator[tuple[bytes, os.stat_result]]:
    """Every entry below the `pending` directories, which are watched from now on. The top-level `.git` is left out."""
    while pending:
        directory = pending.pop()
        prefix = directory + b"/" if directory else b""
        with _entries(root.path + b"/" + directory) as entries:
            known.watch_also(directory)
            for entry in entries:
                path = prefix + entry.name
                if path == b".git":
                    continue
                count.add(path)
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode) and len(path) < files.LONGEST_DIRECTORY:
                    pending.append(path)
                else:
                    yield path, status


def _key(status: os.stat_result) -> _Key:
    return (
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_nlink,
    )


def _is_below(path: bytes, directories: set[bytes]) -> bool:
    """Whether a directory above `path` is among them."""
    parent = path.rpartition(b"/")[0]
    while parent:
        if parent in directories:
            return True
        parent = parent.rpartition(b"/")[0]
    return False


def _is_directory(root: Root, path: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(root.path + b"/" + path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False  # it appeared and is gone again


def _removals(paths: Iterable[bytes]) -> bytearray:
    records = bytearray()
    for path in paths:
        records += STAT.pack(REMOVED, 0, 0, len(path), 0, 0) + path
    return records


def _pieces(data: bytearray) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield bytes(data[start : start + _PIECE])


@contextlib.contextmanager
def _entries(directory: bytes) -> Generator[Iterable[os.DirEntry[bytes]], None, None]:
    """The entries of one directory, its owner's rights to it restored if they had been taken away."""
    try:
        iterator = os.scandir(directory)
    except PermissionError:
        os.chmod(directory, 0o700)
        iterator = os.scandir(directory)
    with iterator:
        first = next(iterator, None)
        if first is not None:
            try:
                first.stat(follow_symlinks=False)
            except PermissionError:  # readable, but not searchable
                os.chmod(directory, 0o700)
        yield _chain(first, iterator)


def _chain(first: os.DirEntry[bytes] | None, rest: Iterator[os.DirEntry[bytes]]) -> Iterator[os.DirEntry[bytes]]:
    if first is not None:
        yield first
        yield from rest


def _record(path: bytes, status: os.stat_result) -> bytes:
    kind, what = classify(status)
    if stat.S_ISDIR(status.st_mode):
        kind, what = OTHER, "path too long"
    text, reason = stamp(status).encode(), what.encode()
    return STAT.pack(kind, status.st_nlink, status.st_size, len(path), len(text), len(reason)) + path + text + reason
