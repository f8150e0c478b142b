"""When a session stops by itself (RUN-3)."""

from collections.abc import Sequence

import attrs

from orion_tui.core.models.sessions import Session
from orion_tui.core.session.allowance import allowance
from orion_tui.core.store import Reader, task_ends
from orion_tui.core.store.task_ends import TaskEnd
from orion_tui.roles.schema import Role

#: Consecutive tasks below `pause_and_ask` confidence, and consecutive failures, that end a session.
COLLAPSE_TASKS = 3
FAILURE_TASKS = 5


@attrs.frozen
class Stop:
    """A ceiling that was reached: its name for the event, and a sentence for people."""

    limit: str
    reason: str


def ends(reader: Reader, session: Session) -> list[TaskEnd]:
    """How the session's last tasks ended, oldest first: as many as a stop can hang on, whatever plan they were in."""
    return task_ends.latest(reader, session.id, max(COLLAPSE_TASKS, FAILURE_TASKS), after=session.counted_from)


def reached(role: Role, session: Session, ended: Sequence[TaskEnd], running_seconds: float) -> Stop | None:
    """The first ceiling that the session stands at, None while it may go on.

    `ended` is how its last tasks ended, oldest first. `running_seconds` counts running time only: waiting and paused
    time is free.
    """
    limits = allowance(role.limits, session)
    if (stop := out_of_time(role, session, running_seconds)) is not None:
        return stop
    # A session that may spend nothing is stopped by spending, not by having spent nothing.
    if limits.max_cost_usd is not None and session.cost_usd > 0 and session.cost_usd >= limits.max_cost_usd:
        return Stop("cost", f"the cost limit of ${limits.max_cost_usd:.2f} is reached")
    if session.tokens >= limits.max_tokens:
        return Stop("tokens", f"the limit of {limits.max_tokens:,} tokens is reached")
    last = ended[-FAILURE_TASKS:]
    if len(last) == FAILURE_TASKS and all(end.failed for end in last):
        return Stop("failures", f"{FAILURE_TASKS} tasks failed one after the other")
    ask_below = role.confidence_thresholds.pause_and_ask
    last = ended[-COLLAPSE_TASKS:]
    if len(last) == COLLAPSE_TASKS and all(end.confidence < ask_below for end in last):
        return Stop("confidence", f"{COLLAPSE_TASKS} tasks in a row were below {ask_below:.2f} confidence")
    return None


def out_of_time(role: Role, session: Session, running_seconds: float) -> Stop | None:
    """The ceiling of running time alone, which is looked at inside tasks, too."""
    hours = allowance(role.limits, session).max_session_hours
    if running_seconds < hours * 3600:
        return None
    return Stop("time", f"the time limit of {hours:g} h running time is reached")
