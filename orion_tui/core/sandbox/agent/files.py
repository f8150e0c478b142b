"""Reading and writing single files of the workspace. No symbolic link is followed, in any component."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from orion_tui.core.sandbox.agent.paths import Root, components, open_directory
from orion_tui.core.sandbox.agent.wire import MAX_PATH

_TEMPORARY = b".orion-write-%d"

#: Below a directory with a longer path, names could not be reached by one system call.
LONGEST_DIRECTORY = MAX_PATH - 512


def _split(path: bytes) -> tuple[list[bytes], bytes]:
    parts = components(path)
    if not parts:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return parts[:-1], parts[-1]


def open_regular(parent: int, name: bytes) -> int:
    """A readable descriptor of the regular file `name`.

    Raises ValueError where it is anything else. A file that its owner may not read is made readable for the moment.
    """
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=parent)
    except PermissionError:
        mode = stat.S_IMODE(status.st_mode)
        os.chmod(name, mode | stat.S_IRUSR, dir_fd=parent)
        try:
            return os.open(name, flags, dir_fd=parent)
        finally:
            os.chmod(name, mode, dir_fd=parent)


def read(root: Root, path: bytes, limit: int) -> Iterator[bytes]:
    """The file's bytes in pieces. Raises ValueError when there are more than `limit`."""
    parents, name = _split(path)
    parent = open_directory(root, parents)
    try:
        descriptor = open_regular(parent, name)
    finally:
        os.close(parent)
    try:
        if os.fstat(descriptor).st_size > limit:
            raise ValueError(f"larger than {limit} bytes")
        while data := os.read(descriptor, 1 << 20):
            yield data
    finally:
        os.close(descriptor)


def status(root: Root, path: bytes) -> os.stat_result | None:
    """The entry itself; None where nothing is, or where a component above it is not a directory."""
    parts = components(path)
    if not parts:
        return os.fstat(root.descriptor)
    try:
        parent = open_directory(root, parts[:-1])
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return os.stat(parts[-1], dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
    finally:
        os.close(parent)


def write(root: Root, path: bytes, pieces: Iterator[bytes], executable: bool) -> None:
    """Create or replace a regular file whole: a temporary one beside it, then a rename. A link there is replaced."""
    parents, name = _split(path)
    parent = open_directory(root, parents, create=True)
    temporary = _TEMPORARY % os.getpid()
    try:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, 0o755 if executable else 0o644, dir_fd=parent)
        try:
            try:
                for piece in pieces:
                    write_all(descriptor, piece)
            finally:
                os.close(descriptor)
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            os.unlink(temporary, dir_fd=parent)
            raise
    finally:
        os.close(parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Every byte of `data`."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def delete(root: Root, path: bytes) -> None:
    """Remove a file or link, then the directories above it that this leaves empty."""
    parents, name = _split(path)
    parent = open_directory(root, parents)
    try:
        os.unlink(name, dir_fd=parent)
    finally:
        os.close(parent)
    while parents:
        parent = open_directory(root, parents[:-1])
        try:
            os.rmdir(parents[-1], dir_fd=parent)
        except OSError:
            return
        finally:
            os.close(parent)
        parents = parents[:-1]


def names(root: Root, path: bytes, limit: int) -> list[bytes]:
    """Files below a directory, sorted, `.git` left out; the first `limit` of them."""
    os.close(open_directory(root, components(path)))
    found: list[bytes] = []
    pending = [path]
    while pending:
        directory = pending.pop()
        prefix = directory + b"/" if directory else b""
        try:
            entries = os.scandir(root.path + b"/" + directory)
        except PermissionError:
            continue
        with entries:
            for entry in entries:
                if entry.name == b".git":
                    continue
                name = prefix + entry.name
                if not entry.is_dir(follow_symlinks=False):
                    found.append(name)
                elif len(name) < LONGEST_DIRECTORY:
                    pending.append(name)
    return sorted(found)[:limit]
