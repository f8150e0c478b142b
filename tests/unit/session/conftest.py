"""A store with one claimed session, and the record of its worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.core.models.sessions import Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.record import Record
from orion_tui.core.store import Store, events, leases, plans, sessions

SESSION = "00000000cafe"


def task_row(task_id: str, position: int = 0, *needs: str) -> TaskRow:
    return TaskRow(
        session_id=SESSION,
        id=task_id,
        position=position,
        title=task_id,
        kind=ActionKind.RUN,
        tier=Tier.AUTONOMOUS,
        needs=needs,
        confidence=1.0,
        status=TaskStatus.QUEUED,
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "orion.db", clock=clock)
    with opened.transaction() as tx:
        sessions.save_policy(tx, "p", "{}")
        session = Session(
            id=SESSION,
            workspace="/w",
            goal="g",
            role="r",
            policy="p",
            state=SessionState.CREATED,
            base_commit="0" * 40,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        sessions.insert(tx, session)
        plans.insert_all(tx, [task_row("a"), task_row("b", 1, "a")])
        events.append(tx, SESSION, "plan.accepted", "user", {})
    yield opened
    opened.close()


@pytest.fixture
def record(store: Store, clock: FixedClock) -> Record:
    session = store.transact(lambda tx: leases.claim(tx, owner="w1", now=clock.now(), ttl=120))
    assert session is not None
    return Record(store=store, clock=clock, session_id=SESSION, fence=session.fence, policy="p")
