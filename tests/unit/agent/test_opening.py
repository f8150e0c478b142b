"""The first message of a task: everything that it is about, in fields, and bounded."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.kinds import ActionKind
from orion_tui.core.agent.opening import opening
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Expectation, Plan, PlannedAction, Task

pytestmark = pytest.mark.unit


def _check(command: str, **expect: object) -> PlannedAction:
    action = RunCommand(argv=("sh", "-c", command), shell=command, cwd="sub")
    return PlannedAction(action=action, expect=Expectation(**expect))  # pyright: ignore[reportArgumentType]


def _task(**more: object) -> Task:
    values = {
        "id": "b",
        "title": "Add the parser",
        "kind": ActionKind.RUN,
        "description": "In src/parse.py.",
        "agent": True,
    }
    return Task(**{**values, **more})  # pyright: ignore[reportArgumentType]


def _plan(*tasks: Task) -> Plan:
    return Plan(title="p", tasks=tasks, source="m")


def _fields(text: str) -> dict[str, str]:
    return {label: body for _, label, body in re.findall(r"<<<([0-9a-f]{12}) (.*)\n(.*(?:\n.*)*?)\n\1>>>", text)}


def test_it_says_what_is_wanted_where_it_stands_and_what_proves_it() -> None:
    task = _task(accept=(_check("pytest -q", output="passed"), _check("make lint", exit_code=None)))
    text = opening(
        "Read config files",
        _plan(_task(id="a"), task, _task(id="c")),
        task,
        [("Write the lexer", "done: src/lex.py")],
        "may write files; may not use the network",
        ["the old lexer is unused"],
        steps=60,
    )
    fields = _fields(text)
    assert fields == {
        "goal": "Read config files",
        "task": "Add the parser\n\nIn src/parse.py.",
        "earlier tasks": "- Write the lexer: done: src/lex.py",
        "notes of earlier tasks": "- the old lexer is unused",
        "acceptance checks": "- pytest -q (in sub): exit 0, and its output holds passed\n"
        "- make lint (in sub): any exit status",
        "role": "may write files; may not use the network",
    }
    assert "task 2 of 3" in text
    assert "at most 60 calls" in text


def test_a_task_without_a_check_is_told_to_find_out_itself() -> None:
    task = _task()
    text = opening("g", _plan(task), task, [], "r")
    assert "No acceptance check" in text
    assert "earlier tasks" not in text
    assert "Leave what the others" not in text


def test_the_latest_of_very_many_tasks_are_told() -> None:
    task = _task()
    text = opening("g", _plan(task), task, [(f"task {n}", "done") for n in range(500)], "r")
    assert "- task 499: done" in text
    assert "- task 100: done" not in text


@given(
    st.text(),
    st.text(),
    st.text(),
    st.lists(st.tuples(st.text(), st.text()), max_size=3),
    st.text(),
    st.lists(st.text(), max_size=3),
)
def test_nothing_that_others_say_stands_outside_of_a_field(
    goal: str, title: str, description: str, done: list[tuple[str, str]], role: str, notes: list[str]
) -> None:
    task = _task(title=title, description=description, accept=(_check(title),))
    text = opening(goal, _plan(task), task, done, role, notes)
    outside = re.sub(r"<<<([0-9a-f]{12}) [^\n]*\n(?:.*\n)*?\1>>>", "", text)
    plain = _task(accept=(_check("x"),))
    bare = opening("x", _plan(plain), plain, [("x", "x")] * bool(done), "x", ["x"] * bool(notes))
    assert outside == re.sub(r"<<<([0-9a-f]{12}) [^\n]*\n(?:.*\n)*?\1>>>", "", bare)


def test_it_is_bounded_whatever_it_is_given() -> None:
    huge = "x" * 1_000_000
    task = _task(title=huge, description=huge, accept=(_check(huge),) * 100)
    text = opening(huge, _plan(task), task, [(huge, huge)] * 1_000, huge, [huge] * 1_000)
    assert len(text) < 120_000
