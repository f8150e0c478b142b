"""The engine's plan under review as the screen looks at it."""

from collections.abc import Sequence

import attrs

from orion_tui.base.text import clean
from orion_tui.bridge.plan_port import FieldDiff, Mark, PlanTask, PlanView
from orion_tui.core.aegis.decide import plan_tier
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent.check_words import check_text, read_check
from orion_tui.core.agent.plan_diff import Change, PlanChange
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import PlannedAction, Task
from orion_tui.core.session.card import describe
from orion_tui.core.session.plan_review import PlanReview

_MARKS = {Change.ADDED: Mark.ADDED, Change.CHANGED: Mark.CHANGED, Change.REORDERED: Mark.MOVED}


def plan_view(review: PlanReview, policy: Policy, unpriced: Sequence[str] = ()) -> PlanView:
    """All of it, tasks in the plan's order."""
    of_task: dict[str, list[PlanChange]] = {}
    for change in review.changes:
        of_task.setdefault(change.task_id, []).append(change)
    before = review.in_force
    gone = {change.task_id for change in review.changes if change.change is Change.REMOVED}
    return PlanView(
        session_id=review.session.id,
        goal=review.session.goal,
        role=review.session.role,
        title=review.plan.title,
        version=review.version,
        base=review.base,
        tasks=tuple(
            _task(task, number, policy, of_task.get(task.id, []), done=task.id in review.done)
            for number, task in enumerate(review.plan.tasks, 1)
        ),
        removed=tuple(
            _task(task, 0, policy, [], done=False, mark=Mark.REMOVED)
            for task in (before.tasks if before is not None else ())
            if task.id in gone
        ),
        problems=tuple(str(clean(problem, keep_newlines=False)) for problem in review.problems),
        author=review.author,
        note=review.note,
        comment=review.comment,
        can_undo=review.can_undo,
        least=review.estimate[0] if review.estimate is not None else None,
        most=review.estimate[1] if review.estimate is not None else None,
        cost=review.cost,
        unpriced=tuple(unpriced),
        findings=tuple(str(clean(finding, keep_newlines=False)) for finding in review.findings),
        confidence=review.lowest_confidence,
    )


def _task(
    task: Task, number: int, policy: Policy, changes: list[PlanChange], *, done: bool, mark: Mark | None = None
) -> PlanTask:
    decision = plan_tier(task, policy)
    found = [change for change in changes if change.change in _MARKS]
    # What changed says more than that it moved as well.
    found.sort(key=lambda change: change.change is Change.REORDERED)
    return PlanTask(
        id=task.id,
        number=number,
        title=task.title,
        kind=task.kind,
        description=task.description,
        needs=task.needs,
        checks=tuple(check_text(check) for check in task.accept),
        actions=tuple(str(describe(planned.action)) for planned in task.actions),
        agent=task.agent,
        tier=decision.tier,
        layer=decision.layer,
        rule=decision.rule,
        reason=decision.reason,
        minutes=task.estimate_seconds / 60 if task.estimate_seconds is not None else None,
        least=task.estimate.least if task.estimate is not None else task.estimate_seconds,
        most=task.estimate.most if task.estimate is not None else task.estimate_seconds,
        made=task.estimate.made if task.estimate is not None else "",
        cost=(task.cost.least, task.cost.most, task.cost.like) if task.cost is not None else None,
        confidence=task.sureness,
        approval_rate=task.approval_rate,
        asks_below=policy.role.confidence_thresholds.execute_and_flag,
        mark=mark or (_MARKS[found[0].change] if found else Mark.SAME),
        changes=tuple(
            FieldDiff(name=field.name, before=field.before, after=field.after)
            for change in found
            for field in change.fields
        ),
        done=done,
    )


def checks_of(texts: Sequence[str], known: Sequence[PlannedAction]) -> tuple[PlannedAction | str, ...]:
    """Typed checks; of a command that was there before everything stays that a line does not say."""
    by_text = {check_text(check): check for check in known}
    by_command = {check.action.text: check for check in known if isinstance(check.action, RunCommand)}
    found: list[PlannedAction | str] = []
    for text in texts:
        command, expect = read_check(text)
        if (same := by_text.get(text)) is not None:
            found.append(same)
        elif (same := by_command.get(command)) is not None:
            found.append(attrs.evolve(same, expect=expect))
        else:
            found.append(text)
    return tuple(found)
