"""Paths below the workspace, opened one component at a time so that no symbolic link is ever followed."""

from __future__ import annotations

import errno
import os

from orion_tui.core.sandbox.agent.wire import MAX_PATH

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def components(path: bytes) -> list[bytes]:
    """The names in a workspace-relative path; none for the workspace itself.

    Raises ValueError for an absolute path, an empty component, `.` or `..`, a NUL, and one that is too long.
    """
    if not path:
        return []
    if len(path) > MAX_PATH or b"\0" in path:
        raise ValueError("the path is too long or contains NUL")
    parts = path.split(b"/")
    if any(part in {b"", b".", b".."} for part in parts):
        raise ValueError("the path is not a plain path below the workspace")
    return parts


class Root:
    """The workspace: its name, and a descriptor of it that stays open."""

    def __init__(self, path: str) -> None:
        self.path = os.fsencode(path)
        self.descriptor = os.open(path, _DIRECTORY)


def open_directory(root: Root, parts: list[bytes], *, create: bool = False) -> int:
    """A descriptor of the directory at `parts` below `root`; the caller closes it.

    Raises FileNotFoundError, or NotADirectoryError where a component is anything but a real directory.
    """
    current = os.open(".", _DIRECTORY, dir_fd=root.descriptor)
    try:
        for part in parts:
            try:
                below = os.open(part, _DIRECTORY, dir_fd=current)
            except FileNotFoundError:
                if not create:
                    raise
                os.mkdir(part, 0o755, dir_fd=current)
                below = os.open(part, _DIRECTORY, dir_fd=current)
            except OSError as error:
                if error.errno == errno.ELOOP:  # what some file systems say of a link instead of ENOTDIR
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error
                raise
            os.close(current)
            current = below
    except BaseException:
        os.close(current)
        raise
    return current
