"""Reviewing a plan, and steering the work on it, over the real engine."""

from orion_tui.bridge.plan_port import PlanView, TaskForm
from orion_tui.bridge.plan_views import checks_of, plan_view
from orion_tui.bridge.port import Said
from orion_tui.core.aegis import policy as policies
from orion_tui.core.engine import Engine
from orion_tui.core.models.meters import Used
from orion_tui.core.models.plans import PlannedAction
from orion_tui.core.session.plan_edits import AddTask, ChangeTask, MoveTask, RemoveTask
from orion_tui.core.session.plan_review import PlanReview
from orion_tui.core.store import sessions


class PlanHand:
    """The part of the lanes' hold on the engine that concerns plans and agents at work."""

    _engine: Engine

    def plan_view(self, session_id: str) -> PlanView:
        """See PlanCommands."""
        return self._seen(self._engine.plan_review(self._engine.session(session_id).id))

    def add_task(self, session_id: str, version: int, task: TaskForm, after: str) -> PlanView:
        """See PlanCommands."""
        edit = AddTask(
            title=task.title or "",
            description=task.description or "",
            kind=task.kind.value if task.kind is not None else "",
            needs=task.needs or (),
            accept=task.checks or (),
            estimate_minutes=task.minutes,
            after=after or None,
        )
        return self._seen(self._engine.edit_plan(session_id, edit, version=version))

    def change_task(self, session_id: str, version: int, task_id: str, task: TaskForm) -> PlanView:
        """See PlanCommands."""
        edit = ChangeTask(
            id=task_id,
            title=task.title,
            description=task.description,
            kind=task.kind.value if task.kind is not None else None,
            needs=task.needs,
            accept=checks_of(task.checks, self._checks(session_id, task_id)) if task.checks is not None else None,
            estimate_minutes=task.minutes,
        )
        return self._seen(self._engine.edit_plan(session_id, edit, version=version))

    def _checks(self, session_id: str, task_id: str) -> tuple[PlannedAction, ...]:
        tasks = self._engine.plan_review(session_id).plan.tasks
        return next((task.accept for task in tasks if task.id == task_id), ())

    def remove_task(self, session_id: str, version: int, task_id: str) -> PlanView:
        """See PlanCommands."""
        return self._seen(self._engine.edit_plan(session_id, RemoveTask(id=task_id), version=version))

    def move_task(self, session_id: str, version: int, task_id: str, to: int) -> PlanView:
        """See PlanCommands."""
        return self._seen(self._engine.edit_plan(session_id, MoveTask(id=task_id, to=to - 1), version=version))

    def undo_edit(self, session_id: str, version: int) -> PlanView:
        """See PlanCommands."""
        return self._seen(self._engine.undo_plan_edit(session_id, version=version))

    def approve_plan(self, session_id: str, version: int) -> None:
        """See PlanCommands."""
        self._engine.approve_plan(session_id, version=version)

    def send_back_plan(self, session_id: str, version: int, comment: str) -> None:
        """See PlanCommands."""
        self._engine.send_back_plan(session_id, comment, version=version)

    def keep_plan(self, session_id: str, version: int) -> None:
        """See PlanCommands."""
        self._engine.keep_plan(session_id, version=version)

    def _seen(self, review: PlanReview) -> PlanView:
        policy = policies.from_json(sessions.policy(self._engine.store.reader(), review.session.policy))
        return plan_view(review, policy, self._engine.unpriced(review.session.id))

    # While it works.

    def answer(self, approval_id: str, text: str) -> None:
        """See Commands."""
        self._engine.answer(approval_id, text)

    def hint(self, session_id: str, text: str) -> None:
        """See Commands."""
        self._engine.hint(session_id, text)

    def raise_budget(self, session_id: str, *, cost_usd: float | None, tokens: int | None, hours: float | None) -> None:
        """See Commands."""
        if cost_usd is None:
            self._engine.raise_budget(session_id, tokens=tokens, hours=hours)
        else:
            self._engine.raise_budget(session_id, cost_usd=cost_usd, tokens=tokens, hours=hours)

    def retry(self, session_id: str, task_id: str | None) -> None:
        """See Commands."""
        self._engine.bring_keys(session_id)
        self._engine.retry(session_id, task_id)

    def words(self, session_id: str) -> Said | None:
        """See Commands."""
        said = self._engine.words(session_id)
        return Said(step=said.step, text=said.text) if said is not None else None

    def printing(self, session_id: str) -> Said | None:
        """See Commands."""
        printed = self._engine.printing(session_id)
        return Said(step=printed.step, text=printed.text, cut=printed.cut) if printed is not None else None

    def meters(self, session_id: str) -> Used | None:
        """See Commands."""
        return self._engine.meters(session_id)
