"""Copies of the store, whole and checked, for the day that the disk damages it."""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import connect
from orion_tui.core.store.database import Store
from orion_tui.core.store.faults import backups_of, damaged, store_error

#: How many copies stay.
KEPT = 3


def make(store: Store, *, keep: int = KEPT) -> Path:
    """Copy the store as it is now into `backups` beside it, check the copy, drop the oldest beyond `keep`.

    Others go on reading and writing meanwhile. Seconds for a big store. Raises StoreError when the store or the copy
    is damaged or there is no room; older copies then all stay.
    """
    folder = backups_of(store.path)
    stamp = datetime.fromtimestamp(store.clock.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"orion-{stamp}.db"
    part = target.with_suffix(".part")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for left_over in folder.glob("*.part"):
            left_over.unlink()
        # Made first, so that nobody else can ever read it; SQLite fills an empty file.
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _copy(store.path, part)
        _sync(part)
        part.replace(target)
        _sync(folder)
        for old in sorted(folder.glob("orion-*.db"))[:-keep]:
            old.unlink()
    except OSError as error:
        raise StoreError(
            f"cannot keep a copy of {store.path} in {folder}: {error.strerror}",
            hint=f"make {folder} writable, and free space on its disk",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return target


def sound(path: Path) -> list[Path]:
    """The copies of the store at `path` that are whole, newest first: each is read from end to end."""
    found: list[Path] = []
    for copy in sorted(backups_of(path).glob("orion-*.db"), reverse=True):
        with contextlib.suppress(StoreError), contextlib.closing(_opened(copy)) as connection:
            _check(connection, copy)
            found.append(copy)
    return found


def restore(path: Path) -> Path:
    """Put the newest sound copy in the place of a damaged store, which moves to `damaged-...` beside it; its path.

    No process may have the store open. Raises StoreError when there is no sound copy; nothing is moved then.
    """
    candidates = sorted(backups_of(path).glob("orion-*.db"), reverse=True)
    fresh = path.with_suffix(".restored")
    problems: list[str] = []
    try:
        for source in candidates:
            fresh.unlink(missing_ok=True)
            os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            try:
                _copy(source, fresh)
            except StoreError as error:
                problems.append(f"{source.name}: {error.message}")
                continue
            _sync(fresh)
            _swap(path, fresh)
            return source
    except OSError as error:
        raise StoreError(f"cannot restore {path}: {error.strerror}", hint=f"make {path.parent} writable") from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()
    raise StoreError(
        f"there is no {'sound ' if candidates else ''}copy of {path} to restore",
        hint=f"copies are kept in {backups_of(path)}",
        problems=tuple(problems),
    )


def _swap(path: Path, fresh: Path) -> None:
    """Set the damaged store aside, with what belongs to it, and put `fresh` in its place."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"damaged-{stamp}")
    aside.mkdir(mode=0o700)
    # The log first: beside a database that it does not belong to it would be taken for its own.
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside / part.name)
    fresh.replace(path)
    _sync(path.parent)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return connect(path)
    except sqlite3.Error as error:
        raise store_error(error, path) from error


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    if found != ["ok"]:
        raise damaged(path, "; ".join(found))


def _copy(source: Path, target: Path) -> None:
    """A whole, compact, sound copy. VACUUM INTO reads every row, so a damaged source fails here."""
    try:
        with contextlib.closing(connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        with contextlib.closing(connect(target)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.Error as error:
        raise store_error(error, source) from error
    if found != ["ok"]:
        raise damaged(target, "; ".join(found))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
