"""One file at a time, by directory handle: looking without following, copying whole, linking without overwriting."""

import errno
import hashlib
import os
import stat
from enum import StrEnum

import attrs

#: Flags that open a directory and refuse a link to one.
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Flags that open a regular file to read, refuse a link, and do not wait for a pipe's other end.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20
# What a file system answers that cannot link, or not from there: then the file is copied.
_CANNOT_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

#: A path, or a name within an open directory.
Name = str | os.PathLike[str]


class Kind(StrEnum):
    """What stands at a path."""

    ABSENT = "absent"
    FILE = "file"
    SYMLINK = "symlink"
    DIRECTORY = "directory"
    OTHER = "other"
    #: Something above it is not a directory.
    BLOCKED = "blocked"
    #: A directory above it is the root of another repository.
    FOREIGN = "foreign"


@attrs.frozen(kw_only=True)
class Seen:
    """What stood at a path when it was looked at. Two equal values are the same, unwritten file."""

    kind: Kind
    #: For `BLOCKED` and `FOREIGN`: the path above that is the reason.
    at: str = ""
    device: int = 0
    inode: int = 0
    size: int = 0
    modified_ns: int = 0
    mode: int = 0

    @property
    def executable(self) -> bool:
        """Whether its owner may execute it: what git records."""
        return bool(self.mode & stat.S_IXUSR)


def same(before: Seen, after: Seen) -> bool:
    """Whether it is the same file, not written since; a copy that `move` made on another file system counts."""
    if before.device != after.device:
        after = attrs.evolve(after, device=before.device, inode=before.inode)
    return before == after


_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFLNK: Kind.SYMLINK, stat.S_IFDIR: Kind.DIRECTORY}


def seen_at(name: Name, directory: int | None = None) -> Seen:
    """What stands there, itself, never what it links to."""
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return Seen(kind=Kind.ABSENT)
    return Seen(
        kind=_KINDS.get(stat.S_IFMT(status.st_mode), Kind.OTHER),
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        mode=stat.S_IMODE(status.st_mode),
    )


def digest_at(name: Name, directory: int | None = None) -> str:
    """SHA-256 of a file's bytes, or of where a link points; empty for anything else and for nothing."""
    kind = seen_at(name, directory).kind
    if kind is Kind.SYMLINK:
        return hashlib.sha256(link_target(name, directory)).hexdigest()
    if kind is not Kind.FILE:
        return ""
    handle = os.open(name, READ, dir_fd=directory)
    try:
        return digest_of(handle)
    finally:
        os.close(handle)


def digest_of(handle: int) -> str:
    """SHA-256 of what is left to read."""
    digest = hashlib.sha256()
    while chunk := os.read(handle, _CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def link_target(name: Name, directory: int | None = None) -> bytes:
    """Where a symbolic link points, as it is written."""
    return os.readlink(os.fsencode(name), dir_fd=directory)


def move(source: Name, source_directory: int | None, target: Name, target_directory: int | None) -> None:
    """Move a file or link whole, to another file system too. The target must not exist."""
    try:
        os.rename(source, target, src_dir_fd=source_directory, dst_dir_fd=target_directory)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The copy is complete and synced before the original goes: a crash in between leaves both.
        partial = f"{os.fspath(target)}.partial"
        _discard(partial, target_directory)
        copy(source, source_directory, partial, target_directory)
        os.rename(partial, target, src_dir_fd=target_directory, dst_dir_fd=target_directory)
        os.unlink(source, dir_fd=source_directory)


def link(source: Name, source_directory: int | None, target: Name, target_directory: int | None) -> bool:
    """Give a file or link a second name; False where the file system cannot. FileExistsError when that is taken."""
    try:
        os.link(source, target, src_dir_fd=source_directory, dst_dir_fd=target_directory, follow_symlinks=False)
    except OSError as error:
        if error.errno in _CANNOT_LINK:
            return False
        raise
    return True


def copy(source: Name, source_directory: int | None, target: Name, target_directory: int | None) -> None:
    """A new file or link with the same bytes, permission bits and times, synced. FileExistsError when it exists."""
    seen = seen_at(source, source_directory)
    if seen.kind is Kind.SYMLINK:
        os.symlink(link_target(source, source_directory), os.fsencode(target), dir_fd=target_directory)
        times = (seen.modified_ns, seen.modified_ns)
        os.utime(target, ns=times, dir_fd=target_directory, follow_symlinks=False)
        return
    reading = os.open(source, READ, dir_fd=source_directory)
    try:
        writing = os.open(target, _CREATE, 0o600, dir_fd=target_directory)
        try:
            while chunk := os.read(reading, _CHUNK):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(writing, rest) :]
            os.fchmod(writing, seen.mode)
            os.utime(writing, ns=(seen.modified_ns, seen.modified_ns))
            os.fsync(writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def place(source: Name, target: Name, directory: int, *, aside: str) -> None:
    """Make `target` the file or link that `source` is, without overwriting. FileExistsError when something is there.

    Where there are no links from `source`, a copy named `aside` grows in the directory first: it appears whole.
    """
    if link(source, None, target, directory):
        return
    _discard(aside, directory)
    copy(source, None, aside, directory)
    if link(aside, directory, target, directory):
        _discard(aside, directory)
        return
    # No links on this file system at all: the instant between looking and renaming is all that is left open.
    if seen_at(target, directory).kind is not Kind.ABSENT:
        _discard(aside, directory)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(target))
    os.rename(aside, target, src_dir_fd=directory, dst_dir_fd=directory)


def _discard(name: str, directory: int | None) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return
