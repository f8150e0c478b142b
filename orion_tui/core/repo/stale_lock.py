"""Locks that a git left behind which was killed, in a repository of Orion's own.

git takes a lock by making a file and removes it when it ends; killed, it cannot. In a session's repository references
are written by one worker at a time, each in milliseconds: a lock that stays is nobody's.
"""

import contextlib
import time
from pathlib import Path

#: Seconds that a git which outlived its supervisor gets to finish what it is writing.
GRACE = 2.0


def clear_stale_lock(path: Path, *, grace: float = GRACE) -> None:
    """Wait until the lock is gone; remove it when the same one is still there after `grace` seconds."""
    deadline = time.monotonic() + grace
    while (found := _identity(path)) is not None:
        if time.monotonic() >= deadline:
            with contextlib.suppress(FileNotFoundError):
                if _identity(path) == found:
                    path.unlink()
            return
        time.sleep(0.01)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
