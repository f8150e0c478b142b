"""What a new version of a plan changes (PLAN-5)."""

from itertools import permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.core.agent.plan_diff import Change, FieldChange, PlanChange, diff, lines
from orion_tui.core.models.actions import RunCommand, WriteFile
from orion_tui.core.models.plans import Expectation, Plan, PlannedAction, Task

pytestmark = pytest.mark.unit


def _task(task_id: str) -> Task:
    return Task(id=task_id, title=f"Title of {task_id}", kind=ActionKind.WRITE_CODE, agent=True)


def _plan(*tasks: Task | str) -> Plan:
    return Plan(title="P", tasks=tuple(_task(one) if isinstance(one, str) else one for one in tasks), source="m")


def _run(text: str, **expect: int | str | None) -> PlannedAction:
    action = RunCommand(argv=("sh", "-c", text), shell=text)
    return PlannedAction(action=action, expect=attrs.evolve(Expectation(), **expect))


def test_a_plan_does_not_differ_from_itself() -> None:
    assert diff(_plan("a", "b"), _plan("a", "b")) == ()


def test_added_and_removed_tasks_are_no_reordering_of_the_others() -> None:
    assert diff(_plan("a", "b", "c"), _plan("x", "a", "c", "y")) == (
        PlanChange(change=Change.REMOVED, task_id="b", title="Title of b"),
        PlanChange(change=Change.ADDED, task_id="x", title="Title of x"),
        PlanChange(change=Change.ADDED, task_id="y", title="Title of y"),
    )


def test_a_moved_task_is_the_only_one_that_is_told() -> None:
    (change,) = diff(_plan("a", "b", "c", "d"), _plan("b", "c", "d", "a"))
    assert change.change is Change.REORDERED
    assert (change.task_id, change.fields) == ("a", (FieldChange(name="place", before="1", after="4"),))


_CHANGES = {
    "title": ({"title": "New"}, "Title of a", "New"),
    "kind": ({"kind": ActionKind.WRITE_DOCS}, "write_code", "write_docs"),
    "tier": ({"tier": Tier.FORBIDDEN}, "requires_approval", "forbidden"),
    "description": ({"description": "words"}, "", "words"),
    "needs": ({"needs": ("b",)}, "", "b"),
    "accept": ({"accept": (_run("x", exit_code=1, output="y"), _run("z"))}, "", 'x => exit 1, output "y"; z'),
    "estimate": ({"estimate_seconds": 90.0}, "", "1.5 min"),
    "confidence": ({"confidence": 0.5}, "1", "0.5"),
    "worked on by": ({"agent": False}, "a model", "its actions"),
}


@pytest.mark.parametrize("name", _CHANGES)
def test_each_field_is_told_before_and_after(name: str) -> None:
    changes, before, after = _CHANGES[name]
    (change,) = diff(_plan("a", "b"), _plan(attrs.evolve(_task("a"), **changes), "b"))
    assert change.change is Change.CHANGED
    assert change.fields == (FieldChange(name=name, before=before, after=after),)


def test_a_file_of_the_same_size_with_other_content_is_a_change() -> None:
    old, new = (
        attrs.evolve(_task("a"), actions=(PlannedAction(action=WriteFile(path="f", content=content)),))
        for content in (b"ab", b"cd")
    )
    (change,) = diff(_plan(old), _plan(new))
    assert change.fields[0].before != change.fields[0].after


def test_the_plans_own_words_are_told_first() -> None:
    changes = diff(_plan("a"), attrs.evolve(_plan("b"), description="why"))
    assert changes[0].fields == (FieldChange(name="description", before="", after="why"),)
    assert lines(changes) == (
        "~ changed the plan: P",
        "    description: none → why",
        "- removed task a: Title of a",
        "+ added task b: Title of b",
    )


def test_lines_are_clean_and_each_is_one() -> None:
    changes = diff(_plan("a"), _plan(attrs.evolve(_task("a"), title="x\x1b[2J\u202e", description="l1\nl2")))
    assert lines(changes) == (
        "~ changed task a: x",
        "    title: Title of a → x",
        "    description: none → l1⏎l2",
    )


@given(st.permutations(["a", "b", "c", "d", "e", "f"]))
def test_as_few_tasks_as_can_be_are_called_moved(order: list[str]) -> None:
    names = sorted(order)
    moved = {change.task_id for change in diff(_plan(*names), _plan(*order))}
    assert [name for name in order if name not in moved] == [name for name in names if name not in moved]
    longest = max(
        length
        for length in range(len(names) + 1)
        for kept in permutations(names, length)
        if list(kept) == sorted(kept) and list(kept) == [name for name in order if name in kept]
    )
    assert len(moved) == len(names) - longest
