"""What the timeline asks of the engine, and the values that come back."""

from typing import Protocol

import attrs

from orion_tui.bridge.diff_port import FileChange
from orion_tui.core.models.sessions import (
    SessionState,
)
from orion_tui.core.models.so_far import SoFar
from orion_tui.core.models.task_status import TaskStatus


@attrs.frozen(kw_only=True)
class MomentView:
    """A checkpoint in the timeline."""

    number: int
    name: str
    commit: str
    #: The commit that `files` compare with: the checkpoint before, or the base.
    before: str
    at: float
    reason: str
    task: str
    #: It stands inside a task, whose work up to there is not on the branch.
    inside: bool
    files: tuple[FileChange, ...]
    #: What the session had used up to then; None where that is not known.
    so_far: SoFar | None = None


@attrs.frozen(kw_only=True)
class TrashView:
    """Something in the trash; `files` is what would change if it came back now."""

    number: int
    name: str
    summary: str
    commit: str
    before: str
    at: float
    until: float
    files: tuple[FileChange, ...]


@attrs.frozen(kw_only=True)
class TimelineView:
    """Newest first, both."""

    session_id: str
    #: The newest commit with work of the session in it.
    newest: str
    moments: tuple[MomentView, ...]
    trash: tuple[TrashView, ...]


@attrs.frozen(kw_only=True)
class TaskReturn:
    """A task that goes back."""

    title: str
    before: TaskStatus
    after: TaskStatus
    #: Finished steps after which it goes on.
    kept: int


@attrs.frozen(kw_only=True)
class ReturnView:
    """What a rollback, or bringing something back, will do. Only what it shows is done."""

    session_id: str
    #: `cp-0003`, or what the trash entry holds.
    name: str
    reason: str
    tasks: tuple[TaskReturn, ...] = ()
    #: Steps that no longer count.
    steps: int = 0
    #: Checkpoints that go to the trash.
    checkpoints: tuple[str, ...] = ()
    #: Questions that are withdrawn.
    questions: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()
    #: The state that the session will be in.
    state: SessionState


class TimelineCommands(Protocol):
    """Checkpoints to go back to, and what lies in the trash."""

    def timeline(self, session_id: str) -> TimelineView:
        """What can be gone back to, and what can be had again."""
        ...

    def preview_rollback(self, session_id: str, number: int) -> ReturnView:
        """What going back to a checkpoint will do; `rollback` does what was shown last."""
        ...

    def rollback(self, session_id: str) -> int:
        """Go back; the number in the trash of what came later."""
        ...

    def preview_restore(self, number: int) -> ReturnView:
        """What bringing something back from the trash will do."""
        ...

    def restore(self, number: int) -> None:
        """Bring it back."""
        ...
