"""Connections: how the database is opened, and the two views of it that the rest of the store works on."""

import contextlib
import sqlite3
import threading
import time
import weakref
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orion_tui.base.clock import Clock
from orion_tui.base.errors import StoreError
from orion_tui.core.store.faults import gone, is_busy, store_error

#: Seconds that a connection waits for another process's transaction.
BUSY_SECONDS = 5.0

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


def connect(path: Path) -> sqlite3.Connection:
    """Open the existing database at `path` with this store's settings.

    Transactions are begun and ended explicitly. The file is never created here. `check_same_thread` is off because a
    connection is *closed* by whichever thread ends it; it is *used* by one thread at a time.

    Raises sqlite3.Error; callers that face people map it with `faults.store_error`.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        # FULL: in WAL mode NORMAL loses acknowledged commits on power loss.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        # A burst must not leave a huge file behind for ever.
        connection.execute("PRAGMA journal_size_limit = 67108864")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def begin_immediate(connection: sqlite3.Connection, seconds: float = BUSY_SECONDS) -> None:
    """Take the write lock, trying often.

    SQLite's own busy handler backs off to 100 ms between tries; beside a supervisor that writes all the time, a
    person's approval would wait for seconds. Short, even pauses find the gap between two group commits.

    Raises sqlite3.OperationalError (busy) after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(0.0005)
        else:
            return


class Reader:
    """The read side, for one thread. Each query sees one consistent, committed state."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        # Closed with the thread that it belongs to, not when the collector finds it.
        self._closer = weakref.finalize(self, connection.close)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query, None where there is none."""
        try:
            found: Row | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error
        return found

    def close(self) -> None:
        """Give the connection back; the reader cannot be used again."""
        self._closer()


class Transaction(Reader):
    """The write side: everything done through it lands whole or not at all.

    A mutator that changes what people see either writes its event itself or leaves an *owed* event, which the caller
    writes in the same transaction with `events.append`; a transaction that still owes one cannot be committed.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        super().__init__(connection, path)
        self._clock = clock
        self._owed: dict[str, str] = {}

    @property
    def now(self) -> float:
        """Seconds since the epoch, for the records that this transaction writes."""
        return self._clock.now()

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Execute one statement that changes rows; how many it changed."""
        self._check_inside()
        try:
            return self._connection.execute(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Execute one INSERT; the row id that it got."""
        self._check_inside()
        try:
            return self._connection.execute(sql, parameters).lastrowid or 0
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error

    def returning(self, sql: str, parameters: Parameters) -> Row | None:
        """Execute one changing statement with RETURNING to its end; its first row, None where it changed none."""
        self._check_inside()
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def _check_inside(self) -> None:
        # Outside of a transaction SQLite would commit each statement by itself.
        if not self._connection.in_transaction:
            raise StoreError("this change is over; its transaction cannot be used any more")

    def owe_event(self, session_id: str, change: str) -> None:
        """Remember that `change` of this session is not yet told by an event."""
        self._owed[session_id] = change

    def told(self, session_id: str) -> None:
        """An event of this session was written: what was owed is paid."""
        if self._owed:
            self._owed.pop(session_id, None)

    def forget_owed(self) -> None:
        """Start afresh: what was owed has been undone."""
        self._owed.clear()

    def check_told(self) -> None:
        """Raise StoreError when something changed that no event tells: a mistake of the calling code."""
        if self._owed:
            session_id, change = next(iter(self._owed.items()))
            self._owed.clear()
            raise StoreError(f"{change} of session {session_id} was recorded without an event")


class WriteSide:
    """The one connection through which a process writes, and whose turn it is to use it."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        self._file = _file_at(path)
        # SQLite does not wait here: `begin_immediate` does.
        connection.execute("PRAGMA busy_timeout = 0")
        self.connection = connection
        self.path = path
        self.tx = Transaction(connection, path, clock)
        #: Held while writing. SQLite's own lock is left to tell processes apart: its waiting is not fair to threads.
        self.turn = threading.Lock()
        #: The thread that is inside a change, 0 when none is.
        self.writing = 0

    def check_place(self) -> None:
        """Raise StoreError when the file was removed or replaced since it was opened.

        SQLite would go on with the one that nobody sees any more, and acknowledge what is lost with it.
        """
        if _file_at(self.path) != self._file:
            raise gone(self.path)

    def begin(self) -> None:
        """Take the write lock of the file that is still in its place. Raises sqlite3.OperationalError; StoreError."""
        begin_immediate(self.connection)
        self.check_place()

    def check_not_writing(self) -> None:
        """Raise StoreError when this thread is inside a change already: it would wait for itself."""
        if self.writing == threading.get_ident():
            raise StoreError("a change cannot start another one: pass the transaction on")

    @contextlib.contextmanager
    def change(self) -> Generator[Transaction, None, None]:
        """One durable change by the holder of `turn`: committed when the block ends, undone when it raises.

        Raises StoreError when the database is locked, cannot be written, or when the change owes an event.
        """
        self.writing = threading.get_ident()
        try:
            self.begin()
            yield self.tx
            self.tx.check_told()
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise store_error(error, self.path) from error
        finally:
            self.writing = 0
            self.roll_back()

    def roll_back(self) -> None:
        """Undo what is not committed; nothing to do where everything is."""
        self.tx.forget_owed()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


def _file_at(path: Path) -> tuple[int, int]:
    """Which file it is, whatever it is called; (0, 0) where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino
