"""How far a session has come, as the model is told that thinks its plan over."""

from collections.abc import Sequence

from orion_tui.core.agent.planner import Rejection
from orion_tui.core.agent.replan import Outcome, Progress
from orion_tui.core.models.plan_records import PlanDraft
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import Session, TaskRow
from orion_tui.core.session import task_story
from orion_tui.core.store import Reader, rejections
from orion_tui.roles.schema import Role


def progress(
    reader: Reader, session: Session, role: Role, plan: Plan, rows: Sequence[TaskRow], sent_back: PlanDraft | None
) -> Progress:
    """What is done, what failed, what is left of `plan`, and what the person turned down in this session."""
    by_id = {row.id: row for row in rows}
    done: list[Outcome] = []
    failed: list[Outcome] = []
    remaining: list[Task] = []
    said = task_story.said(reader, session.id).summary
    for task in plan.tasks:
        row = by_id.get(task.id)
        if row is not None and row.status.succeeded:
            done.append(Outcome(task=task, what=said.get(task.id) or row.reason or "done"))
        elif row is not None and row.status.finished:
            failed.append(Outcome(task=task, what=row.reason or row.status.value))
        else:
            remaining.append(task)
    return Progress(
        goal=session.goal,
        comment=sent_back.comment if sent_back is not None else "",
        role=role,
        plan=plan,
        done=done,
        failed=failed,
        remaining=remaining,
        rejections=told(rejections.of_session(reader, session.id)),
    )


def told(found: Sequence[rejections.Rejected]) -> list[Rejection]:
    """Rejections as a model is told of them."""
    return [Rejection(what=one.what, reason=one.reason or "no reason was given") for one in found]
