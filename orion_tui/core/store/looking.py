"""A store that is only looked at: nothing is made, migrated or written, whatever is asked of it."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NoReturn, TypeVar

from orion_tui.base.clock import Clock, SystemClock
from orion_tui.base.errors import StateError, StoreError
from orion_tui.core.store.connection import Reader, Transaction, connect
from orion_tui.core.store.database import Store
from orion_tui.core.store.faults import store_error
from orion_tui.core.store.migrate import check_version, migrations

T = TypeVar("T")


class LookingStore(Store):
    """An existing database of this version's format. SQLite itself refuses writes on every connection of it."""

    def __init__(self, path: Path, clock: Clock, connection: sqlite3.Connection) -> None:
        super().__init__(path, clock, connection)
        self._sealed = threading.local()

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None) -> "LookingStore":
        """Open what is there. Raises StoreError where there is nothing, or something that would have to be migrated."""
        if not path.exists():
            raise StoreError(
                f"there is nothing to look at in {path.parent}",
                hint="start without --read-only once, or set ORION_HOME to the directory that is meant",
            )
        try:
            connection = connect(path)
        except sqlite3.Error as error:
            raise store_error(error, path) from error
        try:
            connection.execute("PRAGMA query_only = ON")
            if check_version(connection, path) != len(migrations()):
                raise StoreError(
                    f"{path} is of an older version's format, and would have to be changed before it can be read",
                    hint="start without --read-only once",
                )
        except sqlite3.Error as error:
            connection.close()
            raise store_error(error, path) from error
        except BaseException:
            connection.close()
            raise
        return cls(path, clock or SystemClock(), connection)

    def reader(self) -> Reader:
        """See Store."""
        found = super().reader()
        if not getattr(self._sealed, "done", False):
            found.rows("PRAGMA query_only = ON")
            self._sealed.done = True
        return found

    @contextlib.contextmanager
    def transaction(self) -> Generator[Transaction, None, None]:
        """Refused: StateError."""
        _refuse()
        yield  # pyright: ignore[reportUnreachable]

    def transact(self, work: Callable[[Transaction], T]) -> T:  # noqa: ARG002 - the store's signature
        """Refused: StateError."""
        _refuse()

    def start_writer(self) -> None:
        """Refused: StateError."""
        _refuse()


def _refuse() -> NoReturn:
    raise StateError("the store was opened to look at it, and nothing is written to it")
