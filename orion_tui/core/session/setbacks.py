"""When the sandbox fails and not the work: what is tried again, how often, and what is given up.

A sandbox can go away in the middle of anything: the engine restarts, somebody removes its container, a command ends
what serves it. Nothing that was recorded depends on it, so the session goes on in a fresh one, at the step in flight.
A step that takes its sandbox along every time is given up, and its task with it; the session is not.
"""

import attrs

from orion_tui.base.clock import local_time
from orion_tui.base.errors import ChannelClosed, OrionError
from orion_tui.base.text import clean
from orion_tui.core.session.record import Record
from orion_tui.core.store import events

#: How often a step is started when its sandbox goes away under it, and when whole supervisors ended meanwhile.
STARTS = 3
STARTS_ACROSS_SUPERVISORS = 10

#: Sandboxes that may go away one after the other with no step in flight.
LOSSES = 3

#: Seconds until a sandbox is tried again, after each time in a row that none could be had; the last one from then on.
DELAYS = (10.0, 30.0, 60.0, 300.0, 900.0)

_RECENT = 500


@attrs.define(kw_only=True)
class Setbacks:
    """The setbacks of one run of a session."""

    record: Record
    _losses: int = attrs.field(default=0, init=False)

    def lost(self, error: ChannelClosed) -> None:
        """A sandbox went away. Raises `error` again when a fresh one would not help."""
        step = self.record.in_flight(self.record.store.reader())
        said = str(clean(error.message, keep_newlines=False))
        self.record.event("sandbox.lost", {"reason": said, "step": step.n if step is not None else None})
        if step is not None:
            self._losses = 0
            self._give_up(STARTS, f"the sandbox went away each of the {STARTS} times that this was started: {said}")
            return
        self._losses += 1
        if self._losses >= LOSSES:
            raise error

    def resumed(self) -> None:
        """Another supervisor left a step in flight: one that was never seen to end, however often, is not started."""
        most = STARTS_ACROSS_SUPERVISORS
        self._give_up(most, f"this was started {most} times and its supervisor ended each time before it did")

    def unavailable(self, error: OrionError) -> tuple[str, float]:
        """No sandbox could be had for a session that had one before: what to tell people, and when to try again."""
        said = str(clean(error.message, keep_newlines=False))
        self.record.event("sandbox.unavailable", {"reason": said, "problems": list(error.problems)})
        in_a_row = 0
        for event in reversed(events.latest(self.record.store.reader(), self.record.session_id, _RECENT)):
            if event.type == "sandbox.started":
                break
            in_a_row += event.type == "sandbox.unavailable"
        again = self.record.clock.now() + DELAYS[min(in_a_row, len(DELAYS)) - 1]
        return f"no sandbox can be had: {said}; tries again at {local_time(again, now=self.record.clock.now())}", again

    def passed(self, said: str) -> float:
        """The system failed in a way that may be over (`session.passing`): when to go on, later each time in a row."""
        latest = events.latest(self.record.store.reader(), self.record.session_id, _RECENT)
        in_a_row = 0
        for event in reversed(latest):
            if event.type == "action.done":
                break
            in_a_row += event.type == "session.disturbed"
        again = self.record.clock.now() + DELAYS[min(in_a_row, len(DELAYS) - 1)]
        self.record.event("session.disturbed", {"reason": said, "again": again})
        return again

    def _give_up(self, most: int, reason: str) -> None:
        """Record that the step in flight failed if it was started `most` times."""
        reader = self.record.store.reader()
        step = self.record.in_flight(reader)
        if step is None or self._starts(step.n) < most:
            return
        data = {"task": step.task_id, "index": step.index, "text": "", "ok": False, "summary": reason, "seconds": 0.0}
        self.record.finish_step(step.n, "action.failed", data, {"ok": False, "summary": reason, "error": reason}, None)

    def _starts(self, n: int) -> int:
        recent = events.latest(self.record.store.reader(), self.record.session_id, _RECENT)
        return sum(event.type == "action.started" and event.data.get("step") == n for event in recent)
