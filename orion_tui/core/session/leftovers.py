"""What a submission that was killed left behind: a session's directory that no session belongs to.

A session's repository is made before its row, so that a row never lacks one. Only what is beyond doubt is removed: a
directory with a session's name and no row, untouched for an hour, that holds a base and no work. A store that was put
back from an older copy lacks the rows of newer sessions, and their work must outlast that.
"""

import os
import shutil
import stat
from pathlib import Path

from orion_tui.base.errors import GitError, NotFound, StateError
from orion_tui.base.ids import SESSION_ID
from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import session_repo
from orion_tui.core.store import Reader, sessions

#: Seconds that a submission may take: copying a large base does.
AGE = 3600.0


def remove_leftovers(home: OrionHome, reader: Reader, now: float) -> tuple[str, ...]:
    """Remove them; their names. `now` is wall-clock time, like the times of files."""
    removed: list[str] = []
    try:
        found = sorted(home.sessions.iterdir())
    except OSError:
        return ()
    for path in found:
        if SESSION_ID.fullmatch(path.name) and _is_leftover(home, reader, path, now):
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path.name)
    return tuple(removed)


def _is_leftover(home: OrionHome, reader: Reader, path: Path, now: float) -> bool:
    try:
        sessions.get(reader, path.name)
    except NotFound:
        pass
    else:
        return False
    try:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or now - _touched(path) < AGE:
            return False
        return not _holds_work(home, path.name)
    except (OSError, GitError):
        return False  # what cannot be looked at is not beyond doubt


def _touched(path: Path) -> float:
    """When something in it was changed last."""
    newest = path.lstat().st_mtime
    for folder, folders, files in os.walk(path, onerror=_refuse):
        for name in (*folders, *files):
            newest = max(newest, Path(folder, name).lstat().st_mtime)
    return newest


def _refuse(error: OSError) -> None:
    raise error


def _holds_work(home: OrionHome, session_id: str) -> bool:
    """Whether a checkpoint was ever made. A repository that is not even one holds none."""
    try:
        repo = session_repo.open(home, session_id)
    except StateError:
        return False
    return repo.ref(repo.branch_ref) is not None
