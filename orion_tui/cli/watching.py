"""Watching sessions: what waits, how they stand, and then line by line what happens."""

import json
import select
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.clock import iso
from orion_tui.base.errors import NotFound, OrionError
from orion_tui.cli.event_line import DETAILS
from orion_tui.cli.follow import ENDED, EXIT_CODES, Look, Tending, exit_code, looks
from orion_tui.cli.needs import READ, Waits, waiting
from orion_tui.cli.output import plural, say
from orion_tui.cli.records import event_record, session_record
from orion_tui.cli.spoken import TASK_ENDS, event_words, name, session_words, used_words, waits_words, worded
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Session
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store.sessions import ACTIVE

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

#: Things that wait which are said in full; the rest is counted.
TOLD = 10


class Watching:
    """One watch over one session or (None) all, from the event `after` on."""

    def __init__(
        self, engine: "Engine", session_id: str | None, after: int, *, as_json: bool = False, bell: bool = False
    ) -> None:
        self._engine = engine
        self._session_id = session_id
        self._cursor = after
        self._json = as_json
        self._bell = bell
        #: What waited when it was last said; None before the first time.
        self._waited: frozenset[str] | None = None
        self._names: dict[str, str] = {}
        self._day = ""

    def run(self, *, once: bool) -> int:
        """Until the session ends, the person leaves, or (`once`) at once; the exit code.

        Raises BrokenPipeError when whoever read goes away, also while nothing happens.
        """
        session = self._engine.session(self._session_id) if self._session_id else None
        self._tell_waiting(session)
        self._tell_standing(session)
        if once:
            return self._tell_once(session)
        if not self._json:
            say(f"Watching from event {self._cursor} on. Leaving stops nothing.")
        for look in looks(self._engine, self._session_id, after=self._cursor, tend=Care(self._engine, self._warn)):
            self._tell_look(look)
            if look.more:
                continue
            self._tell_waiting(look.session)
            if look.session is not None and look.session.state in ENDED:
                if self._json or self._day:  # else it was said a moment ago how the session stands
                    self._tell_end(look.session)
                return exit_code(look.session)
        return 0

    def _tell_once(self, session: Session | None) -> int:
        last = self._engine.overview().last_seq
        while self._cursor < last:
            events = self._engine.events(after=self._cursor, session_id=self._session_id, limit=500)
            if not events:
                break
            self._tell_look(Look(session=session, events=events, more=False))
        return exit_code(session) if session is not None and session.state in EXIT_CODES else 0

    # What waits.

    def _tell_waiting(self, session: Session | None) -> None:
        """All of it at first; again, what is new first, when something new waits; and that nothing does any more."""
        now = waiting(self._engine, session)
        keys = frozenset(each.key for each in now)
        before, self._waited = self._waited, keys
        if before is not None and keys <= before:
            if before and not keys:
                self._line("watch.nothing_waits", "Nothing waits for you any more.")
            return
        new = keys - before if before is not None else frozenset[str]()
        if not now:
            self._line("watch.nothing_waits", "Nothing waits for you.")
            return
        self._line("watch.waiting", _count(now), {"count": len(now)})
        ordered = sorted(now, key=lambda each: each.key not in new)
        for each in ordered[:TOLD]:
            self._tell_one(each, new=each.key in new)
        if len(ordered) > TOLD:
            more = len(ordered) - TOLD
            self._line("watch.more", f"And {more} more: orion status", {"count": more})
        if new and self._bell:
            _ring()

    def _tell_one(self, waits: Waits, *, new: bool) -> None:
        data = {
            "kind": waits.kind,
            "new": new,
            "approval": waits.approval.id if waits.approval is not None else None,
            "commands": dict(waits.commands),
        }
        self._line("watch.waits", waits_words(waits, new=new), data, session=waits.session.id)

    # How sessions stand.

    def _tell_standing(self, session: Session | None) -> None:
        if session is not None:
            self._tell_session(session)
            return
        counts = self._engine.overview().states
        said = ", ".join(f"{count} {str(state).replace('_', ' ')}" for state, count in counts.items())
        self._line("watch.counts", f"Sessions: {said or 'none yet'}.", {str(state): n for state, n in counts.items()})
        for one in self._engine.sessions(states=ACTIVE, limit=READ):
            self._tell_session(one)

    def _tell_session(self, session: Session) -> None:
        tasks = self._engine.tasks(session.id)
        running = [task for task in tasks if task.status is TaskStatus.RUNNING]
        words = f"{session_words(session, running)}."
        self._line("watch.session", words, session_record(session), session=session.id)

    def _tell_end(self, session: Session) -> None:
        data = {"exit_code": exit_code(session)}
        self._line("watch.ended", f"The watch ends: {session_words(session, [])}.", data, session=session.id)

    # What happens.

    def _tell_look(self, look: Look) -> None:
        used: dict[tuple[str, str], str] = {}
        for session_id in {event.session_id for event in look.events if event.type in TASK_ENDS}:
            try:
                session = self._engine.session(session_id)
            except NotFound:
                continue
            tasks = self._engine.tasks(session_id)
            used |= {(session_id, task.id): words for task in tasks if (words := used_words(task, session))}
        for event in look.events:
            self._cursor = event.seq
            if event.type in DETAILS:
                continue
            ended = (event.session_id, str(event.data.get("task", "")))
            self._tell_event(event, used.get(ended, "") if event.type in TASK_ENDS else "")

    def _tell_event(self, event: Event, used: str) -> None:
        words = event_words(event, used)
        if self._json:
            click.echo(json.dumps({**event_record(event), "text": words}, ensure_ascii=True))
            return
        at = datetime.fromtimestamp(event.at)
        if (day := at.strftime("%Y-%m-%d")) != self._day:
            self._day = day
            say(f"It is {day}.")
        say(f"{at:%H:%M:%S} {self._named(event.session_id)}{words}")

    def _named(self, session_id: str) -> str:
        """`api-client 7c2f0a1b: `; nothing where there is but one that could be meant."""
        if self._session_id or not session_id:
            return ""
        if session_id not in self._names:
            try:
                self._names[session_id] = name(self._engine.session(session_id))
            except NotFound:
                self._names[session_id] = session_id[:8]
        return f"{self._names[session_id]}: "

    def _warn(self, text: str) -> None:
        self._line("watch.warning", f"Warning: {worded(text)}")

    def _line(self, kind: str, text: str, data: dict[str, Any] | None = None, *, session: str = "") -> None:
        """A line that no event of the store stands behind; its `seq` is where a later watch would go on."""
        if not self._json:
            say(text)
            return
        record = {
            "seq": self._cursor,
            "at": iso(self._engine.clock.now()),
            "session": session,
            "type": kind,
            "actor": "orion",
            "policy": "",
            "data": data or {},
            "text": text,
        }
        click.echo(json.dumps(record, ensure_ascii=True))


class Care(Tending):
    """As for any follower; but trouble is told, once, and the watch goes on."""

    _trouble = ""

    def __call__(self) -> None:
        """Between two looks. Raises BrokenPipeError when whoever read the output is gone."""
        _look_for_reader()
        super().__call__()

    def tend(self) -> None:
        """One look at the supervisor."""
        try:
            super().tend()
            now = self._engine.supervisor()
            trouble, remedy = now.trouble, now.remedy
        except OrionError as error:
            trouble, remedy = error.message, error.hint
        if trouble and trouble != self._trouble:
            self._told(f"{trouble}{f'; {remedy}' if remedy else ''}")
        elif self._trouble and not trouble:
            self._told("the supervisor is well again")
        self._trouble = trouble


def _count(waits: list[Waits]) -> str:
    at_least = "At least " if len(waits) >= READ else ""
    verb = "waits" if len(waits) == 1 else "wait"
    return f"{at_least}{plural(len(waits), 'thing')} {verb} for you."


def _ring() -> None:
    """The bell, where there is a terminal to ring it."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            stream.write("\a")
            stream.flush()
            return


def _look_for_reader() -> None:
    """A pipe tells its writer that nobody reads only when it writes; somebody who waits for hours has to ask."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # no real file: a test's, or closed
        return
    poll = select.poll()
    poll.register(descriptor, 0)  # errors are always reported
    if any(events & select.POLLERR for _, events in poll.poll(0)):
        raise BrokenPipeError
