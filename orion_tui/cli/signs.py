"""Status as sign and word: colour alone never says it."""

from orion_tui.core.models.sessions import SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus

SESSION = {
    SessionState.CREATED: "◌ queued",
    SessionState.PLANNING: "● planning",
    SessionState.AWAITING_PLAN: "◐ plan waits",
    SessionState.RUNNING: "● running",
    SessionState.WAITING: "◐ waiting",
    SessionState.PAUSED: "⏸ paused",
    SessionState.INTERRUPTED: "◌ interrupted",
    SessionState.UNRECOVERABLE: "✗ unrecoverable",
    SessionState.COMPLETED: "✓ completed",
    SessionState.FAILED: "✗ failed",
    SessionState.CANCELLED: "■ cancelled",
    SessionState.PROMOTED: "✓ promoted",
    SessionState.UNDONE: "↺ undone",
    SessionState.REJECTED: "■ rejected",
    SessionState.ARCHIVED: "■ archived",
}

TASK = {
    TaskStatus.QUEUED: "◌ queued",
    TaskStatus.RUNNING: "● running",
    TaskStatus.WAITING: "◐ waiting",
    TaskStatus.DONE: "✓ done",
    TaskStatus.FLAGGED: "⚑ flagged",
    TaskStatus.FAILED: "✗ failed",
    TaskStatus.BLOCKED: "■ blocked",
    TaskStatus.CANCELLED: "■ cancelled",
}


def task_status(row: TaskRow) -> str:
    """How a task stands; one that is done on the word of whoever did it is not called more than that."""
    return TASK[row.status] + (", not checked" if is_unchecked(row) else "")


def is_unchecked(row: TaskRow) -> bool:
    """Whether it is done and no check was agreed on that proves it."""
    return row.status.succeeded and not row.checked
