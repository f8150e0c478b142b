"""Work the plan of a session off in one sandbox: one task after the other, each by whoever it is for."""

from typing import Any

import attrs

from orion_tui.base.text import display_path
from orion_tui.core.agent.model import ModelRef, Stopped
from orion_tui.core.agent.opening import opening
from orion_tui.core.agent.role_summary import role_text
from orion_tui.core.models.outcomes import TaskOutcome
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import SessionState, TaskRow
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session import order, stops, task_story
from orion_tui.core.session.acting import LISTED, Acting
from orion_tui.core.session.agent_task import AgentTask
from orion_tui.core.session.asking import CeilingReached
from orion_tui.core.session.checkpointing import Checkpointing
from orion_tui.core.session.consent import Consent
from orion_tui.core.session.planning import Planned
from orion_tui.core.session.quarters import more_memory
from orion_tui.core.session.questions import Questions
from orion_tui.core.session.rooms import Room
from orion_tui.core.session.run import Run
from orion_tui.core.session.task_run import STATUS, Ending, TaskResult, TaskRun
from orion_tui.core.store import Transaction, events, outcomes, plans, steps

#: Characters of the agent's last words on a task that its event carries.
_SAID = 2_000


@attrs.frozen(kw_only=True)
class TaskLoop:
    """The work of one stretch."""

    run: Run
    room: Room
    consent: Consent
    saving: Checkpointing

    def work(self) -> None:
        """Until nothing is left to do without a person, or nothing at all; the session's state then says which.

        Raises what a model or a sandbox does to the whole session.
        """
        run = self.run
        while True:
            if self._halted():
                return
            if self._thinks() and not self._thought_over():
                return
            plan, rows = run.plan(), run.rows()
            for task_id, need in order.newly_blocked(rows).items():
                reason = f"needs {need}, which did not succeed"
                data = {"title": plan.task(task_id).title, "reason": reason}
                run.record.task(task_id, TaskStatus.BLOCKED, "task.blocked", data, finished_at=run.clock.now())
            if self._halted():
                return
            if (stop := self._stop()) is not None:
                run.record.event("limit.reached", {"limit": stop.limit, "reason": stop.reason})
                run.end(SessionState.FAILED, stop.reason)
                return
            row = self._next(rows)
            if row is None:
                self._finish()
                return
            self._task(row, plan)

    def _halted(self) -> bool:
        """Whether nothing more is to be done now; a pause leaves a checkpoint behind."""
        if self.run.control() == "pause":
            self.saving.paused()
        return self.run.controlled() or self.run.closed()

    def _stop(self) -> stops.Stop | None:
        """What the session stops by, all of its plans counted."""
        run, now = self.run, self.run.now
        return stops.reached(run.policy.role, now, stops.ends(run.store.reader(), now), run.running_seconds())

    def _thinks(self) -> bool:
        """Whether the plan is to be thought over, which who stops anyway does not do any more."""
        run = self.run
        return bool(run.now.models) and run.planning().due(run.rows()) and self._stop() is None

    def _thought_over(self) -> bool:
        """Let the model think the plan over; whether to go on."""
        try:
            return self.run.planning().revise(self.run.rows()) is Planned.GO
        except Stopped:
            if self.run.control() == "pause":
                self.saving.paused()
            raise

    def _next(self, rows: list[TaskRow]) -> TaskRow | None:
        """A task that was interrupted first, then one whose approval was answered, then the next in order.

        When only waiting is left, a question that went out of date meanwhile is asked anew, so that the answer fits.
        """
        # The step in flight is its own, and an approval that was spent on that step counts for no other.
        if interrupted := [row for row in rows if row.status is TaskStatus.RUNNING]:
            return interrupted[0]
        waiting = [row for row in rows if row.status is TaskStatus.WAITING]
        questions = {row.id: self.run.record.question_of(row.id) for row in waiting}
        for row in waiting:
            if questions[row.id] is None:
                return row
        if ready := order.runnable(rows):
            return ready[0]
        for row in waiting:
            question = questions[row.id]
            asked_at = question.card.get("inputs", {}).get("checkpoint", "") if question is not None else ""
            if asked_at and asked_at != self.room.files.checkpoint():
                return row
        return None

    def _task(self, row: TaskRow, plan: Plan) -> None:
        run, task, files = self.run, plan.task(row.id), self.room.files
        # Time spent waiting for a person is not time spent working: each stretch of work counts from its own start.
        started = row.started_at if row.status is TaskStatus.RUNNING and row.started_at else run.clock.now()
        if row.status is not TaskStatus.RUNNING:
            run.record.task(row.id, TaskStatus.RUNNING, "task.started", {"title": task.title}, started_at=started)
        thresholds = run.policy.role.confidence_thresholds
        if thresholds.execute_and_flag <= task.sureness < thresholds.auto_execute:
            self.saving.make(row.id, f"before {task.title}")
        done = self._finished_steps(row)
        doer = self._agent(row, task, plan) if task.agent else self._playbook(row, task, plan)
        result = doer.work(done)
        if result.ending is Ending.STOPPED:
            return
        if result.ending is not Ending.DONE:
            files.rewind()
        self._settle(row, task, result)

    def _playbook(self, row: TaskRow, task: Task, plan: Plan) -> TaskRun:
        return TaskRun(
            task=task,
            row=row,
            record=self.run.record,
            consent=self.consent,
            sandbox=self.room.sandbox,
            files=self.room.files,
            dependents=order.dependents(plan, row.id),
            stopped=self.run.stopped,
            more_memory=lambda: more_memory(self.run, self.room),
            home=self.run.home,
            between=lambda: self.saving.timed(task.id, task.title),
        )

    def _agent(self, row: TaskRow, task: Task, plan: Plan) -> AgentTask:
        run, asking, external = self.run, self.run.asking(), self.run.external()
        model = ModelRef.parse(run.now.models["work"])
        return AgentTask(
            task=task,
            row=row,
            record=run.record,
            consent=self.consent,
            files=self.room.files,
            acting=Acting(
                task_id=row.id,
                attempt=row.attempt,
                record=run.record,
                sandbox=self.room.sandbox,
                files=self.room.files,
                more_memory=lambda: more_memory(run, self.room),
                external=external,
                home=run.home,
            ),
            external=external,
            asking=asking,
            questions=Questions(record=run.record, policy=run.policy.base),
            model=model,
            facts=asking.facts(model),
            opening=lambda: self._opening(task, plan),
            dependents=order.dependents(plan, row.id),
            most_steps=run.policy.role.limits.max_steps_per_task,
            stopped=run.stopped,
            between=lambda: self._between(task),
        )

    def _between(self, task: Task) -> None:
        """Between two steps of a task whose length nobody knows. Raises CeilingReached when the time is over."""
        run = self.run
        if (stop := stops.out_of_time(run.policy.role, run.now, run.running_seconds())) is not None:
            raise CeilingReached(stop.reason, stop.limit)
        self.saving.timed(task.id, task.title)

    def _opening(self, task: Task, plan: Plan) -> str:
        run = self.run
        said = task_story.said(run.store.reader(), run.session.id)
        ended = [row for row in run.rows() if row.status.finished]
        return opening(
            run.session.goal,
            plan,
            task,
            [(row.title, said.summary.get(row.id) or row.reason or row.status.value) for row in ended],
            role_text(run.policy.role),
            said.notes,
            steps=run.policy.role.limits.max_steps_per_task,
        )

    def _finished_steps(self, row: TaskRow) -> dict[int, Step]:
        return {
            step.index: step
            for step in steps.counted(self.run.store.reader(), self.run.session.id)
            if step.task_id == row.id and step.attempt == row.attempt and step.status is StepStatus.DONE
        }

    # --- what came of it ------------------------------------------------------------------------------------------

    def _settle(self, row: TaskRow, task: Task, result: TaskResult) -> None:
        record, now, title = self.run.record, self.run.clock.now(), task.title
        data: dict[str, Any] = {"title": title, "reason": result.reason}
        if result.said:
            data |= {"said": result.said[:_SAID], "unchecked": result.unchecked[:_SAID]}
        confidence = task.sureness if result.confidence is None else min(task.sureness, result.confidence)
        if result.ending is not Ending.WAITING:
            # What stops are counted from (`store.task_ends`): a row lasts only as long as its plan.
            data["confidence"] = confidence
        match result.ending:
            case Ending.WAITING:
                # The question and the task's status were written together when it was asked.
                record.task(row.id, TaskStatus.WAITING, "task.waiting", data)
            case Ending.DONE:
                status = TaskStatus.FLAGGED if result.flagged else TaskStatus.DONE
                data |= {
                    "flagged": result.flagged,
                    "checked": result.checked,
                    "seconds": round(task_story.seconds(self.run.store.reader(), row), 3),
                }
                if result.check_changed:
                    data["check_changed"] = [str(display_path(path)) for path in result.check_changed[:LISTED]]
                checkpoint = self.saving.commit(row.id, f"after {title}")
                record.task_with_checkpoint(
                    checkpoint,
                    row.id,
                    status,
                    "task.done",
                    data,
                    lambda tx: self._learn(tx, row, task, status),
                    finished_at=now,
                    checked=result.checked,
                    confidence=confidence,
                )
                self.room.files.publish()
            case _:
                event = "task.blocked" if result.ending is Ending.BLOCKED else "task.failed"
                status = STATUS[result.ending]
                record.task(
                    row.id,
                    status,
                    event,
                    data,
                    # The gate's refusal says nothing of how long such work takes.
                    lambda tx: self._learn(tx, row, task, status) if status is TaskStatus.FAILED else None,
                    finished_at=now,
                    checked=result.checked,
                    confidence=confidence,
                )

    def _learn(self, tx: Transaction, row: TaskRow, task: Task, status: TaskStatus) -> None:
        """Keep what became of the task, for the estimates of others like it."""
        session = self.run.session
        now = next(one for one in plans.all(tx, session.id) if one.id == row.id)
        outcome = TaskOutcome(
            session_id=session.id,
            task_id=row.id,
            role=session.role,
            kind=task.kind.value,
            status=status,
            confidence=task.confidence,
            estimated_seconds=task.estimate_seconds,
            actual_seconds=task_story.seconds(tx, now),
            tokens=now.tokens,
            cost_usd=now.cost_usd,
            created_at=tx.now,
        )
        outcomes.insert(tx, outcome)
        data = {"task": row.id, "kind": outcome.kind, "status": status.value, "seconds": outcome.actual_seconds}
        events.append(tx, session.id, "task.measured", "orion", data)

    def _finish(self) -> None:
        """Nothing is left to do: wait for a person, or end. With a task not done a session is never called complete."""
        run, rows = self.run, self.run.rows()
        waiting = [row for row in rows if row.status is TaskStatus.WAITING]
        if waiting:
            noun = "an approval" if len(waiting) == 1 else f"{len(waiting)} approvals"
            run.end(SessionState.WAITING, f"waits for {noun}")
            return
        short = [row for row in rows if not row.status.succeeded]
        if not short:
            run.end(SessionState.COMPLETED, f"all tasks done{_second_looks(rows)}")
            return
        failed = [row for row in short if row.status is TaskStatus.FAILED]
        first = (failed or short)[0]
        tasks = "task" if len(rows) == 1 else "tasks"
        why = f"first: {first.title}: {first.reason or first.status}"
        run.end(SessionState.FAILED, f"{len(short)} of {len(rows)} {tasks} not done; {why}")


def _second_looks(rows: list[TaskRow]) -> str:
    """What the end of a session says besides, so that nobody takes it for more than it is."""
    flagged = sum(row.status is TaskStatus.FLAGGED for row in rows)
    unchecked = sum(not row.checked for row in rows)
    said = f", {flagged} flagged for review" if flagged else ""
    return said + (f", {unchecked} of {len(rows)} without a check" if unchecked else "")
