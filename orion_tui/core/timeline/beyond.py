"""What a session did after a checkpoint: what a rollback to it takes back, worked out without touching anything."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import Approval, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.plan_in_force import rows_under
from orion_tui.core.store import Reader, approvals, checkpoints, plans, steps


@attrs.frozen(kw_only=True)
class TaskReturn:
    """A task that goes back: from where it stands to where it stood."""

    id: str
    title: str
    before: TaskStatus
    after: TaskStatus
    #: Steps of it that still count; it goes on after them.
    kept: int
    #: Steps of it that no longer will.
    undone: int


@attrs.frozen(kw_only=True)
class Beyond:
    """Everything after a checkpoint that counts now."""

    #: Newer checkpoints, oldest first.
    checkpoints: tuple[Checkpoint, ...]
    #: Stretches of steps, (first, last).
    stretches: tuple[tuple[int, int], ...]
    #: How many steps those are.
    steps: int
    tasks: tuple[TaskReturn, ...]
    #: What the tasks become, by id, as `plans.set_progress` takes it; only those that change.
    progress: Mapping[str, Mapping[str, Any]]
    #: Questions and unused answers that belong to what is undone.
    approvals: tuple[Approval, ...]
    #: The version of the plan that is in force again; None where the plan is the same.
    plan: int | None = None

    @property
    def nothing(self) -> bool:
        """Whether the session stands exactly at the checkpoint."""
        return not (self.checkpoints or self.steps or self.tasks or self.approvals) and self.plan is None


def beyond(reader: Reader, target: Checkpoint, then: Mapping[str, Any]) -> Beyond:
    """What lies beyond `target`, at which the tasks stood as `then` says (`checkpoints.tasks_at`)."""
    session_id = target.session_id
    plan = checkpoints.plan_at(reader, session_id, target.number)
    changed = plan is not None and plan != plans.version_in_force(reader, session_id)
    found = work_out(
        target,
        then,
        rows=rows_under(reader, session_id, plan) if changed and plan is not None else plans.all(reader, session_id),
        now=plans.progress(reader, session_id),
        outline=steps.outline(reader, session_id),
        attempts=steps.last_attempts(reader, session_id),
        newer=[made for made in checkpoints.all(reader, session_id) if made.number > target.number],
        open_approvals=approvals.open_or_unused(reader, session_id),
    )
    return attrs.evolve(found, plan=plan if changed else None)


def work_out(
    target: Checkpoint,
    then: Mapping[str, Any],
    *,
    rows: Iterable[TaskRow],
    now: Mapping[str, Any],
    outline: Sequence[tuple[int, str, int]],
    attempts: Mapping[str, int],
    newer: Iterable[Checkpoint],
    open_approvals: Iterable[Approval],
) -> Beyond:
    """`beyond` from facts alone. `outline` holds (n, task, attempt) of the steps that count, in order."""
    later = [n for n, _, _ in outline if n > target.step]
    asked_since = tuple(a for a in open_approvals if not _stood_open(a, target, then))
    withdrawn = {approval.id for approval in asked_since}
    still_asked = {a.task_id for a in open_approvals if a.id not in withdrawn}
    returns: list[TaskReturn] = []
    progress: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        undone = sum(task == row.id for n, task, _ in outline if n > target.step)
        at: Mapping[str, Any] = then.get(row.id) or {"status": TaskStatus.QUEUED.value, "attempt": row.attempt}
        kept = sum(task == row.id and attempt == at["attempt"] for n, task, attempt in outline if n <= target.step)
        goes_to = _status(TaskStatus(at["status"]), asked=row.id in still_asked)
        if not undone and goes_to is _status(row.status, asked=row.id in still_asked) and at == now.get(row.id):
            continue
        if goes_to.finished or goes_to is TaskStatus.WAITING:
            progress[row.id] = at
        else:
            # It starts, or goes on, as a new attempt unless finished steps of this one still count.
            attempt = at["attempt"] if kept else max(at["attempt"], attempts.get(row.id, -1) + 1)
            progress[row.id] = _queued(attempt)
        if progress[row.id] == now.get(row.id):
            del progress[row.id]
            continue
        returns.append(
            TaskReturn(
                id=row.id, title=row.title, before=row.status, after=goes_to,
                kept=0 if goes_to.finished else kept, undone=undone,
            )
        )  # fmt: skip
    return Beyond(
        checkpoints=tuple(newer),
        stretches=stretches(later),
        steps=len(later),
        tasks=tuple(returns),
        progress=progress,
        approvals=asked_since,
    )


def stretches(numbers: Collection[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as (first, last) of each unbroken run."""
    found: list[tuple[int, int]] = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return tuple(found)


def _stood_open(approval: Approval, target: Checkpoint, then: Mapping[str, Any]) -> bool:
    """Whether the question was being asked at the checkpoint already."""
    at = then.get(approval.task_id)
    return at is not None and at["status"] == TaskStatus.WAITING.value and approval.created_at <= target.created_at


def _status(then: TaskStatus, *, asked: bool) -> TaskStatus:
    """What a task is that nobody works on: one that was in hand waits for its turn again."""
    if then.finished or (then is TaskStatus.WAITING and asked):
        return then
    return TaskStatus.QUEUED


def _queued(attempt: int) -> dict[str, Any]:
    return {
        "status": TaskStatus.QUEUED.value, "reason": "", "checked": "", "attempt": attempt,
        "started_at": None, "finished_at": None,
    }  # fmt: skip
