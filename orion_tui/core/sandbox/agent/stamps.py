"""What a workspace entry is, and a text that changes whenever its content, mode or identity may have."""

from __future__ import annotations

import os
import stat

from orion_tui.core.sandbox.agent.wire import EXECUTABLE, FILE, OTHER, SYMLINK

_SPECIAL = {
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFDIR: "directory",
}


def classify(status: os.stat_result) -> tuple[bytes, str]:
    """The wire's kind of an entry, and what it is where it may not cross."""
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFREG:
        if status.st_mode & (stat.S_ISUID | stat.S_ISGID):
            return OTHER, "setuid or setgid file"
        return (EXECUTABLE if status.st_mode & stat.S_IXUSR else FILE), ""
    if kind == stat.S_IFLNK:
        return SYMLINK, ""
    return OTHER, _SPECIAL.get(kind, "unknown")


def stamp(status: os.stat_result) -> str:
    """mtime, ctime, inode, size and mode as one opaque text."""
    return "%x.%x.%x.%x.%x" % (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_size,
        status.st_mode,
    )
