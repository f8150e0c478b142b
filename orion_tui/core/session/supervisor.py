"""Runs sessions: claims what is ready, one worker thread each, and keeps their leases (DESIGN: the store is the bus).

A session that waits is a row, not a thread. The supervisor looks at the store when somebody rings or it changed, claims
up to its limit, renews leases, says that it lives, and passes on what the user asked of a running session.
"""

import contextlib
import logging
import math
import threading
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import LeaseLost, StoreError
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import heartbeat, lock, machine, wishes
from orion_tui.core.session.doorbell import Doorbell
from orion_tui.core.session.heartbeat import HEARTBEAT, STALE, Beat
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.timekeeper import Gap, Timekeeper
from orion_tui.core.settings import RUNNING
from orion_tui.core.store import Store, Transaction, changes, events, leases, sessions

#: Seconds between looks at the store while there is work, or was a moment ago: ten a second cost microseconds.
POLL = 0.1
#: Seconds between looks when nothing has happened for `QUIET` seconds. Front ends ring when there is something to do.
IDLE_POLL = 1.0
QUIET = 10.0
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
#: is when a session is to be claimed again that it could not move on, in seconds since the epoch; 0 for at once.
RunSession = Callable[[Session, StopSignal], float]


@attrs.frozen(kw_only=True)
class Identity:
    """What a supervisor says of itself with each beat."""

    pid: int = 0
    version: str = ""
    how: str = "embedded"


class Supervisor:
    """The loop. `run` blocks; everything else is safe to call from another thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        run_session: RunSession,
        *,
        owner: str,
        max_running: int = RUNNING,
        bell: Doorbell | None = None,
        identity: Identity | None = None,
        on_beat: Callable[[], bool] = lambda: True,
        needed: Callable[[], bool] = lambda: False,
    ) -> None:
        """`on_beat` is called with each beat, in the loop. When it says False another one supervises: this one ends.

        `needed` says whether this one is to stay although it has nothing to do.
        """
        self._store = store
        self._clock = clock
        self._run_session = run_session
        self._owner = owner
        self._max_running = max_running
        self._given_bell = bell
        #: The store's version when it was last looked through.
        self._seen = -1
        #: When the next session may be claimed that has to wait for its time, in seconds since the epoch.
        self._due = math.inf
        self._displaced = False
        self._leaving = False
        self._on_beat = on_beat
        self._needed = needed
        self._identity = identity or Identity()
        self._workers: dict[str, _Worker] = {}
        self._started_at = clock.now()
        self._time = Timekeeper(clock)
        self._beaten = -HEARTBEAT

    def run(self, stop: threading.Event, *, idle_exit: float | None = None) -> None:
        """Supervise until `stop` is set, or until nothing has run for `idle_exit` seconds and nothing will by itself.

        A session that waits for its role's working hours keeps the supervisor: nobody else would begin it in time. On
        the way out running sessions finish their step and are left interrupted, for the next supervisor to resume.
        """
        self._bell = self._given_bell or Doorbell()
        try:
            self._loop(stop, idle_exit)
            self._leave()
        finally:
            self._bell.close()

    def _loop(self, stop: threading.Event, idle_exit: float | None) -> None:
        self.adopt()
        self._beat()
        active = busy = self._clock.monotonic()
        rung = True
        while not stop.is_set():
            now = self._clock.monotonic()
            try:
                acted = self._look(rung)
                if self._displaced:
                    return
            except StoreError as error:
                # A full disk, mostly. Workers wait for it in their own way; to end here would help nobody.
                _log.error("%s", error)
                stop.wait(_STORE_TROUBLE)
                continue
            if acted or self._workers:
                active = now
            if self._workers:
                busy = now
            elif idle_exit is not None and now - busy >= idle_exit:
                if not leases.has_work(self._store.reader()) and not self._needed():
                    return
                busy = now
            rung = self._bell.wait(POLL if now - active < QUIET else IDLE_POLL)

    def _look(self, rung: bool) -> bool:
        """Do what time, the store, or the end of a worker asks for; whether there was anything."""
        gap = self._time.look()
        if gap is not None:
            self._after(gap)
        beat = gap is not None or self._clock.monotonic() - self._beaten >= HEARTBEAT
        # First of all, for after a sleep every lease looks stale.
        if beat and not self._beat():
            return True
        ended = self._reap()
        version = changes.data_version(self._store.reader())
        changed = version != self._seen
        # With a beat because a lease of another owner may have gone stale without any change to the store.
        if not (rung or ended or changed or beat or self._clock.now() > self._due):
            return False
        self._pass_on_control()
        self._claim()
        self._due = leases.next_due(self._store.reader(), self._clock.now()) or math.inf
        self._seen = version
        # What changed with a beat is the beat itself: nothing to stay awake for.
        return rung or ended or (changed and not beat)

    def _leave(self) -> None:
        self._leaving = True
        for worker in self._workers.values():
            worker.stop.request()
        if self._workers and not self._displaced:
            self._say()
        for worker in list(self._workers.values()):
            while worker.thread.is_alive():
                worker.thread.join(1.0)
                self._keep_on()
        self._reap()
        if not self._displaced:
            self._say(ended=True)

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
            busy = tuple(self._workers)
            session = self._store.transact(
                lambda tx, busy=busy: leases.claim(
                    tx, owner=self._owner, now=self._clock.now(), ttl=STALE, excluding=busy
                )
            )
            if session is None:
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
            self._bell.ring()

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
            leases.release(tx, session.id, self._owner, session.fence)
            current = sessions.get(tx, session.id)
            # A worker that ended without moving its session on was stopped or failed in a way it could not record.
            if current.state in {SessionState.RUNNING, SessionState.PLANNING} and current.fence == session.fence:
                to = SessionState.INTERRUPTED
                sessions.set_state(tx, session.id, machine.sources(to), to, current.reason, due_at=not_before)
            wishes.carry_out(tx, session.id)

        with contextlib.suppress(LeaseLost):  # another worker has it: then it is no longer ours to release
            self._store.transact(change)

    # --- time and signs of life -----------------------------------------------------------------------------------

    def _beat(self) -> bool:
        """Renew every lease and say that this supervisor lives; False when another one has taken its place."""
        self._beaten = self._clock.monotonic()
        if not self._displaced and not self._on_beat():
            self._displaced = True
            _log.error("another supervisor has taken the lock's place; this one ends")
            announce(self._store, "supervisor.displaced", self._owner)
            for worker in self._workers.values():
                worker.stop.abort()
        if self._displaced:
            return False
        self._renew()
        self._say()
        return True

    def _keep_on(self) -> None:
        """Beat, when it is time, while the last steps finish: they may take longer than a lease."""
        gap = self._time.look()
        if gap is not None or self._clock.monotonic() - self._beaten >= HEARTBEAT:
            self._beat()

    def _renew(self) -> None:
        for worker in self._workers.values():
            session = worker.session
            try:
                self._store.transact(
                    lambda tx, session=session: leases.renew(
                        tx, session.id, self._owner, session.fence, self._clock.now(), STALE
                    )
                )
            except LeaseLost:
                worker.stop.abort()

    def _say(self, *, ended: bool = False) -> None:
        beat = Beat(
            owner=self._owner,
            pid=self._identity.pid,
            version=self._identity.version,
            how=self._identity.how,
            boot=lock.boot_id(),
            started_at=self._started_at,
            at=self._clock.now(),
            awake=self._clock.awake(),
            running=len(self._workers),
            leaving=self._leaving,
            ended=ended,
        )
        self._store.transact(lambda tx: heartbeat.put(tx, beat))

    def _after(self, gap: Gap) -> None:
        """Say what happened to time, to everybody and in the history of each session it happened to.

        The leases of running sessions look stale after it; the beat that follows renews them before anything is
        claimed, and a claim never takes what is being worked on here.
        """
        if gap.slept:
            _log.warning("the machine slept for %.0f s", gap.slept)
            self._tell("supervisor.slept", {"seconds": round(gap.slept, 1)})
        if gap.stepped:
            _log.warning("the clock was set by %+.0f s", gap.stepped)
            self._tell("clock.jumped", {"seconds": round(gap.stepped, 1)})

    def _tell(self, kind: str, data: Mapping[str, Any]) -> None:
        running = tuple(self._workers)

        def change(tx: Transaction) -> None:
            for session_id in ("", *running):
                events.append(tx, session_id, kind, "orion", data)

        self._store.transact(change)

    def _pass_on_control(self) -> None:
        for worker in self._workers.values():
            if sessions.get(self._store.reader(), worker.session.id).control == "cancel":
                worker.stop.abort()


def announce(store: Store, kind: str, owner: str) -> None:
    """Write down that a supervisor started or stopped."""
    store.transact(lambda tx: events.append(tx, "", kind, "orion", {"owner": owner}))
