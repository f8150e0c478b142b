"""The first message of a task: the goal, where the task stands in the plan, what proves it, and what is limited.

Orion's own words are few and stand outside; what a person, a plan, a role or an earlier task says stands in fields.
"""

from collections.abc import Sequence

from orion_tui.core.agent.fields import field
from orion_tui.core.agent.results import one_line
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Plan, PlannedAction, Task

_GOAL = 12_000
_ROLE = 24_000
_DESCRIPTION = 12_000
_NOTES = 8_000
_NOTE = 1_000
# Tasks, and characters of one line about one.
_LISTED = 60
_LINE = 200
_CHECK = 2_000
_CHECKS = 20


def opening(
    goal: str,
    plan: Plan,
    task: Task,
    done: Sequence[tuple[str, str]],
    role_summary: str,
    notes: Sequence[str] = (),
    *,
    steps: int | None = None,
) -> str:
    """The message. `done` holds title and outcome of each task that has ended, `notes` what was noted in them; `steps`
    is how many calls the task may take."""
    parts = [
        "You work on one task of a plan. This is what the person wants in the end:",
        field("goal", goal, limit=_GOAL),
        _place(plan, task),
        field("task", _task(task), limit=_DESCRIPTION + _LINE),
    ]
    if done:
        lines = "\n".join(
            f"- {one_line(title, _LINE)}: {one_line(outcome, _LINE)}" for title, outcome in done[-_LISTED:]
        )
        parts += ["What became of the tasks before it:", field("earlier tasks", lines, limit=_NOTES * 2)]
    if notes:
        lines = "\n".join(f"- {one_line(note, _NOTE)}" for note in notes[-_LISTED:])
        parts += ["What was noted in them:", field("notes of earlier tasks", lines, limit=_NOTES)]
    parts += [*_proof(task), field("role", role_summary, limit=_ROLE), _limits(steps)]
    return "\n\n".join(parts)


def _place(plan: Plan, task: Task) -> str:
    ids = [one.id for one in plan.tasks]
    count = len(ids)
    place = f"It is task {ids.index(task.id) + 1} of {count}" if task.id in ids else f"The plan has {count} tasks"
    others = "" if count < 2 else " Leave what the others are for to them."
    return f"{place} in the plan.{others} The task:"


def _task(task: Task) -> str:
    return f"{one_line(task.title, _LINE)}\n\n{task.description}".strip()


def _proof(task: Task) -> list[str]:
    if not task.accept:
        return ["No acceptance check was agreed on: find out by yourself whether it works, and say how you did."]
    checks = "\n".join(f"- {_check(item)}" for item in task.accept[:_CHECKS])
    more = len(task.accept) - _CHECKS
    return [
        "The task is done when these commands, run in the sandbox, end as they should:",
        field("acceptance checks", checks + (f"\n- and {more} more" if more > 0 else ""), limit=_CHECK * _CHECKS),
    ]


def _check(item: PlannedAction) -> str:
    action, expect = item.action, item.expect
    what = one_line(action.text, _CHECK) if isinstance(action, RunCommand) else type(action).__name__
    where = f" (in {one_line(action.cwd, _LINE)})" if isinstance(action, RunCommand) and action.cwd else ""
    ends = "any exit status" if expect.exit_code is None else f"exit {expect.exit_code}"
    holds = f", and its output holds {one_line(expect.output, _LINE)}" if expect.output is not None else ""
    return f"{what}{where}: {ends}{holds}"


def _limits(steps: int | None) -> str:
    calls = f"at most {steps:,} calls of tools for this task; " if steps is not None else ""
    rest = "no network but what the role grants; commands run for at most an hour; paths stay in the workspace."
    return f"Limits: {calls}{rest}"
