"""Run one claimed session: fill a sandbox, work the plan off, end honestly.

Runs in a worker thread of the supervisor. Everything it knows is in the store and in the session's repository, so it
can be killed at any instant and another runner goes on from there.
"""

import logging
from collections.abc import Callable
from typing import Any

import attrs

from orion_tui.base.clock import Clock, iso
from orion_tui.base.errors import AttestationFailed, ChannelClosed, LeaseLost, OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.dryrun import probe
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.codec import from_json
from orion_tui.core.models.plans import Plan, TaskStatus
from orion_tui.core.models.sessions import Checkpoint, Session, SessionState, Step, StepStatus, TaskRow
from orion_tui.core.repo import session_repo
from orion_tui.core.sandbox import profiles, select
from orion_tui.core.sandbox.base import Backend, Sandbox, SandboxSpec
from orion_tui.core.session import hours, order, stops
from orion_tui.core.session.consent import Consent
from orion_tui.core.session.record import Record
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.task_run import STATUS, Ending, TaskResult, TaskRun
from orion_tui.core.session.work_copy import WorkCopy
from orion_tui.core.store import Store, checkpoints, plans, sessions, steps

_log = logging.getLogger("orion.runner")

_CANCELLED = "cancelled; the work up to the last checkpoint is kept"

ChooseBackend = Callable[[], Backend]


def session_runner(
    home: OrionHome, store: Store, clock: Clock, choose: ChooseBackend = select.choose
) -> Callable[[Session, StopSignal], float]:
    """The supervisor's worker: never raises; whatever goes wrong becomes the session's state and an event."""

    def run(session: Session, stop: StopSignal) -> float:
        record = Record(store=store, clock=clock, session_id=session.id, fence=session.fence, policy=session.policy)
        try:
            runner = Runner(
                home=home, store=store, clock=clock, record=record, session=session, stop=stop, choose=choose
            )
            return runner.run()
        except LeaseLost:
            _log.info("session %s has another worker now", session.id)
        except OrionError as error:
            _give_up(record, error.message, error.problems)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of the worker thread
            _log.exception("session %s", session.id)
            _give_up(record, f"internal error: {type(error).__name__}: {error}", ())
        return 0.0

    return run


def _give_up(record: Record, reason: str, problems: tuple[str, ...]) -> None:
    _log.error("session %s: %s %s", record.session_id, reason, "; ".join(problems))
    try:
        record.state(SessionState.FAILED, reason)
    except OrionError as error:
        # The store itself is the trouble, or the lease is gone: the next supervisor finds the session interrupted.
        _log.error("session %s: could not record its failure: %s", record.session_id, error)


@attrs.define(kw_only=True)
class Runner:
    """One run of one session, from claim to end, wait, pause or stop."""

    home: OrionHome
    store: Store
    clock: Clock
    record: Record
    session: Session
    stop: StopSignal
    choose: ChooseBackend
    _began: float = attrs.field(default=0.0, init=False)
    _not_before: float = attrs.field(default=0.0, init=False)

    def run(self) -> float:
        """Work until there is nothing to do without a person, or nothing at all.

        Returns when the session may be taken up again, in seconds since the epoch; 0 for at once.
        """
        self._began = self.clock.monotonic()
        reader = self.store.reader()
        policy = policies.from_json(sessions.policy(reader, self.session.policy))
        if self._closed(policy):
            return self._not_before
        if unenforced := probe(policy):
            self.record.event("policy.unenforced", {"problems": list(unenforced)}, actor="aegis")
            self._end(SessionState.FAILED, f"the gate does not enforce the role: {unenforced[0]}")
            return 0.0
        _, plan_json = plans.get(reader, self.session.id)
        plan = from_json(plan_json, Plan)
        self.record.state(SessionState.RUNNING, "working", started_at=self.session.started_at or self.clock.now())
        backend = self.choose()
        spec = SandboxSpec(session_id=self.session.id, limits=profiles.limits(policy.role.sandbox.profile))
        with backend.open(spec) as sandbox, self.stop.aborting(sandbox.close):
            try:
                self._attest(sandbox)
                self._work(policy, plan, sandbox)
            except ChannelClosed:
                if self._control() != "cancel":
                    raise
                self._end(SessionState.CANCELLED, _CANCELLED)
        return self._not_before

    def _closed(self, policy: Policy) -> bool:
        """Whether it is outside the role's working hours; the session then waits for them."""
        opens = hours.opens_at(policy.role.working_hours, self.clock.now())
        if opens is None:
            return False
        self._not_before = opens
        self._end(SessionState.WAITING, f"outside working hours; goes on at {iso(opens)}")
        return True

    def _attest(self, sandbox: Sandbox) -> None:
        attestation = sandbox.attest()
        lacks = [f"{p.name}: {p.measured}" for p in attestation.lacks]
        if attestation.failures:
            problems = tuple(f"{p.name}: promised {p.promised}, measured {p.measured}" for p in attestation.failures)
            self.record.event("sandbox.refused", {"backend": attestation.backend, "problems": list(problems)})
            raise AttestationFailed("the sandbox is not what was promised, so no work was done", problems=problems)
        self.record.columns(backend=attestation.backend, backend_lacks="; ".join(lacks))
        data = {"backend": attestation.backend, "lacks": lacks, "properties": len(attestation.properties)}
        self.record.event("sandbox.started", data)

    def _work(self, policy: Policy, plan: Plan, sandbox: Sandbox) -> None:
        repo = session_repo.open(self.home, self.session.id)
        done = checkpoints.latest(self.store.reader(), self.session.id)
        base = self.session.snapshot or self.session.base_commit
        limits = profiles.limits(policy.role.sandbox.profile)
        files = WorkCopy(sandbox, repo, policy, self.clock, limits, base=base)
        files.fill(done.commit if done is not None else base)
        if done is None:
            if files.outside:
                self.record.event("session.noted", {"notes": list(files.outside[:100])})
            self._checkpoint(files, "", "the base")
        consent = Consent(
            record=self.record,
            policy=policy,
            sandbox=sandbox,
            tree=files.tree,
            checkpoint=files.checkpoint,
            differing=files.differing,
            put_back=files.put_back,
        )
        self._tasks(policy, plan, sandbox, files, consent)

    def _tasks(self, policy: Policy, plan: Plan, sandbox: Sandbox, files: WorkCopy, consent: Consent) -> None:
        while True:
            rows = self._rows()
            for task_id, need in order.newly_blocked(rows).items():
                reason = f"needs {need}, which did not succeed"
                data = {"title": plan.task(task_id).title, "reason": reason}
                self.record.task(task_id, TaskStatus.BLOCKED, "task.blocked", data, finished_at=self.clock.now())
            if self._controlled() or self._closed(policy):
                return
            session = sessions.get(self.store.reader(), self.session.id)
            if (stop := stops.reached(policy.role, session, rows, self._running_seconds())) is not None:
                self.record.event("limit.reached", {"limit": stop.limit, "reason": stop.reason})
                self._end(SessionState.FAILED, stop.reason)
                return
            row = self._next(rows, files)
            if row is None:
                self._finish()
                return
            self._task(row, policy, plan, sandbox, files, consent)

    def _next(self, rows: list[TaskRow], files: WorkCopy) -> TaskRow | None:
        """A task whose approval was answered first, then the next in order.

        When only waiting is left, a question that went out of date meanwhile is asked anew, so that the answer fits.
        """
        waiting = [row for row in rows if row.status is TaskStatus.WAITING]
        questions = {row.id: self.record.question_of(row.id) for row in waiting}
        for row in waiting:
            if questions[row.id] is None:
                return row
        if ready := order.runnable(rows):
            return ready[0]
        for row in waiting:
            question = questions[row.id]
            asked_at = question.card.get("inputs", {}).get("checkpoint", "") if question is not None else ""
            if asked_at and asked_at != files.checkpoint():
                return row
        return None

    def _task(
        self, row: TaskRow, policy: Policy, plan: Plan, sandbox: Sandbox, files: WorkCopy, consent: Consent
    ) -> None:
        task = plan.task(row.id)
        # Time spent waiting for a person is not time spent working: each stretch of work counts from its own start.
        started = row.started_at if row.status is TaskStatus.RUNNING and row.started_at else self.clock.now()
        if row.status is not TaskStatus.RUNNING:
            self.record.task(row.id, TaskStatus.RUNNING, "task.started", {"title": task.title}, started_at=started)
        thresholds = policy.role.confidence_thresholds
        if thresholds.execute_and_flag <= task.confidence < thresholds.auto_execute:
            self._checkpoint(files, row.id, f"before {task.title}")
        run = TaskRun(
            task=task,
            row=row,
            record=self.record,
            consent=consent,
            sandbox=sandbox,
            files=files,
            dependents=order.dependents(plan, row.id),
            stopped=lambda: self.stop.is_set() or self._control() != "",
        )
        result = run.work(self._finished_steps(row))
        if result.ending is Ending.STOPPED:
            return
        if result.ending is Ending.DONE:
            self._checkpoint(files, row.id, f"after {task.title}")
        else:
            files.rewind()
        self._settle(row, task.title, result, started)

    def _settle(self, row: TaskRow, title: str, result: TaskResult, started: float) -> None:
        now = self.clock.now()
        data: dict[str, Any] = {"title": title, "reason": result.reason}
        match result.ending:
            case Ending.WAITING:
                # The question and the task's status were written together when it was asked.
                self.record.task(row.id, TaskStatus.WAITING, "task.waiting", data)
            case Ending.DONE:
                status = TaskStatus.FLAGGED if result.flagged else TaskStatus.DONE
                data |= {"flagged": result.flagged, "checked": result.checked, "seconds": round(now - started, 3)}
                self.record.task(row.id, status, "task.done", data, finished_at=now, checked=result.checked)
            case _:
                event = "task.blocked" if result.ending is Ending.BLOCKED else "task.failed"
                self.record.task(row.id, STATUS[result.ending], event, data, finished_at=now, checked=result.checked)

    def _finished_steps(self, row: TaskRow) -> dict[int, Step]:
        return {
            step.index: step
            for step in steps.all(self.store.reader(), self.session.id)
            if step.task_id == row.id and step.attempt == row.attempt and step.status is StepStatus.DONE
        }

    def _checkpoint(self, files: WorkCopy, task_id: str, reason: str) -> None:
        reader = self.store.reader()
        number = len(checkpoints.all(reader, self.session.id))
        commit, tree = files.commit(f"cp-{number:04d} {reason}")
        self.record.checkpoint(
            Checkpoint(
                session_id=self.session.id,
                number=number,
                commit=commit,
                tree=tree,
                step=steps.next_n(reader, self.session.id) - 1,
                task_id=task_id,
                reason=reason,
                created_at=self.clock.now(),
            )
        )

    def _finish(self) -> None:
        """Nothing is left to do: wait for a person, or end. With a task not done a session is never called complete."""
        rows = self._rows()
        waiting = [row for row in rows if row.status is TaskStatus.WAITING]
        if waiting:
            noun = "an approval" if len(waiting) == 1 else f"{len(waiting)} approvals"
            self._end(SessionState.WAITING, f"waits for {noun}")
            return
        short = [row for row in rows if not row.status.succeeded]
        if not short:
            flagged = sum(row.status is TaskStatus.FLAGGED for row in rows)
            self._end(SessionState.COMPLETED, "all tasks done" + (f", {flagged} flagged for review" if flagged else ""))
            return
        failed = [row for row in short if row.status is TaskStatus.FAILED]
        first = (failed or short)[0]
        self._end(
            SessionState.FAILED,
            f"{len(short)} of {len(rows)} tasks not done; first: {first.title}: {first.reason or first.status}",
        )

    def _controlled(self) -> bool:
        """Whether the user or the supervisor asked for a stop, carried out at this point between steps."""
        match self._control():
            case "cancel":
                self._end(SessionState.CANCELLED, _CANCELLED)
                return True
            case "pause":
                self._end(SessionState.PAUSED, "paused by the user")
                return True
            case _:
                if self.stop.is_set():
                    self.record.columns(running_seconds=self._running_seconds())
                    return True
                return False

    def _control(self) -> str:
        return sessions.get(self.store.reader(), self.session.id).control

    def _end(self, state: SessionState, reason: str) -> None:
        finished = None if state in {SessionState.WAITING, SessionState.PAUSED} else self.clock.now()
        self.record.state(state, reason, control="", running_seconds=self._running_seconds(), finished_at=finished)

    def _running_seconds(self) -> float:
        return self.session.running_seconds + self.clock.monotonic() - self._began

    def _rows(self) -> list[TaskRow]:
        return plans.all(self.store.reader(), self.session.id)
