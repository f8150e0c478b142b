"""PLAN-4: topological order; a failed task blocks its dependents, the others go on."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.order import dependents, find_cycle, in_turn, newly_blocked, runnable

pytestmark = pytest.mark.unit


def row(task_id: str, *needs: str, status: TaskStatus = TaskStatus.QUEUED) -> TaskRow:
    return TaskRow(
        session_id="s",
        id=task_id,
        position=0,
        title=task_id,
        kind=ActionKind.RUN,
        tier=Tier.AUTONOMOUS,
        needs=needs,
        confidence=1.0,
        status=status,
    )


def test_a_task_waits_for_everything_it_needs() -> None:
    rows = [row("a", status=TaskStatus.DONE), row("b"), row("c", "a", "b"), row("d", "a")]
    assert [r.id for r in runnable(rows)] == ["b", "d"]


def test_a_flagged_need_counts_as_done() -> None:
    assert [r.id for r in runnable([row("a", status=TaskStatus.FLAGGED), row("b", "a")])] == ["b"]


def test_a_task_left_running_by_a_dead_worker_is_taken_up_again() -> None:
    assert [r.id for r in runnable([row("a", status=TaskStatus.RUNNING)])] == ["a"]


@pytest.mark.parametrize("ended", [TaskStatus.FAILED, TaskStatus.BLOCKED, TaskStatus.CANCELLED])
def test_a_need_that_did_not_succeed_blocks_near_and_far(ended: TaskStatus) -> None:
    rows = [row("a", status=ended), row("b", "a"), row("c", "b"), row("d")]
    assert newly_blocked(rows) == {"b": "a", "c": "b"}
    assert [r.id for r in runnable(rows)] == ["d"]


def test_a_waiting_need_blocks_nothing_for_good() -> None:
    rows = [row("a", status=TaskStatus.WAITING), row("b", "a")]
    assert newly_blocked(rows) == {}
    assert runnable(rows) == []


def test_a_cycle_is_shown_from_its_start_to_its_start() -> None:
    cycle = find_cycle({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    assert cycle[0] == cycle[-1]
    assert set(cycle) == {"a", "b", "c"}


def test_a_task_that_needs_itself_is_a_cycle() -> None:
    assert find_cycle({"a": ["a"]}) == ["a", "a"]


def graphs(size: int) -> st.SearchStrategy[tuple[int, set[tuple[int, int]]]]:
    node = st.integers(0, size - 1)
    return st.tuples(st.just(size), st.sets(st.tuples(node, node)))


@given(st.integers(1, 30).flatmap(graphs))
def test_a_cycle_is_found_exactly_where_no_order_exists(graph: tuple[int, set[tuple[int, int]]]) -> None:
    size, edges = graph
    needs = {str(n): [str(b) for a, b in sorted(edges) if a == n] for n in range(size)}
    left = set(needs)
    while ready := {node for node in left if not left & set(needs[node])}:
        left -= ready
    cycle = find_cycle(needs)
    assert bool(cycle) == bool(left)
    for here, following in itertools.pairwise(cycle):
        assert following in needs[here]


def test_a_long_chain_needs_no_recursion() -> None:
    assert find_cycle({str(n): [str(n + 1)] for n in range(20_000)}) == []


def test_dependents_are_all_that_hang_on_a_task() -> None:
    tasks = [("a", ()), ("b", ("a",)), ("c", ("b",)), ("d", ())]
    plan = Plan(
        title="t", source="playbook", tasks=tuple(Task(id=i, title=i, kind=ActionKind.RUN, needs=n) for i, n in tasks)
    )
    assert dependents(plan, "a") == ["b", "c"]
    assert dependents(plan, "d") == []


def plan_of(*listed: tuple[str, str]) -> Plan:
    tasks = tuple(Task(id=id, title=id, kind=ActionKind.RUN, needs=(needs,) if needs else ()) for id, needs in listed)
    return Plan(title="p", tasks=tasks, source="user")


@pytest.mark.parametrize(
    ("listed", "turn"),
    [
        ((("a", ""), ("b", "a"), ("c", "")), "abc"),
        ((("c", "d"), ("a", ""), ("d", "a"), ("b", "")), "adcb"),
        ((("a", "b"), ("b", "a"), ("c", "")), "cab"),
        ((("a", "nowhere"), ("b", "")), "ab"),
    ],
)
def test_no_task_is_listed_before_one_that_it_needs(listed: tuple[tuple[str, str], ...], turn: str) -> None:
    assert "".join(task.id for task in in_turn(plan_of(*listed)).tasks) == turn
