"""A session with a plan that waits for the person: put into the store as a planner would, without a model."""

from collections.abc import Mapping

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.codec import to_json
from orion_tui.core.engine import Engine
from orion_tui.core.models.plan_records import PlanDraft
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session import plan_tiers
from orion_tui.core.session.plan_edits import check
from orion_tui.core.session.plan_rows import rows_of
from orion_tui.core.store import events, plan_versions, plans, sessions

SESSION = "00000000cafe"
MODEL = "acme/planner-1"


def task(id: str, *needs: str, kind: ActionKind = ActionKind.WRITE_CODE, confidence: float = 0.9) -> Task:
    """A task for a model, of ten minutes."""
    return Task(
        id=id,
        title=f"Do {id}",
        description=f"All about {id}.",
        kind=kind,
        needs=needs,
        accept=(check("python3 -m unittest -q"),),
        estimate_seconds=600.0,
        confidence=confidence,
        agent=True,
    )


def plan(*tasks: Task, title: str = "Retry with back-off") -> Plan:
    """A plan as a model makes it."""
    return Plan(title=title, tasks=tasks, source=MODEL)


@attrs.frozen(kw_only=True)
class Drafts:
    """Puts sessions and plans into an engine's store."""

    engine: Engine

    @property
    def policy(self) -> Policy:
        """That of the starter role that writes software."""
        return policies.freeze(self.engine.library().get("software-engineer").role)

    def session(
        self,
        state: SessionState = SessionState.PLANNING,
        *,
        id: str = SESSION,
        models: Mapping[str, str] | None = None,
        workspace: str = "/srv/repo",
    ) -> Session:
        """A session without a plan, worked on by models."""
        now = self.engine.clock.now()
        made = Session(
            id=id,
            workspace=workspace,
            goal="Retry with back-off",
            role="software-engineer",
            policy=self.policy.hash,
            state=state,
            base_commit="0" * 40,
            created_at=now,
            updated_at=now,
            models=dict(models) if models is not None else {"plan": MODEL, "work": MODEL},
        )
        with self.engine.store.transaction() as tx:
            sessions.save_policy(tx, self.policy.hash, policies.to_json(self.policy))
            sessions.insert(tx, made)
        return made

    def propose(self, proposed: Plan, session_id: str = SESSION, *, author: str = MODEL) -> int:
        """A model's plan becomes the draft, and the session waits for the person; its version."""
        with self.engine.store.transaction() as tx:
            base = plans.version_in_force(tx, session_id)
            draft = plan_versions.draft(tx, session_id)
            judged, _ = plan_tiers.judged(tx, proposed, self.policy)
            parent = draft.version if draft is not None else base
            made = plan_versions.add(
                tx, session_id, to_json(judged), parent=parent, author=author, note="proposed by the model"
            )
            plan_versions.set_draft(tx, PlanDraft(session_id=session_id, version=made.version, base=base))
            events.append(tx, session_id, "plan.proposed", "agent", {"version": made.version})
            sessions.set_state(tx, session_id, set(SessionState), SessionState.AWAITING_PLAN, "its plan waits for you")
        return made.version

    def force(self, given: Plan, session_id: str = SESSION, *, state: SessionState = SessionState.RUNNING) -> None:
        """A plan is in force, its tasks queued."""
        with self.engine.store.transaction() as tx:
            made = plan_versions.add(tx, session_id, to_json(given), parent=0, author=MODEL, note="proposed")
            plans.save(tx, session_id, to_json(given), made.version)
            plans.insert_all(tx, rows_of(session_id, given))
            events.append(tx, session_id, "plan.accepted", "orion", {})
            sessions.set_state(tx, session_id, set(SessionState), state, "")

    def status(self, statuses: Mapping[str, TaskStatus], session_id: str = SESSION) -> None:
        """Tasks are as far as this, one after the other, a second apart."""
        for id, status in statuses.items():
            now = self.engine.clock.now()
            begun = now if status is not TaskStatus.BLOCKED else None
            with self.engine.store.transaction() as tx:
                plans.set_status(
                    tx,
                    session_id,
                    id,
                    status,
                    f"{id} is {status}",
                    started_at=begun,
                    finished_at=now if status.finished else None,
                )
                rows = {row.id: row for row in plans.all(tx, session_id)}
                sure = {} if begun is None else {"confidence": rows[id].confidence}
                events.append(tx, session_id, f"task.{status}", "orion", {"task": id, **sure})

    def state(self, state: SessionState, session_id: str = SESSION) -> None:
        """Move a session on, as its worker would."""
        with self.engine.store.transaction() as tx:
            sessions.set_state(tx, session_id, set(SessionState), state, "")
