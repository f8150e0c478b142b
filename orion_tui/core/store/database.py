"""The store: one SQLite file that a person's commands and the supervisor write to and everything shown is read from."""

import contextlib
import errno
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from orion_tui.base.clock import Clock, SystemClock
from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import BUSY_SECONDS, Reader, Transaction, WriteSide, connect
from orion_tui.core.store.faults import damaged, is_busy, store_error
from orion_tui.core.store.migrate import check_version, migrate
from orion_tui.core.store.writer import GroupWriter

T = TypeVar("T")

#: `UPDATE ... RETURNING`.
_OLDEST_SQLITE = (3, 35, 0)


class Store:
    """An open database. Any thread may use it; each gets a read connection of its own.

    Changes go through `transact` (a function) or `transaction` (a block). Without a writer they run on the calling
    thread, one at a time; between `start_writer` and `stop_writer` `transact` shares commits with all other threads.
    """

    def __init__(self, path: Path, clock: Clock, connection: sqlite3.Connection) -> None:
        self.path = path
        self.clock = clock
        self._side = WriteSide(connection, path, clock)
        self._writer: GroupWriter | None = None
        self._local = threading.local()
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._open = True

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None) -> "Store":
        """Open the database at `path`; make it, readable by its owner only, where there is none; migrate it.

        Raises StoreError when it is damaged, written by a newer Orion, or cannot be written. The directory must exist.
        """
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreError(
                f"this Python's SQLite is {sqlite3.sqlite_version}; Orion needs 3.35 or newer",
                hint="use a Python built against a newer SQLite",
            )
        try:
            _create(path)
            connection = connect(path)
        except OSError as error:
            raise _unwritable(path, error.strerror or str(error)) from error
        except sqlite3.Error as error:
            raise store_error(error, path) from error
        try:
            check_version(connection, path)
            # From here on it is ours.
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            _use_wal(connection, path)
            migrate(connection, path)
        except OSError as error:
            connection.close()
            raise _unwritable(path, error.strerror or str(error)) from error
        except sqlite3.Error as error:
            connection.close()
            raise store_error(error, path) from error
        except BaseException:
            connection.close()
            raise
        return cls(path, clock or SystemClock(), connection)

    def close(self) -> None:
        """Stop the writer and close every connection. No other thread may be using the store."""
        self.stop_writer()
        self._open = False
        for reader in list(self._readers):
            reader.close()
        self._side.tx.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reader(self) -> Reader:
        """This thread's read side; the same one each time, closed when the thread ends."""
        found: Reader | None = getattr(self._local, "reader", None)
        if found is None:
            self._check_open()
            try:
                found = Reader(connect(self.path), self.path)
            except sqlite3.Error as error:
                raise store_error(error, self.path) from error
            self._local.reader = found
            self._readers.add(found)
        return found

    @contextlib.contextmanager
    def transaction(self) -> Generator[Transaction, None, None]:
        """A block whose changes are all on disk when it ends, or none when it raises.

        Threads of this process take turns. Raises StoreError when another process keeps the database locked, when it
        cannot be written, or when a change was not told by an event.
        """
        self._side.check_not_writing()
        with self._side.turn:
            self._check_open()
            with self._side.change() as tx:
                yield tx

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """`work(tx)` as one durable change; its result. With a writer, `work` may run on the writer's thread.

        Raises what `work` raises, after undoing its changes; StoreError as `transaction` does.
        """
        if (writer := self._writer) is not None:
            return writer.submit(work)
        with self.transaction() as tx:
            return work(tx)

    def start_writer(self) -> None:
        """From now on `transact` shares commits: for a process with many writing threads."""
        self._check_open()
        if self._writer is None:
            self._writer = GroupWriter(self._side)

    def stop_writer(self) -> None:
        """Finish what was submitted and go back to one commit a change. A no-op where none was started."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.stop()

    def check_place(self) -> None:
        """Raise StoreError when the file is not the one any more that was opened. Some microseconds."""
        self._side.check_place()

    def quick_check(self) -> None:
        """Read the whole database and check its structure: seconds for a big one, so never before first paint.

        Raises StoreError naming the first problems when it is damaged.
        """
        problems = [str(row[0]) for row in self.reader().rows("PRAGMA quick_check(5)")]
        if problems != ["ok"]:
            raise damaged(self.path, "; ".join(problems))

    def _check_open(self) -> None:
        if not self._open:
            raise StoreError(f"the store at {self.path} is closed")


def _create(path: Path) -> None:
    """Make an empty file that only its owner can read; SQLite gives its companions the same mode.

    An existing file is never opened here: closing any descriptor of it would drop the locks that this process's other
    connections hold (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
        return
    os.close(descriptor)
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _unwritable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"cannot write {path}: {why}",
        hint=f"make {path.parent} and the files in it writable for you, or set ORION_HOME to another directory",
    )


def _use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Write-ahead logging, so that readers never wait. Kept in the file; switching needs a moment alone with it."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode = str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            # SQLite does not wait here by itself when two processes make the database at once.
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(0.002)
            continue
        if mode != "wal":
            raise StoreError(
                f"{path} cannot use write-ahead logging (it stays in mode {mode})",
                hint="set ORION_HOME to a directory on a local disk",
            )
        return
