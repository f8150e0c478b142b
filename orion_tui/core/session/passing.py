"""Failures that may be over the next time: what they are, so that a session goes on after them and does not end.

The work itself is whole: what was acknowledged is on the disk, and the step in flight runs again. A disk that answers
with an error, a git that the system killed for memory, a store that another process kept locked: none of them says
anything about the session.
"""

import errno
import sqlite3

from orion_tui.base.errors import GitError, GitKilled
from orion_tui.core.store.faults import is_busy, is_io_error


def passing(error: BaseException | None) -> str:
    """What to tell people of a failure that may pass, in a few words; empty for one that will not."""
    while error is not None:
        if isinstance(error, GitKilled):
            return "git was killed in the middle of its work"
        if isinstance(error, OSError) and error.errno == errno.EIO:
            return "the disk failed to read or write"
        if isinstance(error, GitError) and "Input/output error" in error.message:
            return "the disk failed to read or write"
        if isinstance(error, sqlite3.Error) and is_io_error(error):
            return "the disk failed to read or write"
        if isinstance(error, sqlite3.Error) and is_busy(error):
            return "another process kept the store locked"
        error = error.__cause__ or error.__context__
    return ""
