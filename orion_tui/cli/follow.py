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
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import attrs

from orion_tui.cli.event_line import DETAILS, event_line
from orion_tui.cli.output import note, say
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Session, SessionState

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

#: Seconds between two looks; a look that finds nothing new reads one number.
POLL = 0.1
#: Seconds between two looks at whether anybody still does the work.
TEND = 2.0
#: Events read at a time.
BATCH = 500

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
#: After these nothing more comes, neither by itself nor by an answer.
ENDED = frozenset(EXIT_CODES) - {SessionState.WAITING, SessionState.AWAITING_PLAN, SessionState.PAUSED}


@attrs.frozen(kw_only=True)
class Look:
    """What a follower found when it looked."""

    #: As it was before the events were read; None where all sessions are followed.
    session: Session | None
    #: Oldest first; may be none.
    events: list[Event]
    #: There are more events, and the next look has them.
    more: bool


def looks(engine: "Engine", session_id: str | None, *, after: int, tend: Callable[[], None]) -> Iterator[Look]:
    """Look now and after every change of the store: at the events above the cursor `after`, of one session or of all.

    Never ends by itself. `tend` is called between two looks, whether or not anything changed.
    """
    cursor = after
    seen = -1
    while True:
        if (changed := engine.changed()) != seen:
            seen, more = changed, True
            # The state first: events that come between the two reads are then told in this look or the next.
            session = engine.session(session_id) if session_id else None
            while more:
                batch = engine.events(after=cursor, session_id=session_id, limit=BATCH)
                cursor = batch[-1].seq if batch else cursor
                more = len(batch) == BATCH
                yield Look(session=session, events=batch, more=more)
        tend()
        time.sleep(POLL)


def tell(event: Event) -> None:
    """One event as a line of progress; details are left to `orion logs --details`."""
    if event.type not in DETAILS:
        say(event_line(event))


class Tending:
    """Called at every look while a session is followed: work that lost its supervisor is taken up by a new one."""

    def __init__(self, engine: "Engine", told: Callable[[str], None] = note) -> None:
        self._engine = engine
        self._told = told
        self._next = time.monotonic()

    def __call__(self) -> None:
        """StateError when a supervisor is needed and does not come up."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TEND
        self.tend()

    def tend(self) -> None:
        """One look."""
        if self._engine.tend():
            self._told("note: no supervisor was running; one was started, and the work goes on")


def follow(engine: "Engine", session_id: str, tell: Callable[[Event], None], *, after: int = 0) -> Session:
    """Tell every event above the cursor `after` until nothing more happens by itself; the session as it then is.

    A session that waits for something other than a person (its working hours, an answer that was just given) goes on by
    itself and is followed on. Leaving early (an interrupt) does not stop the session.
    """
    for look in looks(engine, session_id, after=after, tend=Tending(engine)):
        for event in look.events:
            tell(event)
        session = look.session
        if session and not look.more and session.state in EXIT_CODES and not _goes_on_by_itself(engine, session):
            return session
    raise AssertionError("following never ends by itself")


def _goes_on_by_itself(engine: "Engine", session: Session) -> bool:
    return session.state is SessionState.WAITING and not engine.approvals(session.id)


def exit_code(session: Session) -> int:
    """The exit code that tells how a session stands."""
    return EXIT_CODES.get(session.state, 24)
