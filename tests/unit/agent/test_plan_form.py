"""A plan as a model hands it in: what is made of it, and everything that can be wrong, at once (PLAN-1)."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.kinds import ActionKind
from orion_tui.core.agent.arguments import problems as schema_problems
from orion_tui.core.agent.check_words import check_text
from orion_tui.core.agent.dialogue import Rejected
from orion_tui.core.agent.plan_form import SUBMIT_PLAN, parse, parse_rest
from orion_tui.core.agent.plan_rules import plan_problems
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Expectation, Plan, PlannedAction, Task

pytestmark = pytest.mark.unit


def _task(**changes: Any) -> dict[str, Any]:
    return {
        "id": "parse-dates",
        "title": "Dates are parsed",
        "description": "In `dates.py`:\n\tread ISO dates.",
        "kind": "write_code",
        "needs": [],
        "accept": [{"run": "python -m pytest -q tests/test_dates.py"}],
        "estimate_minutes": 20,
        "confidence": 0.8,
        **changes,
    }


def _arguments(*tasks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"title": "Parse dates", "description": "First this.", "tasks": list(tasks) or [_task()], **changes}


def _plan(arguments: dict[str, Any]) -> Plan:
    assert schema_problems(SUBMIT_PLAN.parameters, arguments) == (), "the schema lets it through"
    found = parse(arguments, source="anthropic/m")
    assert isinstance(found, Plan), found
    return found


def _problems(arguments: dict[str, Any]) -> list[str]:
    found = parse(arguments, source="anthropic/m")
    assert isinstance(found, Rejected), found
    return [*found]


def test_a_whole_plan_is_taken_as_it_is_given() -> None:
    second = _task(
        id="b", needs=["parse-dates"], accept=[{"run": "false", "exit": 1, "output": "no such"}, {"run": "x"}]
    )
    plan = _plan(_arguments(_task(), second))
    assert (plan.title, plan.description, plan.source) == ("Parse dates", "First this.", "anthropic/m")
    first, second = plan.tasks
    assert first == Task(
        id="parse-dates",
        title="Dates are parsed",
        description="In `dates.py`:\n    read ISO dates.",
        kind=ActionKind.WRITE_CODE,
        accept=first.accept,
        estimate_seconds=1_200.0,
        confidence=0.8,
        agent=True,
    )
    text = "python -m pytest -q tests/test_dates.py"
    command = RunCommand(argv=("sh", "-c", text), shell=text, timeout=600.0)
    assert first.accept == (PlannedAction(action=command, expect=Expectation(exit_code=0)),)
    assert second.needs == ("parse-dates",)
    assert [check.expect for check in second.accept] == [Expectation(exit_code=1, output="no such"), Expectation()]
    assert [check_text(check) for check in second.accept] == ['false => exit 1, output "no such"', "x"]


def test_words_are_cleaned_and_titles_are_one_line() -> None:
    plan = _plan(_arguments(_task(title="a\x1b[2J\nb\u202e", description="c\u200bd"), title=" x\ny "))
    assert plan.title == "x y"
    assert (plan.tasks[0].title, plan.tasks[0].description) == ("a b", "cd")


def test_a_command_keeps_its_lines_and_tabs() -> None:
    text = "cat <<E\n\ta\nE"
    (check,) = _plan(_arguments(_task(accept=[{"run": text}]))).tasks[0].accept
    assert check_text(check) == text


def test_a_bare_command_is_understood() -> None:
    found = parse(_arguments(_task(accept=["make test"])), source="m")
    assert isinstance(found, Plan)
    assert check_text(found.tasks[0].accept[0]) == "make test"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "Parse Dates"}, "tasks[0].id: 'Parse Dates' cannot be an id: use a-z, 0-9 and -"),
        ({"id": "a\x1b[2J"}, "tasks[0].id: 'a⟨U+001B⟩[2J' cannot be an id"),
        ({"id": None}, "tasks[0].id: it is missing"),
        ({"id": 7}, "tasks[0].id: it must be text"),
        ({"title": "\u200b \n"}, "tasks[0].title: it is empty"),
        ({"title": "x" * 201}, "tasks[0].title: 201 characters; 200 is the most"),
        ({"description": "x" * 8_001}, "tasks[0].description: 8,001 characters; 8,000 is the most"),
        ({"kind": "write_cod"}, "tasks[0].kind: unknown kind 'write_cod' (did you mean 'write_code'?)"),
        ({"kind": "force_push"}, "tasks[0].kind: force_push is never allowed, whatever a role says: leave it out"),
        ({"needs": ["parse-date"]}, "tasks[0]: task parse-dates needs 'parse-date', which is not in the plan (did you"),
        ({"needs": ["parse-dates"]}, "tasks[0]: the tasks need each other in a circle: parse-dates -> parse-dates"),
        ({"needs": "a"}, "tasks[0].needs: it must be a list"),
        ({"needs": [3]}, "tasks[0].needs[0]: it must be text"),
        ({"accept": [{"run": " "}]}, "tasks[0].accept[0].run: a command needs at least the program's name"),
        (
            {"accept": [{"run": "x" * 2_001}]},
            "tasks[0].accept[0].run: a command of 2,001 characters; 2,000 is the most",
        ),
        ({"accept": [{"run": "ls \u202e"}]}, "tasks[0].accept[0].run: 'ls ⟨U+202E⟩' has control characters, or some"),
        ({"accept": [{"run": "x"}] * 11}, "tasks[0].accept: 11 commands; 10 is the most for one task"),
        ({"accept": [{"run": "x", "exit": 256}]}, "tasks[0].accept[0].exit: it must be a whole number from 0 to 255"),
        ({"accept": [{"run": "x", "exit": True}]}, "tasks[0].accept[0].exit: it must be a whole number from 0 to 255"),
        ({"accept": [{"run": "x", "output": "y" * 501}]}, "tasks[0].accept[0].output: 501 characters; 500 is the most"),
        ({"accept": [{"run": "x", "exits": 1}]}, "tasks[0].accept[0]: 'exits' is unknown (did you mean 'exit'?)"),
        ({"accept": [7]}, "tasks[0].accept[0]: it must be an object with the command under run"),
        ({"estimate_minutes": -1}, "tasks[0].estimate_minutes: it must be at least 0, not -1"),
        ({"estimate_minutes": math.nan}, "tasks[0].estimate_minutes: it must be a number"),
        ({"estimate_minutes": math.inf}, "tasks[0].estimate_minutes: it must be at most 1440, not inf"),
        ({"estimate_minutes": 10**400}, "tasks[0].estimate_minutes: it must be at most 1440, not something huge"),
        ({"estimate_minutes": None}, "tasks[0].estimate_minutes: it is missing"),
        ({"confidence": 90}, "tasks[0].confidence: it must be at most 1, not 90"),
        ({"confidence": True}, "tasks[0].confidence: it must be a number"),
        ({"confidence": "high"}, "tasks[0].confidence: it must be a number"),
        ({"priority": 1}, "tasks[0]: 'priority' is unknown"),
    ],
)
def test_each_fault_is_told_with_its_place(changes: dict[str, Any], problem: str) -> None:
    (found,) = _problems(_arguments(_task(**changes)))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"title": "x", "tasks": []}, "tasks: a plan needs at least one task"),
        ({"title": "x", "tasks": {}}, "tasks: it must be a list"),
        ({"title": "x"}, "tasks: it is missing"),
        ({"title": "x", "tasks": [3]}, "tasks[0]: it must be an object"),
        ({"title": "x", "taks": 1, "tasks": [_task()]}, "'taks' is unknown (did you mean 'tasks'?)"),
        ({"tasks": [_task()]}, "title: it is missing"),
    ],
)
def test_each_fault_of_the_whole_is_told(arguments: dict[str, Any], problem: str) -> None:
    assert _problems(arguments) == [problem]


def test_sixty_tasks_are_taken_and_one_more_is_not() -> None:
    tasks = [_task(id=f"t{number}") for number in range(61)]
    assert len(_plan(_arguments(*tasks[:60])).tasks) == 60
    assert _problems(_arguments(*tasks)) == ["tasks: 61 tasks; 60 is the most"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    tasks = [
        _task(id="a", kind="fly", needs=["b"]),
        _task(id="b", needs=["a"], confidence=-1),
        _task(id="b", title="", accept=[{"run": ""}]),
        _task(id="d", needs=["nowhere"]),
    ]
    assert _problems(_arguments(*tasks, title="")) == [
        "title: it is empty",
        "tasks[0].kind: unknown kind 'fly'",
        "tasks[1].confidence: it must be at least 0, not -1",
        "tasks[2].title: it is empty",
        "tasks[2].accept[0].run: a command needs at least the program's name",
        "tasks[2]: duplicate id 'b': first given at tasks[1]",
        "tasks[3]: task d needs 'nowhere', which is not in the plan",
        "tasks[0]: the tasks need each other in a circle: a -> b -> a",
    ]


_DONE = Task(id="done", title="Done", kind=ActionKind.WRITE_CODE, agent=True, confidence=0.3)
_OLD = Plan(title="Old", description="d", tasks=(_DONE, Task(id="later", title="L", kind=ActionKind.RUN)), source="m")


def test_a_revision_keeps_completed_tasks_and_may_need_them() -> None:
    found = parse_rest({"tasks": [_task(needs=["done"])]}, _OLD, [_DONE])
    assert isinstance(found, Plan)
    assert found.tasks[0] is _DONE
    assert [task.id for task in found.tasks] == ["done", "parse-dates"]
    assert (found.title, found.description) == ("Old", "d")


def test_a_revision_may_not_use_the_id_of_a_task_that_is_over_nor_need_one_that_failed() -> None:
    failed = Task(id="failed", title="F", kind=ActionKind.RUN, agent=True)
    tasks = [_task(id="done"), _task(id="failed"), _task(id="x", needs=["failed-too"])]
    lost = Task(id="failed-too", title="F", kind=ActionKind.RUN, agent=True)
    found = parse_rest({"tasks": tasks}, _OLD, [_DONE], [failed, lost])
    assert isinstance(found, Rejected)
    assert found[:2] == (
        "tasks[0].id: 'done' is the id of a completed task, which stays as it is: take another one",
        "tasks[1].id: 'failed' is the id of a task that failed or was blocked: take another one",
    )
    assert found[2].startswith("tasks[2]: task x needs 'failed-too', which is not in the plan")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMED = ("id", "title", "description", "kind", "needs", "accept", "estimate_minutes", "confidence")


@given(st.dictionaries(st.sampled_from(["title", "description", "tasks", "x"]), _JSON))
def test_any_json_is_a_plan_or_told_what_is_wrong(arguments: dict[str, Any]) -> None:
    found = parse(arguments, source="m")
    assert isinstance(found, Plan) or (found and all(found))


@given(
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMED, _JSON)).map(lambda some: _task(**some)), max_size=4
    )
)
def test_what_is_taken_is_a_valid_plan_and_can_be_kept(tasks: list[dict[str, Any]]) -> None:
    from orion_tui.core.codec import from_json, to_json

    found = parse({"title": "t", "tasks": tasks}, source="m")
    if isinstance(found, Plan):
        assert plan_problems(found) == []
        assert from_json(json.loads(json.dumps(to_json(found), allow_nan=False)), Plan) == found
    else:
        assert all(found)
