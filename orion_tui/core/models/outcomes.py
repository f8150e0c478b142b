"""What became of a task."""

import attrs

from orion_tui.core.models.task_status import TaskStatus


@attrs.frozen(kw_only=True)
class TaskOutcome:
    """What became of one task: one row of `outcomes`."""

    id: int = 0
    session_id: str
    task_id: str
    role: str
    kind: str
    status: TaskStatus
    confidence: float
    estimated_seconds: float | None
    actual_seconds: float
    tokens: int
    cost_usd: float
    #: Whether the person took the work over; None while nobody has said.
    accepted: bool | None = None
    created_at: float
