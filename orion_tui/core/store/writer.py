"""Group commit: one thread writes for all, many changes a sync, each acknowledged after it."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

from orion_tui.base.clock import Clock
from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import Transaction, begin_immediate, connect
from orion_tui.core.store.faults import store_error

T = TypeVar("T")

#: The most changes that share one sync: bounds how long the first of them waits for the last.
BATCH = 256


class _Request(Generic[T]):
    """One change on its way: the work, then its result or error, and a lock that is released when it is decided."""

    __slots__ = ("decided", "error", "result", "work")

    def __init__(self, work: Callable[[Transaction], T]) -> None:
        self.work = work
        self.result: T | None = None
        self.error: BaseException | None = None
        # A bare lock is the cheapest thing that one thread can wait on and another can release.
        self.decided = threading.Lock()
        self.decided.acquire()


class GroupWriter:
    """The only writer of its process while it runs.

    What is waiting is taken in order of arrival into one transaction; each piece of work runs in a savepoint, so that
    its failure undoes its own changes and nobody else's. All are acknowledged after the sync.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._queue: SimpleQueue[_Request[Any] | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        try:
            self._connection = connect(path)
        except sqlite3.Error as error:
            raise store_error(error, path) from error
        self._tx = Transaction(self._connection, path, clock)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on the writer thread and return its result once it is on disk.

        Raises what `work` raised (its changes are undone), StoreError when the commit failed or the writer has stopped.
        `work` must be short and must not wait for another thread that writes.
        """
        if threading.current_thread() is self._thread:
            raise StoreError("a change cannot start another one: pass the transaction on")
        request = _Request(work)
        with self._gate:
            if not self._open:
                raise StoreError("the store's writer has stopped")
            self._queue.put(request)
        request.decided.acquire()
        if request.error is not None:
            try:
                raise request.error
            finally:
                # The error holds this frame, and this frame the error.
                del request
        return cast(T, request.result)

    def stop(self) -> None:
        """Finish what was submitted, then end the thread and close its connection. May be called twice."""
        with self._gate:
            if self._open:
                self._open = False
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while (first := self._queue.get()) is not None:
                batch = [first]
                stopping = self._fill(batch)
                self._commit(batch)
                if stopping:
                    return
        finally:
            self._tx.close()

    def _fill(self, batch: list[_Request[Any]]) -> bool:
        """Add what else is waiting; whether the end was among it (nothing comes after the end)."""
        try:
            while len(batch) < BATCH:
                request = self._queue.get_nowait()
                if request is None:
                    return True
                batch.append(request)
        except Empty:
            pass
        return False

    def _commit(self, batch: list[_Request[Any]]) -> None:
        connection = self._connection
        try:
            begin_immediate(connection)
            for request in batch:
                self._apply(request)
            connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - the thread's outermost boundary: whoever waits is told
            self._abandon(batch, error)
        finally:
            for request in batch:
                request.decided.release()

    def _apply(self, request: _Request[Any]) -> None:
        """Run one piece of work in its savepoint. Raises only when the whole transaction is lost."""
        connection, tx = self._connection, self._tx
        connection.execute("SAVEPOINT change")
        try:
            request.result = request.work(tx)
            tx.check_told()
        except BaseException as error:
            request.error = error
            tx.forget_owed()
            if not connection.in_transaction:
                # A full disk or a failed read makes SQLite roll everything back by itself.
                raise
            connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")

    def _abandon(self, batch: list[_Request[Any]], error: BaseException) -> None:
        """Nothing of this batch is on disk: tell every submitter, each with an error of its own."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for request in batch:
            if request.error is None:
                if isinstance(error, sqlite3.Error):
                    request.error = store_error(error, self._path)
                else:
                    request.error = StoreError(f"a change shared a commit that failed: {error}")
                request.error.__cause__ = error
