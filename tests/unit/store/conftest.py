"""Records to fill a real store with."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.kinds import Tier
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session, SessionState, TaskRow
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store import Store, approvals, events, leases, plans, sessions


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orion.db"


@pytest.fixture
def store(path: Path, clock: FixedClock) -> Iterator[Store]:
    with Store.open(path, clock) as opened:
        yield opened


@attrs.frozen
class Records:
    """Makes records and puts them into the store, each by one durable change."""

    store: Store
    clock: FixedClock

    def session(self, id: str = "a" * 12, *, state: SessionState = SessionState.CREATED, **fields: object) -> Session:
        """A session that is in the store, on a workspace of its own unless told otherwise."""
        plain = Session(
            id=id,
            workspace=f"/work/{id}",
            goal="retry with back-off",
            role="software-engineer",
            policy="p1",
            state=state,
            base_commit="0" * 40,
            created_at=self.clock.now(),
            updated_at=self.clock.now(),
        )
        session = attrs.evolve(plain, **fields)  # type: ignore[arg-type]  # fields of any type, checked by attrs itself
        with self.store.transaction() as tx:
            sessions.save_policy(tx, session.policy, "{}")
            sessions.insert(tx, session)
        return session

    def claimed(self, id: str = "a" * 12, *, owner: str = "worker-1", ttl: float = 120.0) -> Session:
        """A new session that `owner` holds."""
        self.session(id, state=SessionState.RUNNING)
        claimed = self.store.transact(
            lambda tx: leases.claim(tx, owner=owner, now=self.clock.now(), ttl=ttl, session_id=id)
        )
        assert claimed is not None
        return claimed

    def step(self, session: str = "a" * 12, n: int = 1) -> Step:
        """A step, not yet in the store."""
        return Step(
            session_id=session,
            n=n,
            task_id="baseline",
            attempt=1,
            index=0,
            status=StepStatus.STARTED,
            action={"do": "RunCommand", "argv": ["true"]},
            decision={"tier": "autonomous"},
            started_at=self.clock.now(),
        )

    def task(
        self,
        id: str = "baseline",
        status: TaskStatus = TaskStatus.QUEUED,
        *,
        session: str = "a" * 12,
        position: int = 0,
    ) -> TaskRow:
        """A task that is in the store."""
        row = TaskRow(
            session_id=session,
            id=id,
            position=position,
            title=f"Do {id}",
            kind="run_tests",
            tier=Tier.AUTONOMOUS,
            needs=("first", "second"),
            confidence=0.9,
            status=status,
        )
        with self.store.transaction() as tx:
            plans.insert_all(tx, [row])
            events.append(tx, session, "plan.accepted", "orion", {"tasks": 1})
        return row

    def approval(self, id: str = "q1", *, session: str = "a" * 12, task: str = "baseline", index: int = 0) -> Approval:
        """A pending approval that is in the store."""
        approval = Approval(
            id=id,
            session_id=session,
            task_id=task,
            index=index,
            status=ApprovalStatus.PENDING,
            binding="b" * 64,
            card={"title": "Add a dependency", "details": [["package", "tenacity"]]},
            created_at=self.clock.now(),
        )
        with self.store.transaction() as tx:
            approvals.insert(tx, approval)
            events.append(tx, session, "approval.asked", "aegis", {"approval": id})
        return approval

    def types(self, session: str = "a" * 12) -> list[str]:
        """Types of a session's events in order."""
        return [event.type for event in events.after(self.store.reader(), 0, session_id=session, limit=10_000)]


@pytest.fixture
def records(store: Store, clock: FixedClock) -> Records:
    return Records(store, clock)
