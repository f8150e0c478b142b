"""Where a task stands; by itself, for whoever shows tasks needs no plan."""

from enum import StrEnum


class TaskStatus(StrEnum):
    """Where a task stands. `BLOCKED` covers a failed or blocked dependency and a forbidden action."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FLAGGED = "flagged"
    FAILED = "failed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self not in {TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.WAITING}

    @property
    def succeeded(self) -> bool:
        """Done, with or without a flag for review."""
        return self in {TaskStatus.DONE, TaskStatus.FLAGGED}
