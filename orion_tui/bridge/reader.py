"""The reading thread: follows the store and hands whole snapshots to whoever shows them."""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import attrs

from orion_tui.base.errors import NotFound, OrionError, UsageError
from orion_tui.bridge.pacing import Pacer
from orion_tui.bridge.snapshots import (
    ACTIVE,
    REVIEWABLE,
    Glance,
    Interest,
    Limits,
    Need,
    NeedKind,
    Since,
    Snapshot,
    in_force,
    question_of,
)
from orion_tui.core.models.sessions import Approval, Session, SessionState
from orion_tui.core.session.stuck import needs_person
from orion_tui.core.store.faults import LockedStore

if TYPE_CHECKING:
    from orion_tui.bridge.entries import Entries
    from orion_tui.bridge.live_view import Live
    from orion_tui.bridge.port import Reads
    from orion_tui.core.store.tally import Tally

#: Seconds between two looks at `data_version`: 12 a second, some microseconds each.
INTERVAL = 0.08
#: Events counted for "since you last looked" with one snapshot; until the next one the figures say "at least".
SINCE_EVENTS = 100_000
PAGE = 2_000
#: Sessions listed on mission control: those that go on, and the newest.
SESSIONS = 100
#: Events of a session that are read when it is opened, the newest; the log has all.
LIVE_EVENTS = 5_000
#: Reviews listed on mission control; the header counts all.
REVIEWS = 50


class ReaderThread:
    """One thread, one `Reads`. `sink` gets snapshots, `failed` an error that ends the thread.

    But for LockedStore: that is told, each time that waiting was in vain, and reading goes on.
    """

    def __init__(
        self,
        open_reads: "Callable[[], Reads]",
        sink: Callable[[Snapshot], None],
        failed: Callable[[OrionError], None],
        *,
        interval: float = INTERVAL,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._open = open_reads
        self._sink = sink
        self._failed = failed
        self._interval = interval
        self._wake = threading.Condition()
        self._interest = Interest()
        self._asked = 0
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="orion-reads", daemon=True)
        self.latest: Snapshot | None = None

    def start(self) -> None:
        """Begin; the first snapshot follows by itself."""
        self._thread.start()

    def watch(self, interest: Interest) -> None:
        """Read this beside the rest from now on; a snapshot with it follows at once."""
        with self._wake:
            if interest != self._interest:
                self._interest = interest
                self._asked += 1
                self._wake.notify()

    def stop(self) -> None:
        """End the thread; waits for the read in progress."""
        with self._wake:
            self._stop = True
            self._wake.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _run(self) -> None:
        try:
            reads = self._open()
        except OrionError as error:
            self._failed(error)
            return
        try:
            self._follow(reads)
        except OrionError as error:
            self._failed(error)
        finally:
            reads.close()

    def _follow(self, reads: "Reads") -> None:
        composer: Composer | None = None
        #: The commit and the wish that were answered last.
        version: int | None = None
        answered = -1
        while True:
            with self._wake:
                if self._stop:
                    return
                interest, asked = self._interest, self._asked
            try:
                newest = reads.changed()
                if (newest, asked) != (version, answered):
                    composer = composer or Composer(reads, self._now)
                    # A key that only selects something else reads that, and nothing again.
                    snapshot = composer.compose(interest, changed=newest != version)
                    version, answered = newest, asked
                    if snapshot != self.latest:
                        self.latest = snapshot
                        self._sink(snapshot)
                    if snapshot.since.more:
                        version = None
            except LockedStore as error:
                # What is shown stays; what was counted half is counted again.
                composer, version = None, None
                self._failed(error)
            with self._wake:
                if not self._stop and self._asked == asked:
                    self._wake.wait(self._interval)


class Composer:
    """Puts snapshots together; remembers only cursors and what never changes."""

    def __init__(self, reads: "Reads", now: Callable[[], float] = time.time) -> None:
        self._reads = reads
        self._now = now
        #: Midnight, the newest event that is counted, and the sum so far.
        self._spent = (0.0, 0, 0.0)
        self._pacer = Pacer(reads, now)
        self._limits: dict[str, Limits] = {}
        #: The session that was on show whole last, and what its events came to.
        self._entries: tuple[str, Entries] | None = None
        looked = reads.last_look()
        self._since = Since(looked_at=looked[1] if looked else None, seq=looked[0] if looked else reads.last_seq())
        self._since_cursor = self._since.seq

    def compose(self, interest: Interest, *, changed: bool = True) -> Snapshot:
        """Read everything of interest; of what is always read only what was `changed` since the last time."""
        base = self._base
        if base is None or changed:
            base = self._base = self._always()
        live, missing = self._live(interest.live)
        return attrs.evolve(
            base,
            glance=self._glance(interest.selected),
            alike=interest.alike,
            answers=self._reads.answers_to(interest.alike),
            live=live,
            missing=missing,
        )

    #: What is read whatever the interest is, as it was read last.
    _base: Snapshot | None = None

    def _always(self) -> Snapshot:
        reads = self._reads
        seq = reads.last_seq()
        sessions = self._sessions(SESSIONS)
        return Snapshot(
            needs=self._needs(),
            sessions=sessions,
            counts=reads.counts(),
            since=self._count_since(seq),
            newest=next((s for s in sessions if s.backend), None),
            seq=seq,
            spent_today=self._spent_today(seq),
            pace=self._pacer.upto(seq),
            reviews=reads.with_work(REVIEWABLE),
        )

    def _spent_today(self, seq: int) -> float:
        midnight = datetime.fromtimestamp(self._now()).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        day, cursor, total = self._spent
        if day != midnight:
            cursor, total = 0, 0.0
        if seq > cursor:
            total += self._reads.spent(cursor, midnight)
        self._spent = (midnight, seq, total)
        return total

    def _sessions(self, limit: int) -> tuple[Session, ...]:
        """What is going on first, then the rest, each newest first."""
        active = self._reads.sessions(limit=limit, states=ACTIVE)
        newest = self._reads.sessions(limit=limit)
        return (*active, *(session for session in newest if session.state not in ACTIVE))

    def _needs(self) -> tuple[Need, ...]:
        reads = self._reads
        of: dict[str, Session] = {}

        def session(approval: Approval) -> Session:
            if approval.session_id not in of:
                of[approval.session_id] = reads.session(approval.session_id)
            return of[approval.session_id]

        asked = [
            Need(kind=NeedKind.QUESTION if question_of(a) else NeedKind.APPROVE, session=session(a), approval=a)
            for a in reads.pending()
        ]
        plans = [
            Need(kind=NeedKind.PLAN, session=s)
            for s in reversed(reads.sessions(limit=REVIEWS, states=(SessionState.AWAITING_PLAN,)))
        ]
        stuck = [
            Need(kind=NeedKind.STUCK, session=s)
            for s in reversed(reads.sessions(limit=REVIEWS, states=(SessionState.PAUSED,)))
            if needs_person(s)
        ]
        ended = reads.sessions(limit=REVIEWS, states=REVIEWABLE)
        # What failed without any work still wants another try, or a no.
        done = [Need(kind=NeedKind.REVIEW, session=s) for s in ended if s.tasks_done or s.state is SessionState.FAILED]
        return (*asked, *plans, *stuck, *done)

    def _count_since(self, newest: int) -> Since:
        """A piece at a time, however long the person was away: the next snapshot goes on where this one stops."""
        upto = min(newest, self._since_cursor + SINCE_EVENTS)
        if upto > self._since_cursor:
            self._since = _counted(self._since, self._reads.tally(self._since_cursor, upto))
            self._since_cursor = upto
        if self._since.more != (upto < newest):
            self._since = attrs.evolve(self._since, more=upto < newest)
        return self._since

    def _glance(self, session_id: str) -> Glance | None:
        if not session_id:
            return None
        try:
            session = self._reads.session(session_id)
        except UsageError:
            return None
        return Glance(
            session=session,
            tasks=tuple(self._reads.tasks(session.id)),
            limits=self._limits_of(session),
            seconds=self._reads.task_seconds(session.id),
        )

    def _live(self, session_id: str) -> "tuple[Live | None, str]":
        if not session_id:
            return None, ""
        from orion_tui.bridge.live_view import Live

        try:
            session = self._reads.session(session_id)
        except UsageError as error:
            return None, error.message
        entries = self._entries_of(session.id)
        while True:
            events = self._reads.events_after(entries.cursor, session_id=session.id, limit=PAGE)
            for event in events:
                entries.feed(event)
            if len(events) < PAGE:
                break
        live = Live(
            session=session,
            tasks=tuple(self._reads.tasks(session.id)),
            limits=self._limits_of(session),
            entries=entries.view,
            approvals=tuple(a for a in self._reads.pending() if a.session_id == session.id),
            checkpoints=tuple(self._reads.checkpoints(session.id)),
            promotion=self._reads.promotion(session.id),
            seconds=self._reads.task_seconds(session.id),
        )
        return live, ""

    def _entries_of(self, session_id: str) -> "Entries":
        if self._entries is not None and self._entries[0] == session_id:
            return self._entries[1]
        # Only now: mission control tells of no event.
        from orion_tui.bridge.entries import Entries

        entries = Entries()
        self._entries = (session_id, entries)
        newest = self._reads.events_latest(session_id=session_id, limit=LIVE_EVENTS)
        entries.begin(newest, cut=len(newest) == LIVE_EVENTS)
        return entries

    def _limits_of(self, session: Session) -> Limits:
        found = self._limits.get(session.policy)
        if found is None:
            try:
                found = limits_of(self._reads.policy(session.policy))
            except (NotFound, json.JSONDecodeError):
                found = Limits()
            self._limits[session.policy] = found
        return in_force(found, session)


def limits_of(policy: dict[str, Any]) -> Limits:
    """The limits inside a frozen policy; whatever is not there is not limited."""
    role: Any = policy.get("role", policy)
    found: Any = cast("dict[str, Any]", role).get("limits") if isinstance(role, dict) else None
    if not isinstance(found, dict):
        return Limits()
    limits = cast("dict[str, Any]", found)
    return Limits(
        hours=_number(limits, "max_session_hours"),
        cost_usd=_number(limits, "max_cost_usd"),
        tokens=int(tokens) if (tokens := _number(limits, "max_tokens")) is not None else None,
    )


def _number(data: dict[str, Any], name: str) -> float | None:
    value = data.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _counted(since: Since, tally: "Tally") -> Since:
    def count(*kinds: str) -> int:
        return sum(tally.counts.get(kind, 0) for kind in kinds)

    return attrs.evolve(
        since,
        tasks_done=since.tasks_done + count("task.done"),
        finished=since.finished + count("completed"),
        failed=since.failed + count("failed", "cancelled"),
        blocked=since.blocked + count("action.blocked"),
        asked=since.asked + count("approval.asked"),
        interrupted=since.interrupted + count("interrupted", "unrecoverable"),
        spent=since.spent + tally.cost_usd,
    )
