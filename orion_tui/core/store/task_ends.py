"""How the tasks of a session ended, as its events tell it.

The rows of tasks are those of the plan in force: another plan takes rows away, and what they told goes with them. What
counts over the whole session is read from here.
"""

import attrs

from orion_tui.core.models.events import Event
from orion_tui.core.store import events
from orion_tui.core.store.connection import Reader

_ENDS = ("task.done", "task.failed", "task.blocked")


@attrs.frozen(kw_only=True)
class TaskEnd:
    """One task that was worked on, and came to an end."""

    failed: bool
    #: How sure whoever did it was of it in the end, 0 to 1.
    confidence: float = 1.0


def latest(reader: Reader, session_id: str, limit: int, *, after: int = 0) -> list[TaskEnd]:
    """The newest `limit` ends behind event `after`, oldest of them first, whatever plan the tasks were part of.

    A task that was never begun, for one that it needs did not succeed, is none.
    """
    found = events.latest_of_types(reader, session_id, _ENDS, limit, after=after, having="confidence")
    return [_end(event) for event in found]


def _end(event: Event) -> TaskEnd:
    return TaskEnd(failed=event.type != "task.done", confidence=float(event.data["confidence"]))
