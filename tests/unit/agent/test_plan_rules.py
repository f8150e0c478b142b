"""What makes a plan valid, whoever wrote it (PLAN-1, PLAN-3)."""

import math

import attrs
import pytest

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind
from orion_tui.core.agent import plan_rules as rules
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Plan, PlannedAction, Task

pytestmark = pytest.mark.unit


def _run(text: str) -> PlannedAction:
    return PlannedAction(action=RunCommand(argv=("sh", "-c", text), shell=text))


def _task(task_id: str, *needs: str, **more: object) -> Task:
    task = Task(id=task_id, title=task_id.title(), kind=ActionKind.WRITE_CODE, needs=needs, agent=True)
    return attrs.evolve(task, **more)


def _plan(*tasks: Task) -> Plan:
    return Plan(title="A plan", tasks=tasks, source="a model")


def test_a_graph_without_fault_has_none() -> None:
    assert rules.graph_problems([_task("a"), _task("b", "a"), _task("c", "a", "b")]) == []


def test_duplicates_unknown_needs_and_circles_are_told_together_each_at_its_place() -> None:
    tasks = [_task("a", "b"), _task("b", "a"), _task("parse", "pares"), _task("parse"), _task("z", "pars")]
    assert rules.graph_problems(tasks) == [
        "tasks[3]: duplicate id 'parse': first given at tasks[2]",
        "tasks[2]: task parse needs 'pares', which is not in the plan (did you mean 'parse'?)",
        "tasks[4]: task z needs 'pars', which is not in the plan (did you mean 'parse'?)",
        "tasks[0]: the tasks need each other in a circle: a -> b -> a",
    ]


def test_a_task_that_needs_itself_is_a_circle() -> None:
    assert rules.graph_problems([_task("a", "a")]) == ["tasks[0]: the tasks need each other in a circle: a -> a"]


def test_a_valid_plan_has_no_problems() -> None:
    assert rules.plan_problems(_plan(_task("a", accept=(_run("make test"),)))) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": "../x"}, "tasks[0].id: '../x' cannot be an id"),
        ({"title": " "}, "tasks[0].title: it is empty"),
        ({"title": "x" * 201}, "tasks[0].title: 201 characters; 200 is the most"),
        ({"description": "x" * 8_001}, "tasks[0].description: 8,001 characters; 8,000 is the most"),
        ({"kind": ActionKind.FORCE_PUSH}, "tasks[0].kind: force_push is never allowed, whatever a role says"),
        ({"confidence": 1.5}, "tasks[0].confidence: it must be at most 1, not 1.5"),
        ({"confidence": math.nan}, "tasks[0].confidence: it must be a number"),
        ({"estimate_seconds": -1.0}, "tasks[0].estimate: it must be at least 0, not -1"),
        ({"accept": (_run("x"),) * 11}, "tasks[0].accept: 11 commands; 10 is the most for one task"),
        ({"accept": (_run("a\x1b[2J"),)}, "tasks[0].accept[0]: 'a⟨U+001B⟩[2J' has control characters"),
        ({"accept": (_run(" "),)}, "tasks[0].accept[0]: a command needs at least the program's name"),
        ({"agent": False}, "tasks[0].actions: the task has neither actions nor an acceptance check"),
        ({"needs": ("b",)}, "tasks[0]: task a needs 'b', which is not in the plan"),
    ],
)
def test_each_fault_of_a_task_is_told_with_its_place(change: dict[str, object], problem: str) -> None:
    (found,) = rules.plan_problems(_plan(_task("a", **change)))
    assert found.startswith(problem)


def test_an_empty_plan_and_one_of_too_many_are_refused() -> None:
    assert rules.plan_problems(_plan()) == ["tasks: a plan needs at least one task"]
    many = _plan(*(_task(f"t{number}") for number in range(4)))
    assert rules.plan_problems(many, most=3) == ["tasks: 4 tasks; 3 is the most"]


def test_what_a_person_wrote_by_hand_may_be_long_and_show_what_is_forbidden() -> None:
    task = _task("a", agent=False, kind=ActionKind.FORCE_PUSH, title="x" * 300, actions=(_run("# " + "x" * 5_000),))
    assert rules.plan_problems(_plan(task)) == []


def test_every_kind_but_those_that_no_role_can_grant_may_be_planned() -> None:
    assert {*rules.PLAN_KINDS} | ALWAYS_FORBIDDEN == {*ActionKind}
    assert not ALWAYS_FORBIDDEN & {*rules.PLAN_KINDS}


def test_a_number_too_large_for_a_float_is_refused_in_words() -> None:
    assert rules.number_problem(10**400, most=1) == "it must be at most 1, not something huge"
