"""From an empty or older database to the form that this version reads."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from orion_tui import __version__
from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import begin_immediate

#: `0001_initial.sql` takes user_version 0 to 1, and so on without gaps. Shipped files are never edited.
MIGRATIONS = Path(__file__).with_name("migrations")

#: Written into the file's header, so that another program's SQLite file is not taken for ours: "ORIO".
APPLICATION_ID = 0x4F52494F


def migrations(folder: Path = MIGRATIONS) -> list[Path]:
    """The migration files in order; the last one's number is the version that this program writes."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit behind our back."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished statement: {pending.strip()[:80]}")


def migrate(connection: sqlite3.Connection, path: Path, folder: Path = MIGRATIONS) -> None:
    """Bring the database to the newest version, each migration in a transaction of its own.

    Safe when several processes start at once: the version is read again under the write lock. Raises StoreError when
    the file was written by a newer Orion or by another program; nothing is changed then.
    """
    files = migrations(folder)
    began = check_version(connection, path, folder)
    if began == len(files):
        return
    while True:
        begin_immediate(connection)
        try:
            version = check_version(connection, path, folder)
            if version == len(files):
                connection.execute("ROLLBACK")
                return
            if began:  # an empty file is nobody's yet
                _check_nobody_older(path)
            for statement in statements(files[version].read_text("utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


class UpgradeWaits(StoreError):
    """A supervisor of another version is at work with the store, whose format this version would change."""


def _check_nobody_older(path: Path) -> None:
    """Refuse to change the format under a supervisor that would go on writing the one it knows."""
    # The lock is a leaf: nothing of it leads back here.
    from orion_tui.core.session import lock

    holder = lock.holder(path.parent / "run" / "supervisor.lock")
    if holder is not None and holder.version != __version__:
        raise UpgradeWaits(
            f"{path} is to be brought to the format of version {__version__}, and a supervisor of version"
            f" {holder.version or 'unknown'} (process {holder.pid}) is at work with it",
            hint="let it finish: orion daemon start replaces it by this version's",
        )


def check_version(connection: sqlite3.Connection, path: Path, folder: Path = MIGRATIONS) -> int:
    """The version of the database, 0 for an empty one; reads only.

    Raises StoreError when the file was written by a newer Orion or by another program.
    """
    newest = len(migrations(folder))
    # In this order: another process may be making the database, and it sets all three in one commit.
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID and tables:
        raise StoreError(
            f"{path} is not an Orion database", hint="move it away, or set ORION_HOME to another directory"
        )
    if version > newest:
        raise StoreError(
            f"{path} was written by a newer Orion (format {version}, this one reads up to {newest})",
            hint="upgrade Orion, or set ORION_HOME to another directory for this version",
        )
    return version
