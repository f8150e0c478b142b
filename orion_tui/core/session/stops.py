"""When a session stops by itself (RUN-3)."""

from collections.abc import Sequence

import attrs

from orion_tui.core.models.plans import TaskStatus
from orion_tui.core.models.sessions import Session, TaskRow
from orion_tui.core.session.allowance import allowance
from orion_tui.roles.schema import Role

#: Consecutive tasks below `pause_and_ask` confidence, and consecutive failures, that end a session.
COLLAPSE_TASKS = 3
FAILURE_TASKS = 5


@attrs.frozen
class Stop:
    """A ceiling that was reached: its name for the event, and a sentence for people."""

    limit: str
    reason: str


def reached(role: Role, session: Session, rows: Sequence[TaskRow], running_seconds: float) -> Stop | None:
    """The first ceiling that the session stands at, None while it may go on.

    `running_seconds` counts running time only: waiting and paused time is free.
    """
    limits = allowance(role.limits, session)
    if (stop := out_of_time(role, session, running_seconds)) is not None:
        return stop
    # A session that may spend nothing is stopped by spending, not by having spent nothing.
    if limits.max_cost_usd is not None and session.cost_usd > 0 and session.cost_usd >= limits.max_cost_usd:
        return Stop("cost", f"the cost limit of ${limits.max_cost_usd:.2f} is reached")
    if session.tokens >= limits.max_tokens:
        return Stop("tokens", f"the limit of {limits.max_tokens:,} tokens is reached")
    ended = ((row.finished_at, row) for row in rows if row.finished_at is not None)
    since = session.counted_from
    finished = [row for at, row in sorted(ended, key=lambda one: one[0]) if since is None or at > since]
    last = finished[-FAILURE_TASKS:]
    if len(last) == FAILURE_TASKS and all(row.status is TaskStatus.FAILED for row in last):
        return Stop("failures", f"{FAILURE_TASKS} tasks failed one after the other")
    ask_below = role.confidence_thresholds.pause_and_ask
    last = finished[-COLLAPSE_TASKS:]
    if len(last) == COLLAPSE_TASKS and all(row.confidence < ask_below for row in last):
        return Stop("confidence", f"{COLLAPSE_TASKS} tasks in a row were below {ask_below:.2f} confidence")
    return None


def out_of_time(role: Role, session: Session, running_seconds: float) -> Stop | None:
    """The ceiling of running time alone, which is looked at inside tasks, too."""
    hours = allowance(role.limits, session).max_session_hours
    if running_seconds < hours * 3600:
        return None
    return Stop("time", f"the time limit of {hours:g} h running time is reached")
