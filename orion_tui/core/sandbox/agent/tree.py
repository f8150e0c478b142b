"""The whole workspace at once: emptied and filled, and read out.

Nothing else runs in the sandbox while one of these does: a command has ended, with everything it started, before the
next request is looked at. So the tree holds still, and plain relative paths are safe where the walk has seen that each
component is a real directory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator

from orion_tui.core.sandbox.agent import files
from orion_tui.core.sandbox.agent.paths import Root, components, open_directory
from orion_tui.core.sandbox.agent.stamps import classify
from orion_tui.core.sandbox.agent.wire import (
    ENTRY,
    EXECUTABLE,
    FILE,
    MAX_PATH,
    OTHER,
    SYMLINK,
)

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PIECE = 1 << 20


class Refused(Exception):
    """The tree is not one that may cross the boundary."""


def empty(root: Root) -> None:
    """Remove everything below `root`, however deep and whatever its modes.

    Directories are moved up to the top before they are entered: no depth costs a descriptor or a stack frame.
    """
    top = root.descriptor
    pending: list[bytes] = []
    counter = 0
    for name in os.listdir(top):
        _remove_or_queue(top, os.fsencode(name), pending)
    while pending:
        directory = pending.pop()
        descriptor = _open_forced(top, directory)
        try:
            for entry in os.listdir(descriptor):
                name = os.fsencode(entry)
                if not stat.S_ISDIR(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=descriptor)
                    continue
                os.close(_open_forced(descriptor, name))
                while True:
                    counter += 1
                    raised = b".orion-empty-%d" % counter
                    try:
                        os.stat(raised, dir_fd=top, follow_symlinks=False)
                    except FileNotFoundError:
                        break
                os.rename(name, raised, src_dir_fd=descriptor, dst_dir_fd=top)
                pending.append(raised)
        finally:
            os.close(descriptor)
        os.rmdir(directory, dir_fd=top)


def _remove_or_queue(root: int, name: bytes, pending: list[bytes]) -> None:
    if stat.S_ISDIR(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode):
        pending.append(name)
    else:
        os.unlink(name, dir_fd=root)


def _open_forced(parent: int, name: bytes) -> int:
    """A directory opened, after its owner's rights to it were restored if they had been taken away."""
    if os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(name, 0o700, dir_fd=parent)
    return os.open(name, _DIRECTORY, dir_fd=parent)


def load(root: Root, read: Callable[[int], bytes]) -> int:
    """Empty the workspace and fill it from a stream of entries: their count.

    `read` gives up to n bytes, b"" at the end. Raises Refused for a path that is not plain or comes twice.
    """
    empty(root)
    directories = {b""}
    count = 0
    while head := _exactly(read, ENTRY.size, optional=True):
        kind, path_length, size = ENTRY.unpack(head)
        if path_length > MAX_PATH:
            raise Refused("a path is too long")
        path = _exactly(read, path_length)
        _make_parents(root, path, directories)
        try:
            if kind == SYMLINK:
                os.symlink(_exactly(read, size), path, dir_fd=root.descriptor)
            elif kind in {FILE, EXECUTABLE}:
                _write_new(root, path, size, kind == EXECUTABLE, read)
            else:
                raise Refused("an entry of unknown kind")
        except FileExistsError as error:
            raise Refused(f"{os.fsdecode(path)!r} comes twice") from error
        count += 1
    return count


def _make_parents(root: Root, path: bytes, directories: set[bytes]) -> None:
    parent = path.rpartition(b"/")[0]
    if path and parent in directories and path.rpartition(b"/")[2] not in {b"", b".", b".."} and b"\0" not in path:
        return
    try:
        parts = components(path)
    except ValueError as error:
        raise Refused(str(error)) from error
    if not parts:
        raise Refused("an entry without a path")
    for depth in range(1, len(parts)):
        directory = b"/".join(parts[:depth])
        if directory in directories:
            continue
        try:
            os.mkdir(directory, 0o755, dir_fd=root.descriptor)
        except FileExistsError as error:
            raise Refused(f"{os.fsdecode(directory)!r} is both an entry and a directory") from error
        directories.add(directory)


def _write_new(root: Root, path: bytes, size: int, executable: bool, read: Callable[[int], bytes]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o755 if executable else 0o644, dir_fd=root.descriptor)
    try:
        while size:
            piece = read(min(size, _PIECE))
            if not piece:
                raise Refused("the stream of entries stops in the middle")
            files.write_all(descriptor, piece)
            size -= len(piece)
    finally:
        os.close(descriptor)


def _exactly(read: Callable[[int], bytes], count: int, *, optional: bool = False) -> bytes:
    """`count` bytes; with `optional`, none at the very end."""
    data = b""
    while len(data) < count:
        piece = read(count - len(data))
        if not piece:
            if optional and not data:
                return b""
            raise Refused("the stream of entries stops in the middle")
        data += piece
    return data


def fetch(root: Root, paths: list[bytes], budget: int) -> Iterator[bytes]:
    """Entries with their content, in order, until `budget` bytes are spent (at least one entry).

    Raises Refused when one of them is neither a file nor a link any more.
    """
    spent = 0
    for path in paths:
        parts = components(path)
        if not parts:
            raise Refused("the workspace itself is not an entry")
        try:
            parent = open_directory(root, parts[:-1])
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Refused(f"{os.fsdecode(path)!r} is gone") from error
        try:
            status = os.stat(parts[-1], dir_fd=parent, follow_symlinks=False)
            kind, what = classify(status)
            if kind == OTHER:
                raise Refused(f"{os.fsdecode(path)!r} is a {what}")
            if spent and spent + status.st_size > budget:
                return
            if kind == SYMLINK:
                target = os.readlink(parts[-1], dir_fd=parent)
                yield ENTRY.pack(kind, len(path), len(target)) + path + target
                spent += len(target)
                continue
            descriptor = files.open_regular(parent, parts[-1])
        except FileNotFoundError as error:
            raise Refused(f"{os.fsdecode(path)!r} is gone") from error
        finally:
            os.close(parent)
        try:
            yield ENTRY.pack(kind, len(path), status.st_size) + path
            left = status.st_size
            while left:
                piece = os.read(descriptor, min(left, _PIECE))
                if not piece:
                    raise Refused(f"{os.fsdecode(path)!r} became shorter")
                yield piece
                left -= len(piece)
        finally:
            os.close(descriptor)
        spent += max(status.st_size, 1)
