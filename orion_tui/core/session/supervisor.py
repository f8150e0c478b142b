"""Runs sessions: claims what is ready, one worker thread each, and keeps their leases (DESIGN: the store is the bus).

A session that waits is a row, not a thread. The supervisor looks at the store when it changed, claims up to its limit,
renews leases, and passes on what the user asked of a running session.
"""

import contextlib
import logging
import math
import threading
from collections.abc import Callable

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import LeaseLost, StoreError
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import machine, wishes
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.store import Store, Transaction, changes, events, leases, sessions

#: Seconds between heartbeats, and after how many without one a lease is stale (RUN-7).
HEARTBEAT = 30.0
STALE = 120.0
#: Sessions that run at a time (RUN-2).
MAX_RUNNING = 4
#: Seconds between looks at the store: ten a second costs microseconds.
POLL = 0.1
#: Seconds before the next try when the store could not be read or written.
_STORE_TROUBLE = 1.0

_log = logging.getLogger("orion.supervisor")


@attrs.define
class _Worker:
    session: Session
    stop: StopSignal
    thread: threading.Thread = attrs.field(init=False)
    not_before: float = 0.0


#: Works one claimed session until it ends, waits, pauses, is cancelled or loses its lease; must not raise. The result
#: is when the session may be claimed again, in seconds since the epoch: 0 for at once, later outside working hours.
RunSession = Callable[[Session, StopSignal], float]


class Supervisor:
    """The loop. `run` blocks; everything else is safe to call from another thread."""

    def __init__(
        self, store: Store, clock: Clock, run_session: RunSession, *, owner: str, max_running: int = MAX_RUNNING
    ) -> None:
        self._store = store
        self._clock = clock
        self._run_session = run_session
        self._owner = owner
        self._max_running = max_running
        self._workers: dict[str, _Worker] = {}
        self._wake = threading.Event()
        #: The store's version when it was last looked through.
        self._seen = -1
        #: When the leases were renewed last, by the wall clock that they count in.
        self._renewed = clock.now()
        #: When the next session may be claimed that has to wait for its time, in seconds since the epoch.
        self._due = math.inf

    def run(self, stop: threading.Event, *, idle_exit: float | None = None) -> None:
        """Supervise until `stop` is set, or until nothing has run for `idle_exit` seconds and nothing will by itself.

        A session that waits for its role's working hours keeps the supervisor: nobody else would begin it in time. On
        the way out running sessions finish their step and are left interrupted, for the next supervisor to resume.
        """
        self.adopt()
        beat = busy = self._clock.monotonic()
        while not stop.is_set():
            now = self._clock.monotonic()
            try:
                self._look()
                if now - beat >= HEARTBEAT:
                    beat = now
                    self._renew(self._clock.now())
                    self._claim()  # a lease of another owner may have gone stale without any change to the store
            except StoreError as error:
                # A full disk, mostly. Workers wait for it in their own way; to end here would help nobody.
                _log.error("%s", error)
                stop.wait(_STORE_TROUBLE)
                continue
            if self._workers:
                busy = now
            elif idle_exit is not None and now - busy >= idle_exit:
                if not leases.has_work(self._store.reader()):
                    break
                busy = now
            self._wake.wait(POLL)
            self._wake.clear()
        for worker in self._workers.values():
            worker.stop.request()
        for worker in list(self._workers.values()):
            worker.thread.join()
        self._reap()

    def _look(self) -> None:
        """Do what the store, or the end of a worker, asks for."""
        ended = self._reap()
        version = changes.data_version(self._store.reader())
        if version != self._seen or ended or self._clock.now() > self._due:
            self._pass_on_control()
            self._claim()
            self._due = leases.next_due(self._store.reader(), self._clock.now()) or math.inf
            self._seen = version

    def adopt(self) -> None:
        """Take over what a dead supervisor left: only one runs per user, so every lease found at start is orphaned."""

        def change(tx: Transaction) -> None:
            leases.end_all(tx)
            for session in sessions.page(tx, states={SessionState.RUNNING, SessionState.PLANNING}, limit=10_000):
                reason = "the supervisor that ran it ended; resuming at the step in flight"
                sessions.set_state(tx, session.id, {session.state}, SessionState.INTERRUPTED, reason)
            for session in sessions.page(tx, states=machine.ACTIVE, limit=10_000):
                wishes.carry_out(tx, session.id)

        self._store.transact(change)

    def _claim(self) -> None:
        while len(self._workers) < self._max_running:
            now = self._clock.now()
            if now - self._renewed >= HEARTBEAT:
                # The machine slept: our own leases ran out meanwhile, and what has a worker is not to be claimed again.
                self._renew(now)
            session = self._store.transact(lambda tx, now=now: leases.claim(tx, owner=self._owner, now=now, ttl=STALE))
            if session is None or session.id in self._workers:
                return
            worker = _Worker(session, StopSignal())
            worker.thread = threading.Thread(
                target=self._work, args=(worker,), name=f"session-{session.id}", daemon=True
            )
            self._workers[session.id] = worker
            worker.thread.start()

    def _work(self, worker: _Worker) -> None:
        try:
            worker.not_before = self._run_session(worker.session, worker.stop)
        finally:
            self._wake.set()

    def _reap(self) -> bool:
        ended = [key for key, worker in self._workers.items() if not worker.thread.is_alive()]
        for key in ended:
            worker = self._workers[key]
            worker.thread.join()
            self._release(worker.session, worker.not_before)
            del self._workers[key]
        return bool(ended)

    def _release(self, session: Session, not_before: float) -> None:
        def change(tx: Transaction) -> None:
            leases.release(tx, session.id, self._owner, session.fence, not_before=not_before)
            current = sessions.get(tx, session.id)
            # A worker that ended without moving its session on was stopped or failed in a way it could not record.
            if current.state in {SessionState.RUNNING, SessionState.PLANNING} and current.fence == session.fence:
                sessions.set_state(
                    tx, session.id, machine.sources(SessionState.INTERRUPTED), SessionState.INTERRUPTED, current.reason
                )
            wishes.carry_out(tx, session.id)

        with contextlib.suppress(LeaseLost):  # another worker has it: then it is no longer ours to release
            self._store.transact(change)

    def _renew(self, now: float) -> None:
        self._renewed = now
        for worker in self._workers.values():
            session = worker.session
            try:
                self._store.transact(
                    lambda tx, session=session: leases.renew(tx, session.id, self._owner, session.fence, now, STALE)
                )
            except LeaseLost:
                worker.stop.abort()

    def _pass_on_control(self) -> None:
        for worker in self._workers.values():
            if sessions.get(self._store.reader(), worker.session.id).control == "cancel":
                worker.stop.abort()


def announce(store: Store, kind: str, owner: str) -> None:
    """Write down that a supervisor started or stopped."""
    store.transact(lambda tx: events.append(tx, "", kind, "orion", {"owner": owner}))
