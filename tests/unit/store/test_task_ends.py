"""How tasks ended is told by the events: it outlives the plan that they were part of."""

import pytest

from orion_tui.core.store import Store, events, plans, task_ends
from orion_tui.core.store.task_ends import TaskEnd
from tests.unit.store.conftest import Records

pytestmark = pytest.mark.unit


def tell(store: Store, session_id: str, kind: str, **data: object) -> int:
    with store.transaction() as tx:
        return events.append(tx, session_id, kind, "orion", data)


def test_ends_outlive_the_rows_of_their_tasks(store: Store, records: Records) -> None:
    session = records.session()
    tell(store, session.id, "task.failed", task="a", confidence=0.4)
    with store.transaction() as tx:
        plans.replace_all(tx, session.id, [])
        events.append(tx, session.id, "plan.revised", "agent", {})
    tell(store, session.id, "task.done", task="b", confidence=0.9)
    assert task_ends.latest(store.reader(), session.id, 5) == [
        TaskEnd(failed=True, confidence=0.4),
        TaskEnd(failed=False, confidence=0.9),
    ]


def test_only_the_newest_ends_of_one_session_behind_an_event_count(store: Store, records: Records) -> None:
    session, other = records.session(), records.session("b" * 12)
    seen = tell(store, session.id, "task.failed", task="a", confidence=0.1)
    for sure in (0.2, 0.3, 0.4):
        tell(store, session.id, "task.failed", task="a", confidence=sure)
        tell(store, other.id, "task.done", task="a", confidence=1.0)
    assert [end.confidence for end in task_ends.latest(store.reader(), session.id, 2)] == [0.3, 0.4]
    assert [end.confidence for end in task_ends.latest(store.reader(), session.id, 9, after=seen)] == [0.2, 0.3, 0.4]


def test_a_task_that_never_began_is_no_end_and_one_that_the_gate_stopped_is(store: Store, records: Records) -> None:
    session = records.session()
    tell(store, session.id, "task.blocked", task="a", reason="needs b, which did not succeed")
    tell(store, session.id, "task.blocked", task="c", reason="forbidden", confidence=0.9)
    assert task_ends.latest(store.reader(), session.id, 5) == [TaskEnd(failed=True, confidence=0.9)]
