"""A full disk: how it is told from other failures, and the reserve that lets the last words be written.

A file of a few megabytes is kept in the state directory for nothing else. When the disk is full it is given up, so that
the session's state and its event still find room; it is made again once there is plenty.
"""

import errno
import os
import shutil
import sqlite3

from orion_tui.base.errors import GitError
from orion_tui.base.paths import OrionHome
from orion_tui.core.store.faults import is_full

#: Bytes kept back: a commit to the store, and its share of the write-ahead log, many times over.
RESERVE = 8 * 1024 * 1024

#: Free bytes from which on the reserve is made (again).
PLENTY = 16 * RESERVE

#: Seconds until a session that stopped for want of room looks again.
LOOK_AGAIN = 60.0

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAID = tuple(os.strerror(number) for number in _FULL)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a failure, or what caused it, is that there is no room left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, sqlite3.Error) and is_full(error):
            return True
        if isinstance(error, GitError) and any(said in str(error) for said in _SAID):
            return True
        error = error.__cause__ or error.__context__
    return False


def keep_reserve(home: OrionHome) -> None:
    """Make the reserve where it is missing and there is plenty of room; says nothing where it cannot."""
    path = home.run / "reserve"
    try:
        if path.exists() or shutil.disk_usage(home.run).free < PLENTY:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE)
        except OSError:
            path.unlink()
        finally:
            os.close(descriptor)
    except OSError:
        return


def give_up_reserve(home: OrionHome) -> bool:
    """Free what was kept back; whether there was any."""
    try:
        (home.run / "reserve").unlink()
    except OSError:
        return False
    return True
