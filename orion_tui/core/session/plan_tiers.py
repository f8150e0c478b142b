"""What the role says of each task of a plan before anything is done (PLAN-2, GUARD-3)."""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import Blocked
from orion_tui.base.kinds import Tier
from orion_tui.core.aegis.decide import plan_tier
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent import estimates
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.store import Reader, outcomes


def tiered(plan: Plan, policy: Policy) -> tuple[Plan, tuple[str, ...]]:
    """The plan with each task's tier, and one line for each task that the role forbids."""
    problems: list[str] = []
    tasks: list[Task] = []
    for task in plan.tasks:
        decision = plan_tier(task, policy)
        if decision.tier is Tier.FORBIDDEN:
            problems.append(f"task {task.id} ({task.title}): {decision.rule}: {decision.reason}")
        tasks.append(attrs.evolve(task, tier=decision.tier))
    return attrs.evolve(plan, tasks=tuple(tasks)), tuple(problems)


def judged(reader: Reader, plan: Plan, policy: Policy) -> tuple[Plan, tuple[str, ...]]:
    """As `tiered`, with what experience says of each task: how long it takes, what it costs, how often its like
    is accepted."""
    plan, problems = tiered(plan, policy)
    return attrs.evolve(
        plan, tasks=tuple(_experienced(reader, task, policy.role.name) for task in plan.tasks)
    ), problems


def raises(before: Plan, after: Plan) -> bool:
    """Whether a revision has a task of a higher tier than every task of that kind had before (PLAN-5)."""
    known: dict[str, int] = {}
    for task in before.tasks:
        known[task.kind] = max(known.get(task.kind, 0), task.tier.severity)
    return any(task.tier.severity > known.get(task.kind, Tier.AUTONOMOUS.severity) for task in after.tasks)


def _experienced(reader: Reader, task: Task, role: str) -> Task:
    alike = outcomes.alike(reader, role, task.kind.value)
    rate = estimates.approval_rate([one.accepted for one in alike if one.accepted is not None])
    cost = estimates.cost([one.cost_usd for one in alike if one.status.succeeded]) if task.agent else None
    task = attrs.evolve(task, approval_rate=rate, cost=cost)
    if task.estimate_seconds is None:
        return task
    took = [
        (one.estimated_seconds, one.actual_seconds)
        for one in alike
        if one.status.succeeded and one.estimated_seconds is not None
    ]
    return attrs.evolve(task, estimate=estimates.estimate(task.estimate_seconds, took))


def refuse(problems: Sequence[str], plan: Plan, policy: Policy) -> None:
    """Raise Blocked where tasks are forbidden: they block a plan until they are edited out."""
    if problems:
        tasks = "task" if len(plan.tasks) == 1 else "tasks"
        raise Blocked(
            f"role {policy.role.name} forbids {len(problems)} of {len(plan.tasks)} {tasks}",
            hint="edit them out of the plan, or choose a role that allows them",
            problems=tuple(problems),
        )
