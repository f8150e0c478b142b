"""What a new version of a plan changes, for the people who approve it (PLAN-5)."""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum

import attrs

from orion_tui.base.text import CleanText, clean
from orion_tui.core.agent.check_words import check_text, expected
from orion_tui.core.models.actions import DeleteFile, EditFile, RunCommand, WriteFile
from orion_tui.core.models.plans import Plan, PlannedAction, Task


class Change(StrEnum):
    """What happened to a task, or to the plan's own words."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    #: It stands elsewhere among the tasks that both plans have.
    REORDERED = "reordered"


@attrs.frozen(kw_only=True)
class FieldChange:
    """One field that reads otherwise, before and after, as text."""

    name: str
    before: str
    after: str


@attrs.frozen(kw_only=True)
class PlanChange:
    """One difference between two plans."""

    change: Change
    #: Empty for the plan itself.
    task_id: str
    #: The task's title; in the new plan where it is in both.
    title: str
    #: For `CHANGED`: what reads otherwise. For `REORDERED`: its place, counted from 1.
    fields: tuple[FieldChange, ...] = ()


def diff(old: Plan, new: Plan) -> tuple[PlanChange, ...]:
    """The plan's own words first, then what is gone, then the rest in the order of the new plan."""
    found: list[PlanChange] = []
    if own := _fields(_plan_texts(old), _plan_texts(new)):
        found.append(PlanChange(change=Change.CHANGED, task_id="", title=new.title, fields=own))
    before = {task.id: task for task in old.tasks}
    after = {task.id: task for task in new.tasks}
    found += [
        PlanChange(change=Change.REMOVED, task_id=task.id, title=task.title)
        for task in old.tasks
        if task.id not in after
    ]
    places = {task.id: place for place, task in enumerate(old.tasks, 1)}
    moved = _moved([places[task.id] for task in new.tasks if task.id in before])
    for place, task in enumerate(new.tasks, 1):
        if task.id not in before:
            found.append(PlanChange(change=Change.ADDED, task_id=task.id, title=task.title))
            continue
        if fields := _fields(_task_texts(before[task.id]), _task_texts(task)):
            found.append(PlanChange(change=Change.CHANGED, task_id=task.id, title=task.title, fields=fields))
        if places[task.id] in moved:
            shift = FieldChange(name="place", before=str(places[task.id]), after=str(place))
            found.append(PlanChange(change=Change.REORDERED, task_id=task.id, title=task.title, fields=(shift,)))
    return tuple(found)


_SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~", Change.REORDERED: "↕"}


def lines(changes: Sequence[PlanChange]) -> tuple[CleanText, ...]:
    """The same for people: a line for each change, and an indented one for each field of it."""
    told: list[str] = []
    for change in changes:
        name = f"task {change.task_id}: {change.title}" if change.task_id else f"the plan: {change.title}"
        told.append(f"{_SIGNS[change.change]} {change.change} {name}")
        told += [f"    {one.name}: {one.before or 'none'} → {one.after or 'none'}" for one in change.fields]
    return tuple(clean(line, keep_newlines=False) for line in told)


def _fields(before: dict[str, str], after: dict[str, str]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name=name, before=before[name], after=text) for name, text in after.items() if before[name] != text
    )


def _plan_texts(plan: Plan) -> dict[str, str]:
    return {"title": plan.title, "description": plan.description}


def _task_texts(task: Task) -> dict[str, str]:
    """Every field that an author decides, and the tier that follows from it."""
    return {
        "title": task.title,
        "kind": task.kind.value,
        "tier": task.tier.value,
        "description": task.description,
        "needs": ", ".join(task.needs),
        "actions": "; ".join(map(_action_text, task.actions)),
        "accept": "; ".join(map(check_text, task.accept)),
        "estimate": "" if task.estimate_seconds is None else f"{task.estimate_seconds / 60:g} min",
        "confidence": f"{task.confidence:g}",
        "worked on by": "a model" if task.agent else "its actions",
    }


def _action_text(planned: PlannedAction) -> str:
    action = planned.action
    match action:
        case RunCommand():
            text = action.text
        case WriteFile():
            # Two versions of a file of one size are two versions.
            text = f"write {action.path} ({len(action.content):,} bytes, {_short_hash(action.content)})"
        case EditFile():
            both = "\0".join((action.old, action.new))
            text = f"edit {action.path} ({_short_hash(both.encode('utf-8', 'surrogatepass'))})"
        case DeleteFile():
            text = f"delete {action.path}"
        case _:
            text = str(action)
    wanted = expected(planned.expect)
    return f"{text} => {wanted}" if wanted else text


def _short_hash(data: bytes) -> str:
    return f"sha256 {hashlib.sha256(data).hexdigest()[:8]}"


def _moved(places: Sequence[int]) -> frozenset[int]:
    """The fewest of these places, in their new order, whose moving explains it: all but a longest rising run."""
    # Patience sorting: `ends[n]` is the index of the smallest end of a rising run of n + 1.
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(tops, place)
        before.append(ends[length - 1] if length else -1)
        ends[length : length + 1] = [at]
        tops[length : length + 1] = [place]
    kept: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        kept.add(places[at])
        at = before[at]
    return frozenset(places) - kept
