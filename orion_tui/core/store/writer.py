"""Group commit: many changes a sync, each acknowledged after it."""

import sqlite3
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import Transaction, WriteSide
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
    """A thread that writes for all threads of its process.

    What is waiting is taken in order of arrival into one transaction; each piece of work runs in a savepoint, so that
    its failure undoes its own changes and nobody else's. All are acknowledged after the sync. A change that finds
    nobody else writing is made by its own thread: handing it over would cost more than there is to share.
    """

    def __init__(self, side: WriteSide) -> None:
        self._side = side
        self._queue: SimpleQueue[_Request[Any] | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._open = True
        #: Changes handed over and not yet decided: while there is one, nobody may overtake it.
        self._pending = 0
        #: Whether the last commit was shared: then others are likely to come, and a change goes through the queue.
        self._company = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many changes have been handed over and are not yet decided."""
        return self._pending

    def submit(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and return its result once it is on disk; it may run on another thread.

        Raises what `work` raised (its changes are undone) or StoreError when the commit failed. `work` must be short
        and must not wait for another thread that writes.
        """
        side = self._side
        side.check_not_writing()
        if not self._pending and not self._company and side.turn.acquire(blocking=False):
            try:
                with side.change() as tx:
                    return work(tx)
            finally:
                side.turn.release()
        request = _Request(work)
        if not self._enqueue(request):
            with side.turn, side.change() as tx:
                return work(tx)
        request.decided.acquire()
        if request.error is not None:
            try:
                raise request.error
            finally:
                # The error holds this frame, and this frame the error.
                del request
        return cast(T, request.result)

    def _enqueue(self, request: _Request[Any]) -> bool:
        """Hand a change over; False when the thread has stopped."""
        with self._gate:
            if not self._open:
                return False
            self._pending += 1
            self._queue.put(request)
        return True

    def stop(self) -> None:
        """Finish what was submitted, then end the thread. May be called twice."""
        with self._gate:
            if self._open:
                self._open = False
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            with self._side.turn:
                batch = [first]
                stopping = self._gather(batch)
                self._company = len(batch) > 1
                self._commit(batch)
            if stopping:
                return

    def _gather(self, batch: list[_Request[Any]]) -> bool:
        """Add what else is waiting; whether the end was among it (nothing comes after the end).

        In company, those who were just acknowledged are about to come back: as long as each pause brings someone, one
        commit more is saved by waiting for them.
        """
        while True:
            before = len(batch)
            try:
                while len(batch) < BATCH:
                    request = self._queue.get_nowait()
                    if request is None:
                        return True
                    batch.append(request)
            except Empty:
                pass
            if len(batch) == before or len(batch) >= BATCH:
                return False
            time.sleep(0)

    def _commit(self, batch: list[_Request[Any]]) -> None:
        side = self._side
        side.writing = threading.get_ident()
        try:
            side.begin()
            for request in batch:
                self._apply(request)
            side.connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - the thread's outermost boundary: whoever waits is told
            self._abandon(batch, error)
        finally:
            side.writing = 0
            with self._gate:
                self._pending -= len(batch)
            for request in batch:
                request.decided.release()

    def _apply(self, request: _Request[Any]) -> None:
        """Run one piece of work in its savepoint. Raises only when the whole transaction is lost."""
        connection, tx = self._side.connection, self._side.tx
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
        self._side.roll_back()
        for request in batch:
            if request.error is None:
                if isinstance(error, sqlite3.Error):
                    request.error = store_error(error, self._side.path)
                else:
                    request.error = StoreError(f"a change shared a commit that failed: {error}")
                request.error.__cause__ = error
