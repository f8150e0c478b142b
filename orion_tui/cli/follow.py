"""Following a session to its end: progress lines, and an exit code that tells how it ended.

0    completed (or promoted, or undone later)
20   failed: at least one task failed, or a limit was reached
21   cancelled or rejected
22   waits for an approval, or an answer
23   paused
24   interrupted or unrecoverable
25   its plan waits for the person
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from orion_tui.cli.event_line import DETAILS, event_line
from orion_tui.cli.output import note, say
from orion_tui.core.models.sessions import Event, Session, SessionState

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

#: Seconds between two looks; a look that finds nothing new reads one number.
POLL = 0.1
#: Seconds between two looks at whether anybody still does the work.
TEND = 2.0

EXIT_CODES = {
    SessionState.COMPLETED: 0,
    SessionState.PROMOTED: 0,
    SessionState.UNDONE: 0,
    SessionState.FAILED: 20,
    SessionState.CANCELLED: 21,
    SessionState.REJECTED: 21,
    SessionState.ARCHIVED: 21,
    SessionState.WAITING: 22,
    SessionState.AWAITING_PLAN: 25,
    SessionState.PAUSED: 23,
    SessionState.UNRECOVERABLE: 24,
}


def tell(event: Event) -> None:
    """One event as a line of progress; details are left to `orion logs --details`."""
    if event.type not in DETAILS:
        say(event_line(event))


class Tending:
    """Called at every look while a session is followed: work that lost its supervisor is taken up by a new one."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._next = time.monotonic()

    def __call__(self) -> None:
        """StateError when a supervisor is needed and does not come up."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TEND
        if self._engine.tend():
            note("note: no supervisor was running; one was started, and the work goes on")


def follow(engine: "Engine", session_id: str, tell: Callable[[Event], None], *, after: int = 0) -> Session:
    """Tell every event above the cursor `after` until nothing more happens by itself; the session as it then is.

    A session that waits for something other than a person (its working hours, an answer that was just given) goes on by
    itself and is followed on. Leaving early (an interrupt) does not stop the session.
    """
    cursor = after
    seen = -1
    tend = Tending(engine)
    while True:
        if (changed := engine.changed()) != seen:
            seen = changed
            # The state first: events that come between the two reads are then told in this round or the next.
            session = engine.session(session_id)
            while batch := engine.events(after=cursor, session_id=session_id, limit=500):
                for event in batch:
                    tell(event)
                cursor = batch[-1].seq
            if session.state in EXIT_CODES and not _goes_on_by_itself(engine, session):
                return session
        tend()
        time.sleep(POLL)


def _goes_on_by_itself(engine: "Engine", session: Session) -> bool:
    return session.state is SessionState.WAITING and not engine.approvals(session.id)


def exit_code(session: Session) -> int:
    """The exit code that tells how a session stands."""
    return EXIT_CODES.get(session.state, 24)
