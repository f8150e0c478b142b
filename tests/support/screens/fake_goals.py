"""The part of the scripted engine that concerns goals in words: forms, plans under review, agents at work."""

from typing import Any

import attrs

from orion_tui.base.errors import ConflictError, NotFound, StateError
from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.bridge.goal_commands import guard_words
from orion_tui.bridge.goal_port import FieldProblem, GoalForm, GoalRequest, Submitted
from orion_tui.bridge.plan_port import PlanTask, PlanView, TaskForm
from orion_tui.bridge.port import Said
from orion_tui.core.models.meters import Used
from orion_tui.core.models.sessions import ApprovalStatus, SessionState
from tests.support.screens.rows import NOW, session
from tests.support.screens.world import World


class FakeGoals:
    """Over a World, as `FakeCommands` is."""

    _world: World

    def _called(self, name: str, *details: Any) -> None:
        raise NotImplementedError

    def goal_form(self, workspace: str) -> GoalForm:
        self._called("goal_form", workspace)
        form = self._world.form
        assert form is not None, "the world has no form"
        return attrs.evolve(form, place=attrs.evolve(form.place, path=workspace))

    def guard(self, goal: str) -> tuple[str, ...]:
        return guard_words(goal)

    def submit_goal(self, request: GoalRequest, passphrase: str = "") -> Submitted:
        self._called("submit_goal", request, bool(passphrase))
        world = self._world
        if world.passphrase and passphrase != world.passphrase:
            wrong = (FieldProblem(field="", message="that is not the passphrase"),) if passphrase else ()
            return Submitted(problems=wrong, needs_passphrase=True)
        if world.problems:
            return Submitted(problems=world.problems)
        made = session("00a1b2c3d4e5", SessionState.PLANNING, request.goal, role=request.role, tasks_total=0)
        with world.lock:
            world.sessions = [*world.sessions, made]
            world.touch()
        return Submitted(session_id=made.id)

    # Plans.

    def _plan(self, session_id: str, version: int | None = None) -> PlanView:
        view = self._world.plans.get(session_id)
        if view is None:
            raise StateError(f"no plan of session {session_id} waits for you")
        if version is not None and view.version != version:
            raise ConflictError(f"the plan is at version {view.version} by now, not {version}")
        return view

    def _becomes(self, view: PlanView, tasks: tuple[PlanTask, ...]) -> PlanView:
        world = self._world
        numbered = tuple(attrs.evolve(task, number=number) for number, task in enumerate(tasks, 1))
        problems = tuple(f"task {task.id} is forbidden" for task in numbered if task.tier is Tier.FORBIDDEN)
        new = attrs.evolve(view, tasks=numbered, problems=problems, version=view.version + 1, can_undo=True)
        with world.lock:
            world.undo.setdefault(view.session_id, []).append(view)
            world.plans[view.session_id] = new
            world.event(view.session_id, "plan.edited", NOW, actor="user", version=new.version)
            world.touch()
        return new

    def plan_view(self, session_id: str) -> PlanView:
        self._called("plan_view", session_id)
        return self._plan(session_id)

    def add_task(self, session_id: str, version: int, task: TaskForm, after: str) -> PlanView:
        self._called("add_task", session_id, version, task, after)
        view = self._plan(session_id, version)
        new = PlanTask(
            id=f"new-{version}",
            number=0,
            title=task.title or "",
            kind=task.kind or ActionKind.WRITE_CODE,
            description=task.description or "",
            needs=task.needs or (),
            checks=task.checks or (),
            tier=Tier.AUTONOMOUS,
        )
        place = next((i + 1 for i, t in enumerate(view.tasks) if t.id == after), len(view.tasks))
        return self._becomes(view, (*view.tasks[:place], new, *view.tasks[place:]))

    def change_task(self, session_id: str, version: int, task_id: str, task: TaskForm) -> PlanView:
        self._called("change_task", session_id, version, task_id, task)
        view = self._plan(session_id, version)
        given = {name: value for name, value in attrs.asdict(task, recurse=False).items() if value is not None}
        if "kind" in given:
            given["tier"] = Tier.AUTONOMOUS
        return self._becomes(view, tuple(attrs.evolve(t, **given) if t.id == task_id else t for t in view.tasks))

    def remove_task(self, session_id: str, version: int, task_id: str) -> PlanView:
        self._called("remove_task", session_id, version, task_id)
        view = self._plan(session_id, version)
        if view.task(task_id) is None:
            raise NotFound(f"the plan has no task {task_id}")
        left = tuple(
            attrs.evolve(t, needs=tuple(n for n in t.needs if n != task_id)) for t in view.tasks if t.id != task_id
        )
        return self._becomes(view, left)

    def move_task(self, session_id: str, version: int, task_id: str, to: int) -> PlanView:
        self._called("move_task", session_id, version, task_id, to)
        view = self._plan(session_id, version)
        moved = view.task(task_id)
        assert moved is not None
        tasks = [t for t in view.tasks if t.id != task_id]
        tasks.insert(to - 1, moved)
        return self._becomes(view, tuple(tasks))

    def undo_edit(self, session_id: str, version: int) -> PlanView:
        self._called("undo_edit", session_id, version)
        self._plan(session_id, version)
        world = self._world
        with world.lock:
            world.plans[session_id] = world.undo[session_id].pop()
            world.event(session_id, "plan.edited", NOW, actor="user")
            world.touch()
        return world.plans[session_id]

    def approve_plan(self, session_id: str, version: int) -> None:
        self._called("approve_plan", session_id, version)
        self._plan(session_id, version)
        self._world.set_state(session_id, SessionState.RUNNING)

    def send_back_plan(self, session_id: str, version: int, comment: str) -> None:
        self._called("send_back_plan", session_id, version, comment)
        self._world.set_state(session_id, SessionState.PLANNING)

    def keep_plan(self, session_id: str, version: int) -> None:
        self._called("keep_plan", session_id, version)
        self._world.set_state(session_id, SessionState.RUNNING)

    # While it works.

    def answer(self, approval_id: str, text: str) -> None:
        self._called("answer", approval_id, text)
        world = self._world
        with world.lock:
            world.approvals = [
                attrs.evolve(a, status=ApprovalStatus.APPROVED) if a.id == approval_id else a for a in world.approvals
            ]
            world.touch()

    def hint(self, session_id: str, text: str) -> None:
        self._called("hint", session_id, text)
        self._world.event(session_id, "hint.given", NOW, actor="user", hint=1, text=text)
        self._world.touch()

    def raise_budget(self, session_id: str, *, cost_usd: float | None, tokens: int | None, hours: float | None) -> None:
        self._called("raise_budget", session_id, cost_usd, tokens, hours)

    def retry(self, session_id: str, task_id: str | None) -> None:
        self._called("retry", session_id, task_id)
        self._world.set_state(session_id, SessionState.RUNNING)

    def printing(self, session_id: str) -> Said | None:
        return self._world.printed.get(session_id)

    def meters(self, session_id: str) -> Used | None:
        self._world.readings += 1
        return self._world.meters.get(session_id)

    def words(self, session_id: str) -> Said | None:
        text = self._world.said.get(session_id)
        return Said(step=1, text=text) if text is not None else None
