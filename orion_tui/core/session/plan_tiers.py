"""What the role says of each task of a plan before anything is done (PLAN-2, GUARD-3)."""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import Blocked
from orion_tui.base.kinds import Tier
from orion_tui.core.aegis.decide import plan_tier
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.models.plans import Plan, Task


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


def refuse(problems: Sequence[str], plan: Plan, policy: Policy) -> None:
    """Raise Blocked where tasks are forbidden: they block a plan until they are edited out."""
    if problems:
        raise Blocked(
            f"role {policy.role.name} forbids {len(problems)} of {len(plan.tasks)} tasks",
            hint="edit them out of the plan, or choose a role that allows them",
            problems=tuple(problems),
        )
