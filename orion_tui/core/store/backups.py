"""Copies of the store, whole and checked, for the day that the disk damages it."""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import connect
from orion_tui.core.store.database import Store
from orion_tui.core.store.faults import backups_of, damaged, newest_backup, store_error

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


def restore(path: Path) -> Path:
    """Put the newest copy in the place of a damaged store, which moves to `damaged-...` beside it; the copy's path.

    No process may have the store open. Raises StoreError when there is no sound copy; nothing is moved then.
    """
    source = newest_backup(path)
    if source is None:
        raise StoreError(f"there is no copy of {path} to restore", hint=f"copies are kept in {backups_of(path)}")
    try:
        aside = path.with_name(f"damaged-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}")
        fresh = path.with_suffix(".restored")
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _copy(source, fresh)
        _sync(fresh)
        aside.mkdir(mode=0o700)
        # The log first: beside a database that it does not belong to it would be taken for its own.
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(aside / part.name)
        fresh.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreError(f"cannot restore {path}: {error.strerror}", hint=f"make {path.parent} writable") from error
    return source


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
