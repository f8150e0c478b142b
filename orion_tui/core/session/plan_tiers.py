"""What the role, and experience, say of each task of a plan before anything is done (PLAN-2, GUARD-3, LEARN-2)."""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import Blocked
from orion_tui.base.kinds import Tier
from orion_tui.core.aegis.decide import plan_tier
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent import estimates
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import TaskOutcome
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
    """As `tiered`; what a model works on also gets its estimate and the role's approval rate, from experience.

    A playbook's tasks do not: their author knows what they do, and no share of accepted work makes that less so.
    """
    plan, problems = tiered(plan, policy)
    alike: dict[str, list[TaskOutcome]] = {}
    tasks: list[Task] = []
    for task in plan.tasks:
        kind = task.kind.value
        if task.agent and kind not in alike:
            alike[kind] = outcomes.alike(reader, policy.role.name, kind)
        tasks.append(_weighed(task, alike[kind]) if task.agent else task)
    return attrs.evolve(plan, tasks=tuple(tasks)), problems


def _weighed(task: Task, alike: Sequence[TaskOutcome]) -> Task:
    took = [
        (outcome.estimated_seconds, outcome.actual_seconds)
        for outcome in alike
        if outcome.status.succeeded and outcome.estimated_seconds is not None
    ]
    raw = task.estimate_seconds
    return attrs.evolve(
        task,
        estimate=estimates.estimate(raw, took) if raw is not None else None,
        approval_rate=estimates.approval_rate([o.accepted for o in alike if o.accepted is not None]),
    )


def refuse(problems: Sequence[str], plan: Plan, policy: Policy) -> None:
    """Raise Blocked where tasks are forbidden: they block a plan until they are edited out."""
    if problems:
        raise Blocked(
            f"role {policy.role.name} forbids {len(problems)} of {len(plan.tasks)} tasks",
            hint="edit them out of the plan, or choose a role that allows them",
            problems=tuple(problems),
        )
