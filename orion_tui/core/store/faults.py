"""What SQLite complains about, said so that a person knows what to do."""

import shlex
import sqlite3
from pathlib import Path

from orion_tui.base.errors import StoreError

#: SQLite's primary result codes that mean something to a person, with what to do about it.
#: https://www.sqlite.org/rescode.html
_FULL = sqlite3.SQLITE_FULL
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNREACHABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH})


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code, -1 where Python raised without one (a misuse of the module)."""
    # Absent, not None, when the error did not come from the library. The upper bits only tell kinds of it apart.
    code = getattr(error, "sqlite_errorcode", -1)
    return code & 0xFF if code >= 0 else -1


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds the lock, so that trying again may help."""
    return primary_code(error) in _BUSY


def is_full(error: sqlite3.Error) -> bool:
    """Whether there was no room on the disk."""
    return primary_code(error) == _FULL


def is_io_error(error: sqlite3.Error) -> bool:
    """Whether the disk failed to read or write."""
    return primary_code(error) == sqlite3.SQLITE_IOERR


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """What happened to the database at `path`, and what to do; the caller raises it from `error`."""
    code = primary_code(error)
    if code in _DAMAGED:
        return damaged(path, str(error))
    if code == _FULL:
        return StoreError(f"no room left to write {path}", hint=f"free space on the disk that holds {path.parent}")
    if code in _BUSY:
        return LockedStore(
            f"another Orion process kept {path} locked", hint="try again; `orion doctor` shows what is running"
        )
    if code in _UNREACHABLE:
        return StoreError(
            f"cannot write {path}: {error}",
            hint=f"make {path.parent} and the files in it writable for you, or set ORION_HOME to another directory",
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(
            f"reading or writing {path} failed: {error}",
            hint="check the disk (dmesg, free space); nothing that was acknowledged is lost",
        )
    return StoreError(f"the store at {path} refused a request: {error}")


def gone(path: Path) -> StoreError:
    """The database was taken away, or another one put in its place, while it was open."""
    return StoreError(
        f"the database {path} was removed or replaced while it was in use",
        hint="nothing more was written; put it back and start again, or start again to begin anew",
    )


class LockedStore(StoreError):
    """Somebody else holds the lock for longer than one waits; trying again may help."""


class DamagedStore(StoreError):
    """The database cannot be trusted: what is in it is not what was written."""


def damaged(path: Path, what: str) -> DamagedStore:
    """The database cannot be trusted: it is refused as it is, never silently replaced."""
    if newest_backup(path):
        todo = "to go on with its last good copy: orion doctor --restore"
    else:
        name, aside = shlex.quote(str(path)), shlex.quote(str(path.parent / "damaged"))
        todo = f"to start anew: mkdir {aside} && mv {name}* {aside}"
    # The check names every page that it stumbles over; the first ones say enough, and on one line a log keeps it whole.
    found = [line for line in what.splitlines() if line.strip() and not line.startswith("***")] or [what]
    told = "; ".join(found[:2]) + (f"; and {len(found) - 2} more" if len(found) > 2 else "")
    return DamagedStore(f"the database {path} is damaged: {told}", hint=f"nothing was changed; {todo}")


def backups_of(path: Path) -> Path:
    """Where copies of the database are kept."""
    return path.parent / "backups"


def newest_backup(path: Path) -> Path | None:
    """The newest copy of the database, None where there is none."""
    return max(backups_of(path).glob("orion-*.db"), default=None)
