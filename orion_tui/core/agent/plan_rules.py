"""What makes a plan valid, whoever wrote it: a person's playbook, a model, or a hand in the plan review.

Each check gives sentences for the author; an empty answer is a yes.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import attrs

from orion_tui.base.ids import is_name
from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind
from orion_tui.base.text import has_disguise
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.session.order import find_cycle
from orion_tui.roles.problems import did_you_mean, excerpt

#: Tasks of any plan, and actions of a task: far above what a person writes, far below what hurts.
MAX_TASKS = 500
MAX_ACTIONS = 200

#: Tasks of a plan that a model makes: more than a night's work, and no longer a plan that a person reads.
MAX_MODEL_TASKS = 60
#: Acceptance checks of one task of such a plan.
MAX_ACCEPT = 10

#: Characters.
MAX_TITLE = 200
MAX_DESCRIPTION = 8_000
MAX_COMMAND = 2_000
MAX_OUTPUT = 500

#: Minutes that one task may be thought to take: as long as a session can run at the most.
MAX_MINUTES = 24 * 60

#: Longest time that a single command may be given, in seconds.
MAX_TIMEOUT = 4 * 3600.0
#: Seconds that an acceptance check gets.
ACCEPT_TIMEOUT = 600.0

# Far above what a file of a plan can hold.
_UNBOUNDED = 1_000_000_000

#: What a task may be about: everything but what no role can grant.
PLAN_KINDS: tuple[ActionKind, ...] = tuple(kind for kind in ActionKind if kind not in ALWAYS_FORBIDDEN)


@attrs.frozen
class GraphProblem:
    """Something wrong with how tasks hang together."""

    #: Position of the task that it is said of, from 0.
    at: int
    text: str


def graph(tasks: Sequence[Task], place: Callable[[int], str]) -> list[GraphProblem]:
    """Duplicate ids, unknown needs and circles. `place` says where the task of a position stands: `line 7`."""
    found: list[GraphProblem] = []
    first: dict[str, int] = {}
    for position, task in enumerate(tasks):
        if task.id and task.id in first:
            text = f"duplicate id {excerpt(task.id)}: first given at {place(first[task.id])}"
            found.append(GraphProblem(position, text))
        first.setdefault(task.id, position)
    for position, task in enumerate(tasks):
        for need in dict.fromkeys(task.needs):
            if need not in first:
                near = did_you_mean(need, first)
                found.append(
                    GraphProblem(position, f"task {task.id} needs {excerpt(need)}, which is not in the plan{near}")
                )
    # Of two tasks of one id both count: which one is meant is not known.
    needs: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        needs[task.id] = needs.get(task.id, ()) + task.needs
    if cycle := find_cycle(needs):
        text = f"the tasks need each other in a circle: {' -> '.join(cycle)}"
        found.append(GraphProblem(first[cycle[0]], text))
    return found


def graph_problems(tasks: Sequence[Task]) -> list[str]:
    """The same as lines, each with its place: `tasks[3]: ...`."""
    return [f"{_at(problem.at)}: {problem.text}" for problem in graph(tasks, _at)]


def plan_problems(plan: Plan, *, most: int = MAX_TASKS) -> list[str]:
    """Everything that is wrong with a plan as a value, each with its place; what a reviewed plan has to pass.

    How long words and commands may be is asked of a model's tasks only: a person's own are as long as they wrote them.
    """
    longest = MAX_TITLE if any(task.agent for task in plan.tasks) else _UNBOUNDED
    found = [f"title: {why}" for why in text_problems(plan.title, longest, needed=True)]
    if why := count_problem(len(plan.tasks), most):
        found.append(f"tasks: {why}")
    for position, task in enumerate(plan.tasks[:most]):
        found += [f"{_at(position)}.{why}" for why in _task_problems(task)]
    return found + graph_problems(plan.tasks[:most])


def _task_problems(task: Task) -> Iterator[str]:
    if why := id_problem(task.id):
        yield f"id: {why}"
    longest = MAX_TITLE if task.agent else _UNBOUNDED
    yield from (f"title: {why}" for why in text_problems(task.title, longest, needed=True))
    if why := number_problem(task.confidence, most=1):
        yield f"confidence: {why}"
    longest = MAX_MINUTES * 60 if task.agent else _UNBOUNDED
    if task.estimate_seconds is not None and (why := number_problem(task.estimate_seconds, most=longest)):
        yield f"estimate: {why}"
    for name, listed in (("actions", task.actions), ("accept", task.accept)):
        if len(listed) > MAX_ACTIONS:
            yield f"{name}: {len(listed):,} actions; {MAX_ACTIONS} is the most for one task"
    if task.agent:
        yield from _model_task_problems(task)
    elif not (task.actions or task.accept):
        yield "actions: the task has neither actions nor an acceptance check, so nothing would happen"


def _model_task_problems(task: Task) -> Iterator[str]:
    if why := kind_problem(task.kind.value):
        yield f"kind: {why}"
    yield from (f"description: {why}" for why in text_problems(task.description, MAX_DESCRIPTION))
    if len(task.accept) > MAX_ACCEPT:
        yield f"accept: {len(task.accept):,} commands; {MAX_ACCEPT} is the most for one task"
    for at, planned in enumerate(task.accept[:MAX_ACCEPT]):
        if isinstance(planned.action, RunCommand) and (why := command_problem(planned.action.text)):
            yield f"accept[{at}]: {why}"


def _at(position: int) -> str:
    return f"tasks[{position}]"


def count_problem(count: int, most: int) -> str:
    """Too few tasks, or too many."""
    if count == 0:
        return "a plan needs at least one task"
    return f"{count:,} tasks; {most} is the most" if count > most else ""


def id_problem(text: str) -> str:
    """What keeps `text` from being a task's id."""
    if is_name(text):
        return ""
    return f"{excerpt(text)} cannot be an id: use a-z, 0-9 and -, at most 63, not starting with -"


def text_problems(text: str, most: int, *, needed: bool = False) -> list[str]:
    """What is wrong with words for people, which are clean already: none where some are needed, or too many."""
    if needed and not text.strip():
        return ["it is empty"]
    return [f"{len(text):,} characters; {most:,} is the most"] if len(text) > most else []


def kind_problem(name: str) -> str:
    """What keeps `name` from being the kind of a task."""
    if name in PLAN_KINDS:
        return ""
    if name in ALWAYS_FORBIDDEN:
        return f"{name} is never allowed, whatever a role says: leave it out"
    return f"unknown kind {excerpt(name)}{did_you_mean(name, PLAN_KINDS)}"


def number_problem(value: float, *, most: float) -> str:
    """What is wrong with a number that must lie between 0 and `most`."""
    # Comparisons first: a whole number may be too large to become a float.
    if value < 0:
        return f"it must be at least 0, not {_number(value)}"
    if value > most:
        return f"it must be at most {most:g}, not {_number(value)}"
    return "it must be a number" if math.isnan(value) else ""


def _number(value: float) -> str:
    try:
        return f"{value:g}"
    except OverflowError:
        return "something huge"


def command_problem(text: str) -> str:
    """What keeps `text` from being a command that a person can read before it runs."""
    if not text.strip():
        return "a command needs at least the program's name"
    if len(text) > MAX_COMMAND:
        return f"a command of {len(text):,} characters; {MAX_COMMAND:,} is the most: put it into a file"
    if has_disguise(text):
        return f"{excerpt(text)} has control characters, or some that do not show"
    return ""
