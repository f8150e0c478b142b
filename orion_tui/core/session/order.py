"""Which task is next: topological order, the author's order among equals (PLAN-4)."""

from collections.abc import Mapping, Sequence

import attrs

from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.task_status import TaskStatus


def runnable(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Queued tasks whose needs have all succeeded, in the plan's order."""
    status = {row.id: row.status for row in rows}
    return [
        row
        for row in rows
        if row.status in {TaskStatus.QUEUED, TaskStatus.RUNNING} and all(status[need].succeeded for need in row.needs)
    ]


def in_turn(plan: Plan) -> Plan:
    """The plan with no task before one that it needs, the author's order among equals: as it is worked off.

    What is part of a circle, or needs what is not there, stays at the end: `agent.plan_rules` tells of that.
    """
    known, placed = {task.id for task in plan.tasks}, set[str]()
    left, listed = list(plan.tasks), list[Task]()
    while ready := next((task for task in left if placed.issuperset(known.intersection(task.needs))), None):
        left.remove(ready)
        listed.append(ready)
        placed.add(ready.id)
    tasks = (*listed, *left)
    return plan if tasks == plan.tasks else attrs.evolve(plan, tasks=tasks)


def newly_blocked(rows: Sequence[TaskRow]) -> dict[str, str]:
    """Queued tasks that can never run, with the task that blocks each: a need failed, was blocked or cancelled."""
    status: Mapping[str, TaskStatus] = {row.id: row.status for row in rows}
    blocked: dict[str, str] = {}
    changed = True
    while changed:
        changed = False
        for row in rows:
            if row.status is not TaskStatus.QUEUED or row.id in blocked:
                continue
            for need in row.needs:
                if need in blocked or (status[need].finished and not status[need].succeeded):
                    blocked[row.id] = need
                    changed = True
                    break
    return blocked


def find_cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """One cycle of the dependency graph as a list of ids that ends where it starts; empty when there is none."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            node, index = stack.pop()
            if index == 0:
                if node in done:
                    continue
                if node in on_path:
                    return [*path[path.index(node) :], node]
                path.append(node)
                on_path.add(node)
            following = [need for need in needs.get(node, ()) if need in needs]
            if index < len(following):
                stack.append((node, index + 1))
                stack.append((following[index], 0))
            else:
                done.add(node)
                on_path.discard(node)
                path.pop()
    return []


def dependents(plan: Plan, task_id: str) -> list[str]:
    """Every task that cannot start before `task_id` succeeds, near or far, in the plan's order."""
    held = {task_id}
    grown = True
    while grown:
        more = {task.id for task in plan.tasks if held & set(task.needs)} - held
        held |= more
        grown = bool(more)
    return [task.id for task in plan.tasks if task.id in held and task.id != task_id]
