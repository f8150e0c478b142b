"""A whole plan as a file for a person's editor, and back (PLAN-3).

Format version 1, documented in docs/plans.md: read by the same strict reader as playbooks, so that every problem is
told at once, each with its place. Unlike a playbook's, a task here is a model's to work on unless it lists `actions`.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from orion_tui.base.kinds import ActionKind
from orion_tui.core.agent import plan_rules
from orion_tui.core.models.actions import DeleteFile, EditFile, RunCommand, WriteFile
from orion_tui.core.models.plans import Plan, PlannedAction, Task
from orion_tui.core.playbook import read_actions
from orion_tui.core.session.plan_edits import AddTask
from orion_tui.roles.problems import did_you_mean
from orion_tui.roles.strict_yaml import Fields, Kind, Node, excerpt, parse, read

_HEAD = """\
# Edit, save and leave. What is wrong is told with its line, and you can go on editing; nothing is changed meanwhile.
# Ids hold tasks together: a task that keeps its id stays the same one. docs/plans.md explains every key.
"""
_ACTIONS = ("run", "write", "edit", "delete")
#: Text up to so many characters stands on the line of its key, with its neighbours.
_SHORT = 60


def load(path: Path) -> Plan:
    """The plan that a file holds. Raises InvalidFile with every problem."""
    return loads(read(path), str(path))


def loads(source: str | bytes, name: str) -> Plan:
    """The same from text; `name` is what problems call it."""
    document = parse(source, name)
    if not document.root.pairs:
        document.problems.refuse("plan")
    plan = _plan(document.root)
    document.problems.refuse("plan")
    return plan


def load_task(path: Path, known: Collection[str] | None = None) -> AddTask:
    """A task to be added, from a file that holds one, with `after: ID` for its place. Raises as `load`.

    Where the ids of the plan are `known`, one that is not among them is a problem like the others.
    """
    return loads_task(read(path), str(path), known)


def loads_task(source: str | bytes, name: str, known: Collection[str] | None = None) -> AddTask:
    """The same from text; `name` is what problems call it."""
    document = parse(source, name)
    if not document.root.pairs:
        document.problems.refuse("task")
    fields = document.root.fields()
    task, after = _read(fields, document.root, new=True) if fields is not None else None, ""
    if fields is not None:
        after = fields.text("after")
        if known is not None:
            _tell_unknown(fields, known)
        fields.done()
    document.problems.refuse("task")
    assert task is not None
    return AddTask(
        id=task.id,
        title=task.title,
        description=task.description,
        kind=task.kind.value,
        needs=task.needs,
        actions=task.actions,
        accept=task.accept,
        estimate_minutes=None if task.estimate_seconds is None else task.estimate_seconds / 60,
        confidence=task.confidence,
        after=after or None,
    )


def _tell_unknown(fields: Fields, known: Collection[str]) -> None:
    """A problem for each task that is named and not in the plan."""
    place, needs = fields.get("after"), fields.get("needs")
    named = [node for node in (place, *(needs.children if needs is not None else ())) if node is not None]
    for node in named:
        if node.value and node.value not in known:
            node.problem(f"no task {excerpt(node.value)} is in the plan{did_you_mean(node.value, known)}")


def dumps(plan: Plan) -> str:
    """The plan as `load` reads it: the same but for what Orion makes of it (tiers, ranges, rates)."""
    content: dict[str, Any] = {"plan": 1, "title": plan.title}
    if plan.description:
        content["description"] = plan.description
    content["tasks"] = [_written(task) for task in plan.tasks]
    text = _yaml(content, readable=True)
    # Signs that may not stand in a file as they are can stand in it spelled out.
    return _HEAD + (_yaml(content, readable=False) if parse(text, "").problems else text)


def _plan(root: Node) -> Plan:
    fields = root.fields()
    if fields is None:
        return Plan(title="", tasks=(), source="")
    if (version := fields.require("plan")) is not None and version.integer() not in {None, 1}:
        version.problem(f"plan format {excerpt(version.value)} is unknown; this program reads format 1")
    title, description = fields.text("title"), fields.text("description")
    fields.require("title")
    tasks: list[tuple[Task, Node]] = []
    if (listed := fields.require("tasks")) is not None:
        items = listed.items()
        if listed.kind is Kind.LIST and (why := plan_rules.count_problem(len(items), plan_rules.MAX_TASKS)):
            listed.problem(why)
        for item in items[: plan_rules.MAX_TASKS]:
            if (inner := item.fields()) is not None:
                tasks.append((_read(inner, item, new=False), item))
                inner.done()
    fields.done()
    for problem in plan_rules.graph([task for task, _ in tasks], lambda at: f"line {tasks[at][1].line}"):
        tasks[problem.at][1].problem(problem.text)
    return Plan(title=title, description=description.strip(), tasks=tuple(task for task, _ in tasks), source="user")


def _read(fields: Fields, node: Node, *, new: bool) -> Task:
    task_id = fields.text("id")
    if not new:
        fields.require("id")
    if task_id and (why := plan_rules.id_problem(task_id)) and (at := fields.get("id")) is not None:
        at.problem(why)
    fields.require("title")
    kind_node = fields.require("kind")
    kind = kind_node.choice(ActionKind, offered=plan_rules.PLAN_KINDS) if kind_node is not None else None
    agent = "actions" not in fields
    if kind_node is not None and kind is not None and agent and (why := plan_rules.kind_problem(kind.value)):
        kind_node.problem(why)
    estimate = fields.get("estimate_minutes")
    minutes = estimate.number(least=0.0, most=plan_rules.MAX_MINUTES) if estimate is not None else None
    task = Task(
        id=task_id,
        title=" ".join(fields.text("title").split()),
        description=fields.text("description").strip(),
        kind=kind or ActionKind.RUN,
        needs=tuple(dict.fromkeys(fields.texts("needs"))),
        actions=tuple(read_actions(fields, "actions", _ACTIONS)),
        accept=tuple(read_actions(fields, "accept", ("run",), timeout=plan_rules.ACCEPT_TIMEOUT)),
        estimate_seconds=None if minutes is None else minutes * 60,
        confidence=fields.number("confidence", 1.0, least=0.0, most=1.0),
        agent=agent,
    )
    if new and not agent and not task.actions and (at := fields.key("actions")) is not None:
        at.problem("it is empty: name what is to be done, or leave the key out for a model to find out")
    if not agent and not task.actions and not task.accept:
        node.problem("the task has neither actions nor an acceptance check, so nothing would happen")
    return task


def _written(task: Task) -> dict[str, Any]:
    content: dict[str, Any] = {"id": task.id, "title": task.title, "kind": task.kind.value}
    if task.description:
        content["description"] = task.description
    if task.needs:
        content["needs"] = list(task.needs)
    if task.accept:
        content["accept"] = [_written_action(planned, plan_rules.ACCEPT_TIMEOUT) for planned in task.accept]
    if not task.agent:
        content["actions"] = [_written_action(planned, RunCommand(argv=("x",)).timeout) for planned in task.actions]
    if task.estimate_seconds is not None:
        content["estimate_minutes"] = task.estimate_seconds / 60
    content["confidence"] = task.confidence
    return content


def _written_action(planned: PlannedAction, timeout: float) -> dict[str, Any]:
    action, expect = planned.action, planned.expect
    content: dict[str, Any] = {}
    match action:
        case RunCommand():
            content["run"] = list(action.argv) if action.shell is None else action.shell
            if action.cwd:
                content["cwd"] = action.cwd
            if action.timeout != timeout:
                content["timeout"] = action.timeout
        case WriteFile():
            text = action.content.decode("utf-8", "replace")
            mode = {"executable": True} if action.executable else {}
            content["write"] = {"path": action.path, "content": text, **mode}
        case EditFile():
            content["edit"] = {"path": action.path, "old": action.old, "new": action.new}
        case DeleteFile():
            content["delete"] = action.path
        case _:
            raise ValueError(f"no plan has such an action: {action}")
    wanted: dict[str, Any] = {}
    if expect.blocked:
        wanted["blocked"] = True
    if expect.exit_code != 0:
        wanted["exit"] = "any" if expect.exit_code is None else expect.exit_code
    if expect.output is not None:
        wanted["output"] = expect.output
    if wanted:
        content["expect"] = wanted
    return content


class _Dumper(yaml.SafeDumper):
    """Short lists and mappings on one line, long text as a block, nothing by reference."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        # Lists stand further in than the key that holds them.
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    # The stubs leave the type of values open.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)  # pyright: ignore[reportUnknownMemberType]


def _number_text(dumper: yaml.SafeDumper, value: float) -> yaml.Node:
    # The reader knows no powers of ten, and nobody means the seventh decimal.
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    tag = "tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int"
    return dumper.represent_scalar(tag, text)  # pyright: ignore[reportUnknownMemberType]


def _is_short(value: object) -> bool:
    items = cast("dict[str, object]", value).values() if isinstance(value, dict) else cast("list[object]", value)
    return (
        all(isinstance(one, str | int | float) and "\n" not in str(one) for one in items)
        and sum(len(str(one)) for one in items) < _SHORT
    )


def _list(dumper: yaml.SafeDumper, value: list[object]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_is_short(value))


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, object]) -> yaml.Node:
    # A task is a block however short it is: it is there to be edited.
    flow = "id" not in value and "plan" not in value and "run" not in value and _is_short(value)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flow)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number_text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _mapping)


def _yaml(content: object, *, readable: bool) -> str:
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=readable, width=110)
    return str(text)
