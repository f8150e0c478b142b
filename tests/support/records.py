"""Sessions put straight into a store, for tests of what shows and steers them."""

from typing import Any

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store import Store, approvals, checkpoints, events, plans, sessions

#: 2025-06-15 15:06:40 UTC.
NOON = 1_750_000_000.0


@attrs.frozen
class Records:
    """Fills the store of one home. Every call opens and closes it, as another process would."""

    home: OrionHome

    def session(
        self,
        id: str = "a" * 12,
        state: SessionState = SessionState.RUNNING,
        *,
        goal: str = "Retry with back-off",
        workspace: str = "",
        tasks: tuple[TaskStatus, ...] = (TaskStatus.DONE, TaskStatus.QUEUED),
        reason: str = "",
    ) -> Session:
        """A session with its tasks, and the event that made it."""
        session = Session(
            id=id,
            workspace=workspace or f"/srv/{id}",
            goal=goal,
            role="software-engineer",
            policy="p1",
            state=state,
            reason=reason,
            base_commit="4f1e2a" + "0" * 34,
            base_branch="main",
            backend="bubblewrap",
            created_at=NOON,
            updated_at=NOON + 60,
            started_at=NOON + 1,
            running_seconds=12.5,
            tasks_total=len(tasks),
            tasks_done=sum(status.succeeded for status in tasks),
        )
        rows = [
            TaskRow(
                session_id=id,
                id=f"task-{n}",
                position=n,
                title=f"Do part {n}",
                kind="run",
                tier=Tier.AUTONOMOUS,
                needs=(f"task-{n - 1}",) if n else (),
                confidence=0.9,
                status=status,
            )
            for n, status in enumerate(tasks)
        ]
        with Store.open(self.home.database) as store, store.transaction() as tx:
            sessions.save_policy(tx, "p1", "{}")
            sessions.insert(tx, session)
            if rows:
                plan: dict[str, Any] = {"title": goal, "description": "", "source": "playbook", "tasks": []}
                plans.save(tx, id, plan, version=1)
            plans.insert_all(tx, rows)
            events.append(tx, id, "plan.accepted", "user", {"tasks": len(rows)})
        return session

    def approval(
        self, id: str = "b" * 12, session: str = "a" * 12, *, text: str = "pip install httpx", alike: str = ""
    ) -> Approval:
        """A question that waits for an answer."""
        approval = Approval(
            id=id,
            session_id=session,
            task_id="task-1",
            index=0,
            status=ApprovalStatus.PENDING,
            binding="f" * 64,
            card={
                "title": f"run {text}",
                "text": text,
                "why": "requires_approval[0] add_dependency: adds a dependency",
                "details": [["directory", "."]],
                "preview": text,
                "disguised": False,
                "waits_on": ["task-2"],
            },
            alike=alike,
            created_at=NOON + 30,
        )
        with Store.open(self.home.database) as store, store.transaction() as tx:
            approvals.insert(tx, approval)
            events.append(tx, session, "approval.asked", "aegis", {"approval": id, "task": "task-1", "text": text})
        return approval

    def checkpoint(self, session: str = "a" * 12, number: int = 0) -> None:
        """A checkpoint of a session."""
        made = Checkpoint(
            session_id=session,
            number=number,
            commit="c" * 40,
            tree="d" * 40,
            step=number,
            task_id="task-0",
            reason="task done",
            created_at=NOON + 20,
        )
        with Store.open(self.home.database) as store, store.transaction() as tx:
            checkpoints.insert(tx, made)

    def event(self, type: str, session: str = "a" * 12, **data: object) -> None:
        """One event."""
        with Store.open(self.home.database) as store, store.transaction() as tx:
            events.append(tx, session, type, "orion", data)

    def state(self, session: str, state: SessionState) -> None:
        """Move a session on, as the supervisor would."""
        with Store.open(self.home.database) as store, store.transaction() as tx:
            sessions.set_state(tx, session, set(SessionState), state, "")
