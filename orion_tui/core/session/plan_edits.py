"""What a person may do to a plan under review, as values, and the plan that each of them makes.

Pure: nothing is stored here. What an edit makes is checked by the same rules as a model's plan; one that breaks a rule
is refused whole, with everything that is wrong.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence

import attrs

from orion_tui.base.errors import NotFound, StateError, UsageError
from orion_tui.base.kinds import ActionKind
from orion_tui.base.text import clean
from orion_tui.core.agent import plan_rules
from orion_tui.core.agent.check_words import read_check
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Plan, PlannedAction, Task
from orion_tui.core.session.order import in_turn

#: A check that proves a task: as planned, or a line with a command as for `sh -c` (`agent.check_words`).
Check = PlannedAction | str


@attrs.frozen(kw_only=True)
class AddTask:
    """A new task: carried out as written where it has `actions`, for the model to work on without."""

    title: str
    description: str = ""
    kind: str
    needs: tuple[str, ...] = ()
    actions: tuple[PlannedAction, ...] = ()
    accept: tuple[Check, ...] = ()
    estimate_minutes: float | None = None
    confidence: float = 1.0
    #: Id of the task that it stands behind; None puts it at the end.
    after: str | None = None
    #: Made from the title where it is empty.
    id: str = ""


@attrs.frozen(kw_only=True)
class ChangeTask:
    """Other words for a task; None leaves a field as it is."""

    id: str
    title: str | None = None
    description: str | None = None
    kind: str | None = None
    needs: tuple[str, ...] | None = None
    accept: tuple[Check, ...] | None = None
    estimate_minutes: float | None = None
    confidence: float | None = None


@attrs.frozen(kw_only=True)
class RemoveTask:
    """Without this task; what needed it no longer does."""

    id: str


@attrs.frozen(kw_only=True)
class MoveTask:
    """The task at another place of the list, counted from 0."""

    id: str
    to: int


@attrs.frozen(kw_only=True)
class SetNeeds:
    """Other tasks have to succeed before this one."""

    id: str
    needs: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ReplacePlan:
    """Another plan altogether. Completed tasks have to be in it as they are."""

    plan: Plan


PlanEdit = AddTask | ChangeTask | RemoveTask | MoveTask | SetNeeds | ReplacePlan


@attrs.frozen(kw_only=True)
class Edited:
    """What an edit makes. The plan's tiers and estimates are those of before: it has yet to be judged."""

    plan: Plan
    #: What was done, for people: `removed task 3`.
    note: str


def apply(plan: Plan, edit: PlanEdit, *, done: Collection[str] = ()) -> Edited:
    """The plan after an edit. `done` are the tasks that are completed, which stay as they are.

    Raises NotFound where there is no such task, StateError for a completed one, UsageError with every problem where
    the outcome would be no valid plan.
    """
    match edit:
        case AddTask():
            edited = _add(plan, edit)
        case ChangeTask():
            edited = _change(plan, edit, done)
        case RemoveTask():
            edited = _remove(plan, edit, done)
        case MoveTask():
            edited = _move(plan, edit)
        case SetNeeds():
            edited = _change(plan, ChangeTask(id=edit.id, needs=edit.needs), done)
        case ReplacePlan():
            edited = _replace(plan, edit.plan, done)
    if problems := plan_rules.plan_problems(edited.plan):
        raise refused(problems)
    # Numbers follow the list, and the list the order of the work.
    ordered = attrs.evolve(edited, plan=in_turn(edited.plan))
    if isinstance(edit, MoveTask) and edited.plan != plan and ordered.plan == plan:
        raise UsageError(
            f"task {edit.id} cannot stand at place {edit.to + 1}: no task stands before one that it needs",
            hint="say first what comes before what",
        )
    return ordered


def refused(problems: Sequence[str]) -> UsageError:
    """The error for an edit that would break the plan."""
    return UsageError(
        "that would not be a valid plan, so nothing was changed",
        hint="mend what is listed and try again",
        problems=tuple(problems),
    )


def id_for(title: str, taken: Collection[str]) -> str:
    """An id that says what the title says and that no other task has: `add-retries`, `add-retries-2`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "task"
    found, count = stem, 1
    while found in taken:
        count += 1
        found = f"{stem}-{count}"
    return found


def check(command: str) -> PlannedAction:
    """A line that proves a task: a command, and what is expected (`check_words`). UsageError where it is misspelled."""
    text, expect = read_check(command)
    action = RunCommand(argv=("sh", "-c", text), shell=text, timeout=plan_rules.ACCEPT_TIMEOUT)
    return PlannedAction(action=action, expect=expect)


def same_work(one: Task, other: Task) -> bool:
    """Whether two versions of a task ask for the same work, whatever is thought of it and wherever it stands."""

    def work(task: Task) -> tuple[object, ...]:
        return (task.title, task.description, task.kind, task.actions, task.accept, task.agent)

    return work(one) == work(other)


def _add(plan: Plan, edit: AddTask) -> Edited:
    title = _line(edit.title)
    taken = {task.id for task in plan.tasks}
    place = len(plan.tasks) if edit.after is None else _place(plan, edit.after) + 1
    task = Task(
        id=edit.id.strip() or id_for(title, taken),
        title=title,
        description=_words(edit.description),
        kind=_kind(edit.kind),
        needs=tuple(dict.fromkeys(edit.needs)),
        actions=edit.actions,
        accept=_checks(edit.accept),
        estimate_seconds=_seconds(edit.estimate_minutes),
        confidence=edit.confidence,
        agent=not edit.actions,
    )
    tasks = (*plan.tasks[:place], task, *plan.tasks[place:])
    return Edited(plan=attrs.evolve(plan, tasks=tasks), note=f"added task {task.id}: {title}")


def _change(plan: Plan, edit: ChangeTask, done: Collection[str]) -> Edited:
    place = _place(plan, edit.id)
    old = plan.tasks[place]
    _not_done(old, done)
    new = old
    if edit.title is not None:
        new = attrs.evolve(new, title=_line(edit.title))
    if edit.description is not None:
        new = attrs.evolve(new, description=_words(edit.description))
    if edit.kind is not None:
        new = attrs.evolve(new, kind=_kind(edit.kind))
    if edit.needs is not None:
        new = attrs.evolve(new, needs=tuple(dict.fromkeys(edit.needs)))
    if edit.accept is not None:
        new = attrs.evolve(new, accept=_checks(edit.accept))
    if edit.estimate_minutes is not None:
        new = attrs.evolve(new, estimate_seconds=_seconds(edit.estimate_minutes))
    if edit.confidence is not None:
        new = attrs.evolve(new, confidence=edit.confidence)
    tasks = (*plan.tasks[:place], new, *plan.tasks[place + 1 :])
    return Edited(plan=attrs.evolve(plan, tasks=tasks), note=_change_note(old, new))


def _change_note(old: Task, new: Task) -> str:
    names = {
        "title": "title",
        "description": "description",
        "kind": "kind",
        "needs": "needs",
        "accept": "checks",
        "estimate_seconds": "estimate",
        "confidence": "confidence",
    }
    changed = [said for name, said in names.items() if getattr(old, name) != getattr(new, name)]
    if changed == ["needs"]:
        return f"task {new.id} needs {', '.join(new.needs) or 'nothing'}"
    return f"changed task {new.id}: {', '.join(changed)}"


def _remove(plan: Plan, edit: RemoveTask, done: Collection[str]) -> Edited:
    place = _place(plan, edit.id)
    gone = plan.tasks[place]
    _not_done(gone, done)
    tasks: list[Task] = []
    freed: list[str] = []
    for task in plan.tasks:
        if task.id == edit.id:
            continue
        if edit.id in task.needs:
            freed.append(task.id)
        tasks.append(attrs.evolve(task, needs=tuple(need for need in task.needs if need != edit.id)))
    loose = f"; no longer needed by {', '.join(freed)}" if freed else ""
    return Edited(plan=attrs.evolve(plan, tasks=tuple(tasks)), note=f"removed task {gone.id}: {gone.title}{loose}")


def _move(plan: Plan, edit: MoveTask) -> Edited:
    place = _place(plan, edit.id)
    if not 0 <= edit.to < len(plan.tasks):
        raise UsageError(f"there is no place {edit.to + 1} in a plan of {len(plan.tasks)} tasks")
    tasks = list(plan.tasks)
    tasks.insert(edit.to, tasks.pop(place))
    note = f"moved task {edit.id} from place {place + 1} to {edit.to + 1}"
    return Edited(plan=attrs.evolve(plan, tasks=tuple(tasks)), note=note)


def _replace(plan: Plan, new: Plan, done: Collection[str]) -> Edited:
    others = {task.id: task for task in new.tasks}
    problems: list[str] = []
    for task in plan.tasks:
        if task.id not in done:
            continue
        other = others.get(task.id)
        if other is None:
            problems.append(f"task {task.id} is completed; it has to stay in the plan")
        elif other.needs != task.needs or not same_work(other, task):
            problems.append(f"task {task.id} is completed; it has to stay as it is")
    if problems:
        raise StateError("the new plan changes what is done already, so nothing was changed", problems=tuple(problems))
    return Edited(plan=attrs.evolve(new, source=plan.source), note="rewrote the plan")


def _place(plan: Plan, task_id: str) -> int:
    for place, task in enumerate(plan.tasks):
        if task.id == task_id:
            return place
    raise NotFound(f"the plan has no task {clean(task_id, keep_newlines=False)}")


def _not_done(task: Task, done: Collection[str]) -> None:
    if task.id in done:
        raise StateError(f"task {task.id} is completed; what is done cannot be planned differently")


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _words(text: str) -> str:
    return clean(text).strip()


def _kind(name: str) -> ActionKind:
    if why := plan_rules.kind_problem(name):
        raise refused([f"kind: {why}"])
    return ActionKind(name)


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


def _checks(given: Sequence[Check]) -> tuple[PlannedAction, ...]:
    return tuple(check(one) if isinstance(one, str) else one for one in given)
