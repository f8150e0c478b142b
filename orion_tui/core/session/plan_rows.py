"""From a plan to the rows that say how its tasks stand, and from one plan to another without losing what is done."""

from collections.abc import Iterable

import attrs

from orion_tui.core.models.plans import Plan
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.order import in_turn

#: What a task keeps of its row when another plan takes over and still has it.
_KEPT = ("status", "reason", "checked", "attempt", "started_at", "finished_at", "tokens", "cost_usd")


def rows_of(session_id: str, plan: Plan, before: Iterable[TaskRow] = ()) -> list[TaskRow]:
    """A row for each task of the plan, in turn; a task that had one `before` keeps how far it is."""
    earlier = {row.id: row for row in before}
    rows: list[TaskRow] = []
    for position, task in enumerate(in_turn(plan).tasks):
        row = TaskRow(
            session_id=session_id,
            id=task.id,
            position=position,
            title=task.title,
            description=task.description,
            kind=task.kind,
            tier=task.tier,
            needs=task.needs,
            confidence=task.sureness,
            estimate_seconds=task.estimate_seconds,
            status=TaskStatus.QUEUED,
        )
        if (old := earlier.get(task.id)) is not None:
            row = attrs.evolve(row, **{name: getattr(old, name) for name in _KEPT})
        rows.append(row)
    return rows
