"""The order of a plan for the eye: what is forbidden first, then level by level what can run together."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.bridge.plan_port import PlanTask, PlanView


def levels(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Task id to its level: 0 needs nothing, 1 only what is on 0, and so on.

    Needs that do not exist do not count; tasks on a cycle come last, for they can never run.
    """
    found: dict[str, int] = {}
    left = dict(needs)
    while left:
        ready = {
            name: max((found[need] + 1 for need in wanted if need in needs), default=0)
            for name, wanted in left.items()
            if all(need in found for need in wanted if need in needs)
        }
        if not ready:
            last = max(found.values(), default=-1) + 1
            found.update(dict.fromkeys(left, last))
            break
        found.update(ready)
        for name in ready:
            del left[name]
    return found


class RowKind(StrEnum):
    """What a line of the review is."""

    HEAD = "head"
    TASK = "task"
    REMOVED = "removed"


@attrs.frozen(kw_only=True)
class PlanRow:
    """One line of the review."""

    kind: RowKind
    text: str = ""
    #: A heading that says what keeps the plan from being approved.
    alarm: bool = False
    task: PlanTask | None = None
    #: Which level it stands on, and how it is tied to its neighbours there: " ", "first", "inner", "last".
    level: int = 0
    tie: str = ""


def rows_of(view: PlanView) -> list[PlanRow]:
    """The lines of a plan under review."""
    rows: list[PlanRow] = []
    forbidden = [task for task in view.tasks if task.tier is Tier.FORBIDDEN and not task.done]
    level = levels({task.id: task.needs for task in view.tasks})
    if forbidden:
        told = "forbidden: edit (e) or take out (x) before this can be approved"
        rows.append(PlanRow(kind=RowKind.HEAD, text=told, alarm=True))
        rows += [PlanRow(kind=RowKind.TASK, task=task, level=level[task.id]) for task in forbidden]
        rows.append(PlanRow(kind=RowKind.HEAD, text="the rest of the plan"))
    shown = [task for task in view.tasks if task not in forbidden]
    for number in sorted(set(level.values())):
        together = [task for task in shown if level[task.id] == number]
        for index, task in enumerate(together):
            tie = ""
            if len(together) > 1:
                tie = "first" if index == 0 else "last" if index == len(together) - 1 else "inner"
            rows.append(PlanRow(kind=RowKind.TASK, task=task, level=number, tie=tie))
    if view.removed:
        rows.append(PlanRow(kind=RowKind.HEAD, text="no longer in the plan"))
        rows += [PlanRow(kind=RowKind.REMOVED, task=task) for task in view.removed]
    return rows


def beside(view: PlanView, task: PlanTask, direction: int) -> PlanTask | None:
    """The task that `task` changes places with: the next in the plan (1) or the one before (-1) on its level."""
    level = levels({other.id: other.needs for other in view.tasks})
    together = [other for other in view.tasks if level[other.id] == level[task.id]]
    place = next((i for i, other in enumerate(together) if other.id == task.id), -1) + direction
    return together[place] if 0 <= place < len(together) else None
