"""The supervisor's worker: runs one session, and turns whatever goes wrong into the session's state and an event."""

import logging
from types import TracebackType
from typing import Self

from orion_tui.base.clock import Clock, local_time
from orion_tui.base.errors import LeaseLost, OrionError, Unrecoverable
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.model import ModelPort
from orion_tui.core.external.hub import Hub
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.sandbox import select
from orion_tui.core.session.passing import passing
from orion_tui.core.session.record import Record
from orion_tui.core.session.rooms import KEEP, Rooms
from orion_tui.core.session.run import ChooseBackend
from orion_tui.core.session.runner import run_session
from orion_tui.core.session.setbacks import DELAYS, Setbacks
from orion_tui.core.session.shortage import LOOK_AGAIN, PLENTY, give_up_reserve, is_disk_full, keep_reserve
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.store import Store, events

_log = logging.getLogger("orion.runner")


class Worker:
    """Implements `supervisor.RunSession`: never raises. Leaving the `with` block stops the sandboxes that were kept.

    `keep_seconds` is how long the sandbox of a waiting session stays open; `models` is where questions to language
    models go, and None where none can be asked. `hub` is the way to servers of external tools; it is closed at the end.
    """

    def __init__(
        self,
        home: OrionHome,
        store: Store,
        clock: Clock,
        choose: ChooseBackend = select.choose,
        *,
        keep_seconds: float = KEEP,
        models: ModelPort | None = None,
        hub: Hub | None = None,
    ) -> None:
        self._home = home
        self._store = store
        self._clock = clock
        self._choose = choose
        self._models = models
        self._hub = hub
        self._rooms = Rooms(self._stopped, keep=keep_seconds)
        keep_reserve(home)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rooms.close()
        if self._hub is not None:
            self._hub.close()

    def __call__(self, session: Session, stop: StopSignal) -> float:
        """Work until there is nothing to do; when to take the session up again, where that could not be recorded."""
        record = Record(
            store=self._store, clock=self._clock, session_id=session.id, fence=session.fence, policy=session.policy
        )
        try:
            keep_reserve(self._home)
            run_session(
                self._home,
                self._store,
                self._clock,
                record,
                session,
                stop,
                choose=self._choose,
                rooms=self._rooms,
                models=self._models,
                hub=self._hub,
            )
        except LeaseLost:
            _log.info("session %s has another worker now", session.id)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of the worker thread
            if is_disk_full(error):
                return self._out_of_room(record, error)
            if said := passing(error):
                return self._disturbed(record, said, error)
            self._give_up(record, error)
        return 0.0

    def _give_up(self, record: Record, error: Exception) -> None:
        if isinstance(error, OrionError):
            reason, problems = error.message, error.problems
        else:
            reason, problems = f"internal error: {type(error).__name__}: {error}", ()
            _log.error("session %s", record.session_id, exc_info=error)
        _log.error("session %s: %s %s", record.session_id, reason, "; ".join(problems))
        state = SessionState.UNRECOVERABLE if isinstance(error, Unrecoverable) else SessionState.FAILED
        self._end(record, state, reason)

    def _out_of_room(self, record: Record, error: Exception) -> float:
        """What was finished is durable; the session goes on at the step in flight when there is room again."""
        _log.error("session %s: no room on the disk: %s", record.session_id, error)
        give_up_reserve(self._home)
        again = self._clock.now() + LOOK_AGAIN
        reason = f"no room left on the disk that holds {self._home.root}; goes on when there is some"
        recorded = self._end(record, SessionState.INTERRUPTED, reason, again)
        self._empty_trash()
        return 0.0 if recorded else again

    def _empty_trash(self) -> None:
        """Make room of what was thrown away, the oldest of it first, and of nothing else."""
        from orion_tui.core.timeline.room import make_room

        try:
            if purged := make_room(self._home, self._store, self._clock, enough=PLENTY):
                _log.warning("purged %d entries of the trash, for the disk is full", purged)
        except (OrionError, OSError) as error:
            _log.error("the trash could not be emptied: %s", error)

    def _disturbed(self, record: Record, said: str, error: Exception) -> float:
        """What was finished is durable; the session goes on at the step in flight a little later."""
        _log.error("session %s: %s: %s", record.session_id, said, error)
        try:
            again = Setbacks(record=record).passed(said)
        except OrionError:
            return self._clock.now() + DELAYS[0]  # the store is the trouble, and says no more
        reason = f"{said}; goes on at {local_time(again, now=self._clock.now())} with the step in flight"
        return 0.0 if self._end(record, SessionState.INTERRUPTED, reason, again) else again

    def _end(self, record: Record, state: SessionState, reason: str, again: float = 0.0) -> bool:
        """Whether that could be written down."""
        try:
            finished = None if state is SessionState.INTERRUPTED else self._clock.now()
            record.state(state, reason, finished_at=finished, due_at=again)
        except OrionError as error:
            # The store itself is the trouble, or the lease is gone: the next supervisor finds the session interrupted.
            _log.error("session %s: could not record %s: %s", record.session_id, state, error)
            return False
        return True

    def _stopped(self, session_id: str, reason: str) -> None:
        """The sandbox of a waiting session is gone; its files are in the session's repository."""
        try:
            self._store.transact(
                lambda tx: events.append(tx, session_id, "sandbox.stopped", "orion", {"reason": reason})
            )
        except OrionError as error:
            _log.warning("session %s: could not record that its sandbox was stopped: %s", session_id, error)
