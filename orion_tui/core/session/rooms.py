"""Where sessions are worked on: a sandbox with the session's files, kept for a while when the session waits.

A waiting session is a row in the store. Its sandbox stays open a little longer, so that a quick answer finds caches
and environments as they were (what git ignores lives only there); then it is stopped, and filled again from the
session's repository when the answer comes.
"""

import threading
import time
from collections.abc import Callable

import attrs

from orion_tui.core.sandbox.base import Limits, Sandbox
from orion_tui.core.session.meters import Shown
from orion_tui.core.session.work_copy import WorkCopy

#: Seconds that the sandbox of a waiting session stays open.
KEEP = 600.0

#: Sandboxes of waiting sessions that stay open at a time; each holds its workspace in memory.
MOST = 4


@attrs.frozen(kw_only=True)
class Room:
    """An attested sandbox, and the session's files in it."""

    session_id: str
    sandbox: Sandbox
    files: WorkCopy
    limits: Limits
    #: What tells others where its sandbox is read.
    meters: Shown | None = None

    def close(self) -> None:
        """End the sandbox and everything in it."""
        self.sandbox.close()
        if self.meters is not None:
            self.meters.remove()


@attrs.frozen
class _Kept:
    room: Room
    until: float


class Rooms:
    """Rooms of sessions that wait. Every method may be called from any thread."""

    def __init__(
        self,
        stopped: Callable[[str, str], None],
        *,
        keep: float = KEEP,
        most: int = MOST,
    ) -> None:
        #: Told, with the session's id and the reason, when a room is given up.
        self._stopped = stopped
        self._keep = keep
        self._most = most
        self._kept: dict[str, _Kept] = {}
        self._changed = threading.Condition()
        self._closed = False
        #: Only while something is kept.
        self._thread: threading.Thread | None = None

    def keep(self, room: Room) -> None:
        """Hold a room until its session is taken up again, for a while; the oldest goes where there are too many."""
        dropped: list[tuple[Room, str]] = []
        with self._changed:
            if self._closed:
                dropped.append((room, "the supervisor ends"))
            else:
                if (older := self._kept.pop(room.session_id, None)) is not None:
                    dropped.append((older.room, "another took its place"))
                while len(self._kept) >= self._most:
                    dropped.append((self._kept.pop(next(iter(self._kept))).room, "too many sessions wait"))
                self._kept[room.session_id] = _Kept(room, time.monotonic() + self._keep)
                self._watch()
        self._give_up(dropped)

    def take(self, session_id: str) -> Room | None:
        """The room of a session, no longer kept; None where there is none."""
        with self._changed:
            kept = self._kept.pop(session_id, None)
            self._changed.notify()
        return kept.room if kept is not None else None

    def close(self) -> None:
        """Give up every room, and keep none from now on."""
        with self._changed:
            self._closed = True
            dropped = [(kept.room, "the supervisor ends") for kept in self._kept.values()]
            self._kept.clear()
            self._changed.notify()
            thread = self._thread
        self._give_up(dropped)
        if thread is not None:
            thread.join()

    def _watch(self) -> None:
        """With the lock held: see to it that somebody looks at the clock."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._expire, name="waiting-sandboxes", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _expire(self) -> None:
        while True:
            with self._changed:
                while self._kept:
                    left = min(kept.until for kept in self._kept.values()) - time.monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(left)
                if not self._kept:
                    self._thread = None
                    return
                now = time.monotonic()
                over = [kept.room for kept in self._kept.values() if kept.until <= now]
                for room in over:
                    del self._kept[room.session_id]
            self._give_up([(room, "it waited long enough") for room in over])

    def _give_up(self, dropped: list[tuple[Room, str]]) -> None:
        for room, reason in dropped:
            room.close()
            self._stopped(room.session_id, reason)
