"""A plan as a model hands it in: the tool that it fills in, and what is made of that.

The tool's schema says only shapes. Everything that can be wrong besides is told here, all of it at once, so that a
model mends it in one go.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from orion_tui.base.kinds import KIND_LABELS, ActionKind
from orion_tui.base.text import clean
from orion_tui.core.agent import plan_rules as rules
from orion_tui.core.agent.dialogue import Rejected
from orion_tui.core.agent.model import Tool
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Expectation, Plan, PlannedAction, Task
from orion_tui.roles.problems import did_you_mean, excerpt

_KINDS = ", ".join(f"{kind.value} ({KIND_LABELS[kind].lower()})" for kind in rules.PLAN_KINDS)
_CHECK: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "run": {
            "type": "string",
            "description": f"The command, as for sh -c, at most {rules.MAX_COMMAND:,} characters.",
        },
        "exit": {"type": "integer", "description": "The exit status that it must end with, 0 to 255; 0 if not given."},
        "output": {"type": "string", "description": "Text that its output must contain, word for word, if any."},
    },
    "required": ["run"],
}
_TASK: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "a-z, 0-9 and -, at most 63 characters; each id once."},
        "title": {"type": "string", "description": f"One line, at most {rules.MAX_TITLE} characters."},
        "description": {
            "type": "string",
            "description": f"What a worker must know who sees nothing else; at most {rules.MAX_DESCRIPTION:,} "
            "characters.",
        },
        "kind": {"type": "string", "description": f"What the task mainly does. One of: {_KINDS}."},
        "needs": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Ids of the tasks that must succeed first.",
        },
        "accept": {
            "type": "array",
            "items": _CHECK,
            "description": f"Commands that prove that the task is done; at most {rules.MAX_ACCEPT}.",
        },
        "estimate_minutes": {"type": "number", "description": "How long it will take."},
        "confidence": {"type": "number", "description": "0 to 1: how sure you are that it will succeed."},
    },
    "required": ["id", "title", "description", "kind", "needs", "accept", "estimate_minutes", "confidence"],
}

#: The schema of a list of tasks, for every tool that takes one.
TASKS: Mapping[str, Any] = {
    "type": "array",
    "items": _TASK,
    "description": f"In the order of work; at most {rules.MAX_MODEL_TASKS}.",
}

SUBMIT_PLAN = Tool(
    name="submit_plan",
    description="Hands in the whole plan. It is checked; if something is wrong you are told everything at once.",
    parameters={
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": f"One line, at most {rules.MAX_TITLE} characters."},
            "description": {
                "type": "string",
                "description": "The approach in a few sentences, and what is left for the person, if anything.",
            },
            "tasks": TASKS,
        },
        "required": ["title", "description", "tasks"],
    },
)

_PLAN_KEYS = ("title", "description", "tasks")
_TASK_KEYS = tuple(_TASK["properties"])
_CHECK_KEYS = tuple(_CHECK["properties"])


def parse(arguments: Mapping[str, Any], *, source: str) -> Plan | Rejected:
    """The plan that a call of `submit_plan` hands in; `source` is the model's name."""
    form = _Form()
    form.known("", arguments, _PLAN_KEYS)
    title = form.line("title", arguments.get("title"), rules.MAX_TITLE)
    description = form.text("description", arguments.get("description"))
    tasks = form.tasks(arguments.get("tasks"))
    if form.problems:
        return Rejected(form.problems)
    return Plan(title=title, description=description, tasks=tuple(tasks), source=source)


def parse_rest(
    arguments: Mapping[str, Any], plan: Plan, done: Sequence[Task], given_up: Sequence[Task] = ()
) -> Plan | Rejected:
    """`plan` with the tasks `done` unchanged, followed by those that the arguments hold under `tasks`.

    Ids of completed tasks may be needed, and not be used again; those of tasks that were given up may be neither.
    """
    form = _Form()
    tasks = form.tasks(arguments.get("tasks"), done=done, given_up=given_up)
    if form.problems:
        return Rejected(form.problems)
    return Plan(title=plan.title, description=plan.description, tasks=(*done, *tasks), source=plan.source)


class _Form:
    """Reads values of any shape, and notes what is wrong with each."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def note(self, place: str, why: str) -> None:
        if why:
            self.problems.append(f"{place}: {why}")

    def known(self, place: str, given: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in given:
            if key not in keys:
                where = f"{place}: " if place else ""
                self.problems.append(f"{where}{excerpt(str(key))} is unknown{did_you_mean(str(key), keys)}")

    def line(self, place: str, value: object, most: int) -> str:
        text = " ".join(clean(value).split()) if isinstance(value, str) else ""
        if self._is_text(place, value):
            for why in rules.text_problems(text, most, needed=True):
                self.note(place, why)
        return text

    def text(self, place: str, value: object) -> str:
        if value is None or not self._is_text(place, value):
            return ""
        text = clean(cast("str", value)).strip()
        for why in rules.text_problems(text, rules.MAX_DESCRIPTION):
            self.note(place, why)
        return text

    def _is_text(self, place: str, value: object) -> bool:
        if isinstance(value, str):
            return True
        self.note(place, "it is missing" if value is None else "it must be text")
        return False

    def items(self, place: str, value: object, *, needed: bool = False) -> list[object]:
        if isinstance(value, list):
            return cast("list[object]", value)
        if value is not None or needed:
            self.note(place, "it is missing" if value is None else "it must be a list")
        return []

    def number(self, place: str, value: object, *, most: float) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note(place, "it is missing" if value is None else "it must be a number")
            return None
        why = rules.number_problem(value, most=most)
        self.note(place, why)
        return None if why else float(value)

    def tasks(self, value: object, *, done: Sequence[Task] = (), given_up: Sequence[Task] = ()) -> list[Task]:
        items = self.items("tasks", value, needed=True)
        if isinstance(value, list):
            self.note("tasks", rules.count_problem(len(items), rules.MAX_MODEL_TASKS))
        read = [self._task(f"tasks[{at}]", item) for at, item in enumerate(items[: rules.MAX_MODEL_TASKS])]
        taken = {task.id: "a completed task, which stays as it is" for task in done}
        lost = {task.id: "a task that failed or was blocked" for task in given_up}
        for at, task in enumerate(read):
            if whose := taken.get(task.id) or lost.get(task.id):
                self.note(f"tasks[{at}].id", f"{excerpt(task.id)} is the id of {whose}: take another one")
        self._graph([*done, *(task for task in read if task.id not in taken)], read)
        return read

    def _graph(self, tasks: Sequence[Task], read: Sequence[Task]) -> None:
        places = {id(task): f"tasks[{at}]" for at, task in enumerate(read)}

        def place(position: int) -> str:
            return places.get(id(tasks[position]), "the completed tasks")

        for problem in rules.graph(tasks, place):
            self.note(place(problem.at), problem.text)

    def _task(self, place: str, value: object) -> Task:
        given = _object(value)
        if given is None:
            self.note(place, "it must be an object")
            return Task(id="", title="", kind=ActionKind.RUN, agent=True)
        self.known(place, given, _TASK_KEYS)
        minutes = self.number(f"{place}.estimate_minutes", given.get("estimate_minutes"), most=rules.MAX_MINUTES)
        confidence = self.number(f"{place}.confidence", given.get("confidence"), most=1)
        return Task(
            id=self._id(f"{place}.id", given.get("id")),
            title=self.line(f"{place}.title", given.get("title"), rules.MAX_TITLE),
            description=self.text(f"{place}.description", given.get("description")),
            kind=self._kind(f"{place}.kind", given.get("kind")),
            needs=self._needs(f"{place}.needs", given.get("needs")),
            accept=self._accept(f"{place}.accept", given.get("accept")),
            estimate_seconds=None if minutes is None else minutes * 60,
            confidence=confidence or 0.0,
            agent=True,
        )

    def _id(self, place: str, value: object) -> str:
        if not self._is_text(place, value):
            return ""
        text = cast("str", value).strip()
        why = rules.id_problem(text)
        self.note(place, why)
        # Kept in clean spelling all the same: what needs it is then not reported as well.
        return clean(text, keep_newlines=False)

    def _kind(self, place: str, value: object) -> ActionKind:
        if not self._is_text(place, value):
            return ActionKind.RUN
        name = cast("str", value).strip()
        why = rules.kind_problem(name)
        self.note(place, why)
        return ActionKind.RUN if why else ActionKind(name)

    def _needs(self, place: str, value: object) -> tuple[str, ...]:
        found: list[str] = []
        for at, need in enumerate(self.items(place, value)):
            if self._is_text(f"{place}[{at}]", need):
                found.append(clean(cast("str", need).strip(), keep_newlines=False))
        return tuple(dict.fromkeys(found))

    def _accept(self, place: str, value: object) -> tuple[PlannedAction, ...]:
        items = self.items(place, value)
        if len(items) > rules.MAX_ACCEPT:
            self.note(place, f"{len(items):,} commands; {rules.MAX_ACCEPT} is the most for one task")
        checks = (self._check(f"{place}[{at}]", item) for at, item in enumerate(items[: rules.MAX_ACCEPT]))
        return tuple(check for check in checks if check is not None)

    def _check(self, place: str, value: object) -> PlannedAction | None:
        # A bare command is understood as well: there is only one thing that it can mean.
        given = {"run": value} if isinstance(value, str) else _object(value)
        if given is None:
            self.note(place, "it must be an object with the command under run")
            return None
        self.known(place, given, _CHECK_KEYS)
        command = given.get("run")
        expect = Expectation(
            exit_code=self._status(f"{place}.exit", given.get("exit")),
            output=self._output(f"{place}.output", given.get("output")),
        )
        if not self._is_text(f"{place}.run", command):
            return None
        text = str(command).strip()
        if why := rules.command_problem(text):
            self.note(f"{place}.run", why)
            return None
        action = RunCommand(argv=("sh", "-c", text), shell=text, timeout=rules.ACCEPT_TIMEOUT)
        return PlannedAction(action=action, expect=expect)

    def _status(self, place: str, value: object) -> int:
        if value is None:
            return 0
        if isinstance(value, int | float) and not isinstance(value, bool) and value in range(256):
            return int(value)
        self.note(place, "it must be a whole number from 0 to 255")
        return 0

    def _output(self, place: str, value: object) -> str | None:
        if value is None or not self._is_text(place, value):
            return None
        text = clean(str(value))
        for why in rules.text_problems(text, rules.MAX_OUTPUT):
            self.note(place, why)
        return text or None


def _object(value: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
