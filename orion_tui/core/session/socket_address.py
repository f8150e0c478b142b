"""Sockets in a directory of their owner's alone: bound in place of what an earlier process left, and found again."""

import contextlib
import os
import socket
from collections.abc import Generator
from pathlib import Path

#: Longest path that fits into a socket address, with its terminator.
_LONGEST = 107


def bind(end: socket.socket, folder: Path, name: str) -> None:
    """Bind a socket to `folder/name`, 0600, in place of whatever is there. OSError where that cannot be done.

    For whoever holds the lock that says whose the name is; the directory is closed to others already, so that nobody
    gets in between.
    """
    with address(folder, name) as place:
        (folder / name).unlink(missing_ok=True)
        end.bind(place)
        (folder / name).chmod(0o600)


@contextlib.contextmanager
def address(folder: Path, name: str) -> Generator[str]:
    """The socket's address; by way of an open directory where its path is too long for one."""
    path = str(folder / name)
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)
