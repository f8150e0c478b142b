"""A plan for people and as JSON: what is worked on, and what waits for the person."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orion_tui.base.clock import iso
from orion_tui.base.ranges import time_range
from orion_tui.cli.output import one_line, plural, say, span, table
from orion_tui.cli.signs import task_status
from orion_tui.core.models.plan_records import PlanVersion
from orion_tui.core.models.sessions import SessionState, TaskRow

if TYPE_CHECKING:
    from orion_tui.core.models.plans import Plan, PlannedAction, Task
    from orion_tui.core.session.plan_review import PlanReview

_TIERS = {"autonomous": "✓ autonomous", "requires_approval": "◐ asks you", "forbidden": "■ forbidden"}
#: Changes that are shown of a revision before they are counted.
_CHANGES = 60


def show_plan(plan: "Plan", rows: Sequence[TaskRow]) -> None:
    """The plan in force, with how far its tasks are."""
    at = {row.id: row for row in rows}
    columns = ("#", "task", "title", "status", "kind", "tier", "needs", "estimate", "conf", "check", "why")
    table(
        columns,
        [
            (
                str(number),
                task.id,
                task.title,
                task_status(at[task.id]) if task.id in at else "",
                *_middle(task),
                at[task.id].reason if task.id in at else "",
            )
            for number, task in enumerate(plan.tasks, 1)
        ],
        right=("#", "conf"),
        least=("kind", "estimate", "conf", "check", "needs", "tier", "why"),
    )


def show_review(review: "PlanReview", free: Sequence[str] = ()) -> None:
    """The plan that waits: tasks, problems, what it changes, what it may take. `free` are models without a price."""
    from orion_tui.core.agent import plan_diff, unpriced

    what = "a revision of the plan" if review.in_force is not None else "a plan"
    waits = "waits for you" if review.waits else f"was never decided on, for the session is {review.session.state}"
    if review.comment and not review.waits:
        waits = "was sent back"
    elif review.session.state is SessionState.PAUSED:
        waits = f"waits for you once the session is resumed: orion resume {review.session.id}"
    say(f"{one_line(review.plan.title)}", bold=True)
    say(f"  {what}, version {review.version}, by {one_line(review.author)} ({one_line(review.note)}): {waits}")
    if review.plan.description:
        for line in review.plan.description.splitlines():
            say(f"  {line}")
    if review.comment:
        say(f"  you said: {one_line(review.comment)}")
    say()
    table(
        ("#", "task", "title", "kind", "tier", "needs", "estimate", "conf", "check"),
        [
            (
                str(number),
                task.id,
                f"✓ {task.title}" if task.id in review.done else task.title,
                *_middle(task, asks_below=0.0 if task.id in review.done else review.asks_below),
            )
            for number, task in enumerate(review.plan.tasks, 1)
        ],
        right=("#", "conf"),
        least=("kind", "estimate", "conf", "needs", "check"),
    )
    say()
    least, most = review.estimate or (0.0, 0.0)
    took = f", {time_range(least, most)}" if review.estimate else ""
    left = plural(len(review.plan.tasks) - len(review.done), "task")
    unsure = [t.id for t in review.plan.tasks if t.sureness < review.asks_below and t.id not in review.done]
    waits = f"; below {review.asks_below:.2f} a task waits for your yes before it begins" if unsure else ""
    say(f"  {left} to do{took}; lowest confidence {review.lowest_confidence:.2f}{waits}")
    for cost in (_cost_text(review, free), unpriced.told(free)):
        if cost:
            say(f"  {cost}")
    if review.findings:
        say("  taken out of files of the repository, before the model that planned read them:")
        for finding in review.findings[:_CHANGES]:
            say(f"    ! {one_line(finding)}")
    if review.changes:
        say("  what it changes of the plan in force:")
        told = plan_diff.lines(review.changes)
        for line in told[:_CHANGES]:
            say(f"    {line}")
        if len(told) > _CHANGES:
            say(f"    and {len(told) - _CHANGES:,} more lines (--json has all)")
    if review.problems:
        say("  this keeps it from being approved:", style="red", bold=True)
        for problem in review.problems:
            say(f"    ■ {one_line(problem)}")


def _cost_text(review: "PlanReview", free: Sequence[str]) -> str:
    """`$0.10 to $0.40 by like tasks`, and for how much of the plan; empty where no model is to work."""
    left = [task for task in review.plan.tasks if task.agent and task.id not in review.done]
    if not left or review.session.models.get("work") in free:
        return ""
    if review.cost is None:
        return "cost: not known before there are 5 like tasks that cost something"
    least, most, count = review.cost
    part = "" if count == len(left) else f", for {count} of {plural(len(left), 'task')}"
    return f"cost: ${least:.2f} to ${most:.2f} by like tasks{part}"


def tell_what_to_do(review: "PlanReview") -> None:
    """The commands for a plan that waits."""
    if not review.waits:
        return
    id = review.session.id
    approve = "" if review.problems else f"approve: orion plan {id} --approve    "
    say(f"  {approve}look and edit: orion plan {id} --review")
    keep = f"    keep the old one: orion plan {id} --keep" if review.in_force is not None else ""
    undo = f"    undo: orion plan {id} --undo" if review.can_undo else ""
    say(f"  send back: orion plan {id} --send-back TEXT{keep}{undo}")


def _middle(task: "Task", *, asks_below: float = 0.0) -> tuple[str, str, str, str, str, str]:
    """Columns of a task; with a confidence below `asks_below` it waits for the person, whatever its tier."""
    unsure = task.sureness < asks_below and task.tier.value == "autonomous"
    return (
        task.kind.value,
        "◐ asks first" if unsure else _TIERS[task.tier.value],
        " ".join(task.needs),
        estimate_text(task),
        f"{task.sureness:.2f}",
        "; ".join(checks_text(task)),
    )


def estimate_text(task: "Task") -> str:
    """`10 to 20 min, a guess`: with what it is from, or the author's guess where Orion made nothing of it."""
    if task.estimate is not None:
        source = f"from {plural(task.estimate.like, 'like task')}" if task.estimate.like else "a guess"
        return f"{time_range(task.estimate.least, task.estimate.most)}, {source}"
    return f"about {span(task.estimate_seconds)}" if task.estimate_seconds is not None else ""


def checks_text(task: "Task") -> list[str]:
    """The checks of a task, each as a line with what is expected of it."""
    from orion_tui.base.text import reveal
    from orion_tui.core.agent.check_words import check_text

    return [str(reveal(check_text(planned), keep_newlines=False)) for planned in task.accept]


def _check_record(planned: "PlannedAction") -> dict[str, Any]:
    """A check taken apart; an exit status of None is any."""
    command = getattr(planned.action, "text", str(planned.action))
    return {"run": command, "exit": planned.expect.exit_code, "output": planned.expect.output}


def plan_record(plan: "Plan", rows: Sequence[TaskRow] = ()) -> dict[str, Any]:
    """A plan; with `rows` also how far its tasks are."""
    at = {row.id: row for row in rows}
    tasks: list[dict[str, Any]] = []
    for task in plan.tasks:
        record: dict[str, Any] = {
            "id": task.id,
            "title": task.title,
            "description": task.description,
            "kind": task.kind.value,
            "tier": task.tier.value,
            "needs": list(task.needs),
            "checks": checks_text(task),
            "accept": [_check_record(planned) for planned in task.accept],
            "confidence": task.confidence,
            "approval_rate": task.approval_rate,
            "estimate_seconds": task.estimate_seconds,
            "estimate": None if task.estimate is None else [task.estimate.least, task.estimate.most],
            "estimate_made": task.estimate.made if task.estimate is not None else "",
            "like_tasks": task.estimate.like if task.estimate is not None else 0,
            "cost_usd": None if task.cost is None else [task.cost.least, task.cost.most],
            "agent": task.agent,
        }
        if (row := at.get(task.id)) is not None:
            record |= {"status": str(row.status), "reason": row.reason, "attempt": row.attempt}
        tasks.append(record)
    return {"title": plan.title, "description": plan.description, "source": plan.source, "tasks": tasks}


def review_record(review: "PlanReview") -> dict[str, Any]:
    """A plan that waits, with everything that a person is shown of it."""
    return {
        "version": review.version,
        "base": review.base,
        "waits": review.waits,
        "author": review.author,
        "note": review.note,
        "comment": review.comment,
        "can_undo": review.can_undo,
        "problems": list(review.problems),
        "changes": [
            {
                "change": str(change.change),
                "task": change.task_id,
                "title": change.title,
                "fields": [{"name": f.name, "before": f.before, "after": f.after} for f in change.fields],
            }
            for change in review.changes
        ],
        "done": sorted(review.done),
        "estimate": None if review.estimate is None else list(review.estimate),
        "cost_usd": None if review.cost is None else list(review.cost[:2]),
        "cost_tasks": 0 if review.cost is None else review.cost[2],
        "findings": list(review.findings),
        "lowest_confidence": review.lowest_confidence,
        "asks_below": review.asks_below,
        "plan": plan_record(review.plan),
    }


def version_record(version: PlanVersion, *, in_force: int, draft: int) -> dict[str, Any]:
    """One version of a plan."""
    return {
        "version": version.version,
        "parent": version.parent,
        "author": version.author,
        "note": version.note,
        "created_at": iso(version.created_at),
        "tasks": len(version.json.get("tasks", ())),
        "in_force": version.version == in_force,
        "draft": version.version == draft,
    }
