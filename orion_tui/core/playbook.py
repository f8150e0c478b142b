"""Playbooks: plans written by hand, as a YAML file of tasks with their actions and what is expected of them.

A playbook needs no model; everything else is as real as with one: the same gate, sandbox, approvals and checkpoints.
Format version 1, documented in docs/playbooks.md. Loading reports every problem at once, each with its place.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from orion_tui.base.kinds import ActionKind
from orion_tui.core.agent import plan_rules
from orion_tui.core.agent.plan_rules import MAX_ACTIONS, MAX_TASKS, MAX_TIMEOUT
from orion_tui.core.models.actions import Action, DeleteFile, EditFile, RunCommand, WriteFile
from orion_tui.core.models.plans import Expectation, Plan, PlannedAction, Task
from orion_tui.roles.strict_yaml import Fields, Kind, Node, excerpt, parse, read

_ACTION_KEYS = ("run", "write", "edit", "delete")


def load(path: Path, *, source: str = "playbook") -> Plan:
    """The plan that a file holds.

    Raises InvalidFile with every problem: syntax, unknown keys, unknown kinds, duplicate ids, unknown needs, cycles.
    """
    document = parse(read(path), str(path))
    if not document.root.pairs:  # of a file that is no YAML nothing else can be said
        document.problems.refuse("playbook")
    plan = _plan(document.root, source)
    document.problems.refuse("playbook")
    return plan


def _plan(root: Node, source: str) -> Plan:
    fields = root.fields()
    if fields is None:
        return Plan(title="", tasks=(), source=source)
    if (version := fields.require("playbook")) is not None and version.integer() not in {None, 1}:
        version.problem(f"playbook format {excerpt(version.value)} is unknown; this program reads format 1")
    title = _required_text(fields, "title")
    description = fields.text("description")
    tasks: list[tuple[Task, Node]] = []
    if (listed := fields.require("tasks")) is not None:
        items = listed.items()
        if listed.kind is Kind.LIST and (why := plan_rules.count_problem(len(items), MAX_TASKS)):
            listed.problem(why)
        tasks = [(task, item) for item in items[:MAX_TASKS] if (task := _task(item)) is not None]
    fields.done()
    _check_graph(tasks)
    return Plan(title=title, description=description, tasks=tuple(task for task, _ in tasks), source=source)


def _task(node: Node) -> Task | None:
    fields = node.fields()
    if fields is None:
        return None
    task_id = _required_text(fields, "id")
    if task_id and (why := plan_rules.id_problem(task_id)) and (at := fields.get("id")) is not None:
        at.problem(why)
    kind_node = fields.require("kind")
    kind = kind_node.choice(ActionKind) if kind_node is not None else None
    estimate = fields.get("estimate_seconds")
    task = Task(
        id=task_id,
        title=_required_text(fields, "title"),
        description=fields.text("description"),
        kind=kind or ActionKind.RUN,
        needs=fields.texts("needs"),
        confidence=fields.number("confidence", 1.0, least=0.0, most=1.0),
        estimate_seconds=estimate.number(least=0.0) if estimate is not None else None,
        actions=tuple(read_actions(fields, "actions", _ACTION_KEYS)),
        accept=tuple(read_actions(fields, "accept", ("run",))),
    )
    if not task.actions and not task.accept:
        node.problem("the task has neither actions nor an acceptance check, so nothing would happen")
    fields.done()
    return task


def read_actions(
    fields: Fields, key: str, allowed: tuple[str, ...], *, timeout: float = 180.0
) -> Iterable[PlannedAction]:
    """The actions listed under a key, each exactly one of `allowed`; `timeout` (seconds) where a command gives none."""
    if (listed := fields.get(key)) is None:
        return
    items = listed.items()
    if len(items) > MAX_ACTIONS:
        listed.problem(f"{len(items):,} actions; {MAX_ACTIONS} is the most for one task")
    for item in items[:MAX_ACTIONS]:
        if (planned := _planned(item, allowed, timeout)) is not None:
            yield planned


def _planned(node: Node, allowed: tuple[str, ...], timeout: float) -> PlannedAction | None:
    fields = node.fields()
    if fields is None:
        return None
    named = [key for key in _ACTION_KEYS if key in fields]
    if len(named) != 1 or named[0] not in allowed:
        found = f"found {' and '.join(named)}" if named else "found none"
        node.problem(f"an entry is exactly one of {', '.join(allowed)}; {found}")
        if not named:
            # Perhaps one of them misspelt: what is unknown is told, with what comes near.
            for key in (*allowed, "timeout", "cwd", "expect"):
                fields.get(key)
            fields.done()
        return None
    value = fields.require(named[0])
    action: Action | None = None
    if value is not None:
        match named[0]:
            case "run":
                action = _run(value, fields, timeout)
            case "write":
                action = _write(value)
            case "edit":
                action = _edit(value)
            case _:
                action = _delete(value)
    expect = _expectation(fields, commands=named[0] == "run")
    fields.done()
    return PlannedAction(action=action, expect=expect) if action is not None else None


def _run(value: Node, fields: Fields, timeout: float) -> RunCommand | None:
    timeout = fields.number("timeout", timeout, above=0.0, most=MAX_TIMEOUT)
    cwd = ""
    if (at := fields.get("cwd")) is not None:
        cwd = at.text() or ""
        if cwd:
            _check_path(at, cwd)
        cwd = "" if cwd in {".", "./"} else cwd.rstrip("/")
    if value.kind is Kind.LIST:
        argv = value.texts()
        if not argv:
            value.problem("a command needs at least the program's name")
            return None
        return RunCommand(argv=argv, cwd=cwd, timeout=timeout)
    text = value.text()
    if text is None:
        return None
    if not text.strip():
        value.problem("a command needs at least the program's name")
        return None
    return RunCommand(argv=("sh", "-c", text), shell=text, cwd=cwd, timeout=timeout)


def _write(value: Node) -> WriteFile | None:
    fields = value.fields()
    if fields is None:
        return None
    path = _path(fields)
    if (content := fields.given("content")) is None:
        value.problem("content is missing")
    text = "" if content is None or content.is_null else content.text(empty=True) or ""
    executable = fields.boolean("executable", False)
    fields.done()
    return WriteFile(path=path, content=text.encode("utf-8"), executable=executable)


def _edit(value: Node) -> EditFile | None:
    fields = value.fields()
    if fields is None:
        return None
    path = _path(fields)
    old = _required_text(fields, "old")
    if "new" not in fields:
        value.problem("new is missing (give an empty text to remove the old one)")
    new = fields.text("new")
    fields.done()
    return EditFile(path=path, old=old, new=new)


def _delete(value: Node) -> DeleteFile | None:
    text = value.text()
    if text is None:
        return None
    _check_path(value, text)
    return DeleteFile(path=text)


def _path(fields: Fields) -> str:
    path = _required_text(fields, "path")
    if path and (at := fields.get("path")) is not None:
        _check_path(at, path)
    return path


def _check_path(node: Node, path: str) -> None:
    """A slip of the pen is told while loading; the gate and the boundary check again what really happens."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        node.problem(f"{excerpt(path)} leaves the workspace; give a path relative to its root")
    elif str(pure) != path.rstrip("/"):
        node.problem(f"write {excerpt(path)} as {excerpt(str(pure))}")


def _expectation(fields: Fields, *, commands: bool) -> Expectation:
    node = fields.get("expect")
    if node is None or (expect := node.fields()) is None:
        return Expectation()
    blocked = expect.boolean("blocked", False)
    exit_code: int | None = 0
    if (at := expect.get("exit")) is not None:
        exit_code = None if at.value == "any" else at.integer(least=0, most=255)
        if not commands:
            at.problem("only a command has an exit status")
    output = expect.get("output")
    if output is not None and not commands:
        output.problem("only a command has output")
    if blocked and (at is not None or output is not None):
        node.problem("what is blocked has neither exit status nor output")
    expect.done()
    return Expectation(exit_code=exit_code, output=output.text() if output is not None else None, blocked=blocked)


def _required_text(fields: Fields, key: str) -> str:
    node = fields.require(key)
    return (node.text() if node is not None else None) or ""


def _check_graph(tasks: list[tuple[Task, Node]]) -> None:
    def line(position: int) -> str:
        return f"line {tasks[position][1].line}"

    for problem in plan_rules.graph([task for task, _ in tasks], line):
        tasks[problem.at][1].problem(problem.text)
