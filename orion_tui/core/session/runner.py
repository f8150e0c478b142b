"""Run one claimed session: fill a sandbox, work the plan off, end honestly.

Runs in a worker thread of the supervisor. Everything it knows is in the store and in the session's repository, so it
can be killed at any instant, or lose its sandbox, and go on from there in another.
"""

import contextlib
from collections.abc import Callable, Generator
from typing import Any

import attrs

from orion_tui.base.clock import Clock, iso
from orion_tui.base.errors import (
    AttestationFailed,
    ChannelClosed,
    GitError,
    PlanRefused,
    SandboxUnavailable,
    StateError,
    Unrecoverable,
)
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.dryrun import probe
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent.model import ModelFailure, ModelPort, ModelRef, Stopped
from orion_tui.core.agent.no_models import NO_MODELS
from orion_tui.core.agent.opening import opening
from orion_tui.core.agent.role_summary import role_text
from orion_tui.core.codec import from_json
from orion_tui.core.external.hub import Hub
from orion_tui.core.external.toolbox import Toolbox, named_servers
from orion_tui.core.models.plans import Plan, Task, TaskStatus
from orion_tui.core.models.sessions import (
    Checkpoint,
    Session,
    SessionState,
    Step,
    StepStatus,
    TaskOutcome,
    TaskRow,
    checkpoint_name,
)
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.sandbox import profiles
from orion_tui.core.sandbox.base import Backend, Limits, Sandbox
from orion_tui.core.session import containment, hours, machine, order, stops, task_story, wishes
from orion_tui.core.session.acting import Acting, OutOfMemory
from orion_tui.core.session.agent_task import AgentTask
from orion_tui.core.session.allowance import allowance
from orion_tui.core.session.asking import Asking, AskLater, CeilingReached, NeedsPerson
from orion_tui.core.session.consent import Consent
from orion_tui.core.session.planning import Planned, Planning
from orion_tui.core.session.questions import Questions
from orion_tui.core.session.record import Record
from orion_tui.core.session.rooms import KEEP, Room, Rooms
from orion_tui.core.session.setbacks import Setbacks
from orion_tui.core.session.shortage import is_disk_full
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.task_run import STATUS, Ending, TaskResult, TaskRun
from orion_tui.core.session.work_copy import WorkCopy
from orion_tui.core.store import (
    Store,
    Transaction,
    checkpoints,
    events,
    outcomes,
    plan_versions,
    plans,
    sessions,
    steps,
)
from orion_tui.core.timeline.refs import checkpoint_ref

#: Why a checkpoint is made when a session is paused.
PAUSED = "paused"
#: Characters of the agent's last words on a task that its event carries.
_SAID = 2_000

ChooseBackend = Callable[[], Backend]


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
    rooms: Rooms
    #: Where questions to language models go; None where this supervisor asks none.
    models: ModelPort | None = None
    #: The way to servers of external tools; None where this supervisor has none.
    hub: Hub | None = None
    setbacks: Setbacks = attrs.field(
        default=attrs.Factory(lambda self: Setbacks(record=self.record), takes_self=True), init=False
    )
    _began: float = attrs.field(default=0.0, init=False)
    _not_before: float = attrs.field(default=0.0, init=False)
    _toolbox: Toolbox | None = attrs.field(default=None, init=False)
    #: When the last checkpoint was made, on the monotonic clock.
    _checkpointed: float = attrs.field(default=0.0, init=False)

    def run(self) -> float:
        """Work until there is nothing to do without a person, or nothing at all.

        Returns when the session may be taken up again, in seconds since the epoch; 0 for at once.
        """
        self._began = self._checkpointed = self.clock.monotonic()
        reader = self.store.reader()
        policy = policies.from_json(sessions.policy(reader, self.session.policy))
        if self._closed(policy):
            return self._not_before
        if unenforced := probe(policy):
            self.record.event("policy.unenforced", {"problems": list(unenforced)}, actor="aegis")
            self._end(SessionState.FAILED, f"the gate does not enforce the role: {unenforced[0]}")
            return 0.0
        self.setbacks.resumed()
        try:
            with self._troubles():
                self._asking(policy).settle_lost()
                if not self._planned(policy):
                    return self._not_before
                started = self.session.started_at or self.clock.now()
                self.record.state(SessionState.RUNNING, "working", started_at=started)
                while self._stretch(policy):
                    pass
        finally:
            if self._toolbox is not None:
                self._toolbox.close()
        return self._not_before

    def _planned(self, policy: Policy) -> bool:
        """See to it that there is a plan in force; whether to go on with it now."""
        reader = self.store.reader()
        if plans.version_in_force(reader, self.session.id) and plan_versions.draft(reader, self.session.id) is None:
            return True
        if self._controlled():
            return False
        model = self._session().models.get("plan", "")
        self.record.state(SessionState.PLANNING, f"asks {model} for a plan", started_at=self._session().started_at)
        planned = self._planning(policy).make()
        if planned is Planned.ABORT:
            self._end(SessionState.FAILED, f"the model sees no way to the goal: {self._planning(policy).reason()}")
        if planned is Planned.GO and self._controlled():
            return False
        return planned is Planned.GO

    @contextlib.contextmanager
    def _troubles(self) -> Generator[None]:
        """What a model may do to a whole session, turned into its state."""
        try:
            yield
        except AskLater as later:
            self._not_before = later.again
            self._end(SessionState.WAITING, later.message)
        except NeedsPerson as stuck:
            hint = f" ({stuck.hint})" if stuck.hint else ""
            self._end(SessionState.PAUSED, f"{stuck.message}{hint}; then: orion resume {self.session.id}")
        except CeilingReached as reached:
            self.record.event("limit.reached", {"limit": reached.limit, "reason": reached.message})
            self._end(SessionState.FAILED, reached.message)
        except Stopped:
            # Told to stop in the middle of a question: carried out as it would be between two steps.
            self._controlled()
        except (PlanRefused, ModelFailure) as failure:
            problems = f": {failure.problems[0]}" if failure.problems else ""
            self._end(SessionState.FAILED, f"no plan: {failure.message}{problems}")

    def _asking(self, policy: Policy) -> Asking:
        return Asking(
            home=self.home,
            record=self.record,
            models=self.models or NO_MODELS,
            clock=self.clock,
            stop=self.stop,
            limits=lambda: allowance(policy.role.limits, self._session()),
        )

    def _planning(self, policy: Policy) -> Planning:
        return Planning(
            record=self.record,
            asking=self._asking(policy),
            policy=policy,
            session=self._session(),
            repo=self._repository,
        )

    def _stretch(self, policy: Policy) -> bool:
        """Work in one sandbox for as long as it serves; whether to go on in another."""
        room, keep = None, False
        try:
            room = self._room(policy)
            with self.stop.aborting(room.sandbox.close):
                try:
                    self._work(policy, room)
                except (AskLater, NeedsPerson, CeilingReached):
                    self._stand_still(room.files)
                    raise
            soon = not self._not_before or self._not_before - self.clock.now() < KEEP
            keep = self._session().state is SessionState.WAITING and soon
        except AskLater as later:
            keep = later.again - self.clock.now() < KEEP
            raise
        except SandboxUnavailable as error:
            if not self._session().backend:
                raise  # there never was one: better said now than tried for hours
            reason, self._not_before = self.setbacks.unavailable(error)
            self._end(SessionState.INTERRUPTED, reason)
        except ChannelClosed as error:
            if self._control() == "cancel":
                self._end(SessionState.CANCELLED, wishes.CANCELLED)
                return False
            self.setbacks.lost(error)
            return not self.stop.is_set()
        except OutOfMemory:
            return True
        finally:
            if room is not None and keep:
                self.rooms.keep(room)
            elif room is not None:
                room.sandbox.close()
        return False

    def _room(self, policy: Policy) -> Room:
        """The sandbox that was kept while the session waited, if it still holds what it should; else a fresh one."""
        done = checkpoints.latest(self.store.reader(), self.session.id)
        base = self.session.snapshot or self.session.base_commit
        commit = done.branch_commit if done is not None else base
        limits = self._limits(policy)
        kept = self.rooms.take(self.session.id)
        if kept is not None:
            if kept.files.at(commit) and kept.limits == limits and kept.sandbox.alive():
                return kept
            kept.sandbox.close()
        repo = self._repository()
        spec = containment.specification(repo, base, self.session.id, policy.role.sandbox, limits)
        sandbox = self.choose().open(spec)
        try:
            with self.stop.aborting(sandbox.close):
                self._attest(sandbox)
                files = WorkCopy(sandbox, repo, policy, self.clock, limits, base=base)
                files.fill(commit)
                if done is not None:
                    files.publish()
        except GitError as error:
            sandbox.close()
            if not is_disk_full(error) and (damage := repo.damage(commit)):
                name = done.name if done is not None else "the base"
                raise Unrecoverable(f"{name} is damaged in the session's repository: {damage}") from error
            raise
        except BaseException:
            sandbox.close()
            raise
        return Room(session_id=self.session.id, sandbox=sandbox, files=files, limits=limits)

    def _repository(self) -> SessionRepo:
        try:
            return session_repo.open(self.home, self.session.id)
        except StateError as error:
            raise Unrecoverable(error.message, hint=error.hint) from error

    def _limits(self, policy: Policy) -> Limits:
        limits = profiles.limits(policy.role.sandbox.profile)
        raised = self._session().memory_bytes
        return attrs.evolve(limits, memory_bytes=raised) if raised else limits

    def _more_memory(self, room: Room) -> bool:
        """Raise the memory of the session's next sandbox by half; whether that is possible, once (BOX-5)."""
        before = room.limits.memory_bytes
        after = profiles.raised(before)
        if after is None or self._session().memory_bytes:
            return False
        self.record.columns(memory_bytes=after)
        self.record.event("sandbox.memory_raised", {"from": before, "to": after})
        return True

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

    def _stand_still(self, files: WorkCopy) -> None:
        """Keep what the task in hand has done so far where a person can see it, for it may stand for long."""
        if files.tree() != files.checkpoint():
            self._checkpoint(files, "", "the model cannot be asked", inside=True)

    def _work(self, policy: Policy, room: Room) -> None:
        files = room.files
        if checkpoints.latest(self.store.reader(), self.session.id) is None:
            if files.outside:
                self.record.event("session.noted", {"notes": list(files.outside[:100])})
            self._checkpoint(files, "", "the base")
        consent = Consent(
            record=self.record,
            policy=policy,
            sandbox=room.sandbox,
            tree=files.tree,
            checkpoint=files.checkpoint,
            differing=files.differing,
            put_back=files.put_back,
            beside=files.beside,
            leave_alone=files.leave_alone,
        )
        self._tasks(policy, room, consent)

    def _tasks(self, policy: Policy, room: Room, consent: Consent) -> None:
        while True:
            plan, rows = self._plan(), self._rows()
            if self._session().models and self._planning(policy).due(rows) and not self._controlled():
                if not self._thought_over(policy, rows):
                    return
                plan, rows = self._plan(), self._rows()
            for task_id, need in order.newly_blocked(rows).items():
                reason = f"needs {need}, which did not succeed"
                data = {"title": plan.task(task_id).title, "reason": reason}
                self.record.task(task_id, TaskStatus.BLOCKED, "task.blocked", data, finished_at=self.clock.now())
            if self._control() == "pause":
                self._pause_checkpoint(room.files)
            if self._controlled() or self._closed(policy):
                return
            if (stop := stops.reached(policy.role, self._session(), rows, self._running_seconds())) is not None:
                self.record.event("limit.reached", {"limit": stop.limit, "reason": stop.reason})
                self._end(SessionState.FAILED, stop.reason)
                return
            row = self._next(rows, room.files)
            if row is None:
                self._finish()
                return
            self._task(row, policy, plan, room, consent)

    def _plan(self) -> Plan:
        return from_json(plans.get(self.store.reader(), self.session.id)[1], Plan)

    def _thought_over(self, policy: Policy, rows: list[TaskRow]) -> bool:
        """Let the model think the plan over; whether to go on."""
        planning = self._planning(policy)
        match planning.revise(rows):
            case Planned.GO:
                return True
            case Planned.AWAIT:
                self.record.columns(running_seconds=self._running_seconds())
            case Planned.ABORT:
                self._end(SessionState.FAILED, f"the model sees no way to the goal: {planning.reason()}")
        return False

    def _next(self, rows: list[TaskRow], files: WorkCopy) -> TaskRow | None:
        """A task that was interrupted first, then one whose approval was answered, then the next in order.

        When only waiting is left, a question that went out of date meanwhile is asked anew, so that the answer fits.
        """
        # The step in flight is its own, and an approval that was spent on that step counts for no other.
        if interrupted := [row for row in rows if row.status is TaskStatus.RUNNING]:
            return interrupted[0]
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

    def _task(self, row: TaskRow, policy: Policy, plan: Plan, room: Room, consent: Consent) -> None:
        task, files = plan.task(row.id), room.files
        # Time spent waiting for a person is not time spent working: each stretch of work counts from its own start.
        started = row.started_at if row.status is TaskStatus.RUNNING and row.started_at else self.clock.now()
        if row.status is not TaskStatus.RUNNING:
            self.record.task(row.id, TaskStatus.RUNNING, "task.started", {"title": task.title}, started_at=started)
        thresholds = policy.role.confidence_thresholds
        if thresholds.execute_and_flag <= task.sureness < thresholds.auto_execute:
            self._checkpoint(files, row.id, f"before {task.title}")
        done = self._finished_steps(row)
        if task.agent:
            result = self._agent(row, policy, plan, room, consent).work(done)
        else:
            result = self._playbook(row, policy, plan, room, consent).work(done)
        if result.ending is Ending.STOPPED:
            return
        if result.ending is not Ending.DONE:
            files.rewind()
        self._settle(row, task, result, started, files)

    def _playbook(self, row: TaskRow, policy: Policy, plan: Plan, room: Room, consent: Consent) -> TaskRun:
        task, files = plan.task(row.id), room.files
        return TaskRun(
            task=task,
            row=row,
            record=self.record,
            consent=consent,
            sandbox=room.sandbox,
            files=files,
            dependents=order.dependents(plan, row.id),
            stopped=lambda: self.stop.is_set() or self._control() != "",
            more_memory=lambda: self._more_memory(room),
            between=lambda: self._timed_checkpoint(files, task.id, task.title, policy),
        )

    def _agent(self, row: TaskRow, policy: Policy, plan: Plan, room: Room, consent: Consent) -> AgentTask:
        task, files = plan.task(row.id), room.files
        asking = self._asking(policy)
        model = ModelRef.parse(self._session().models["work"])
        external = self._external(policy)
        return AgentTask(
            task=task,
            row=row,
            record=self.record,
            consent=consent,
            files=files,
            acting=Acting(
                task_id=row.id,
                attempt=row.attempt,
                record=self.record,
                sandbox=room.sandbox,
                files=files,
                more_memory=lambda: self._more_memory(room),
                external=external,
            ),
            asking=asking,
            questions=Questions(record=self.record, policy=policy.hash),
            model=model,
            facts=asking.models.facts(model),
            opening=lambda: self._opening(task, plan, policy),
            dependents=order.dependents(plan, row.id),
            most_steps=policy.role.limits.max_steps_per_task,
            stopped=lambda: self.stop.is_set() or self._control() != "",
            between=lambda: self._timed_checkpoint(files, task.id, task.title, policy),
            external=external,
        )

    def _external(self, policy: Policy) -> Toolbox | None:
        """The external tools that the role names, connected to by the first task that a model works on in this run."""
        if self._toolbox is None and self.hub is not None and named_servers(policy.role):
            reader = self.store.reader()
            seen = events.of_type(reader, self.session.id, "tools.offered")
            gone = events.of_type(reader, self.session.id, "tools.withdrawn")
            self._toolbox = Toolbox(
                hub=self.hub,
                policy=policy,
                stop=self.stop,
                tell=self.record.event,
                pinned={str(event.data["server"]): str(event.data["mark"]) for event in reversed(seen)},
                withdrawn={str(event.data["server"]): str(event.data["reason"]) for event in gone},
            )
            self._toolbox.open()
        return self._toolbox

    def _opening(self, task: Task, plan: Plan, policy: Policy) -> str:
        rows = [row for row in self._rows() if row.status.finished]
        said = task_story.said(self.store.reader(), self.session.id)
        return opening(
            self.session.goal,
            plan,
            task,
            [(row.title, said.summary.get(row.id) or row.reason or row.status.value) for row in rows],
            role_text(policy.role),
            said.notes,
            steps=policy.role.limits.max_steps_per_task,
        )

    def _settle(self, row: TaskRow, task: Task, result: TaskResult, started: float, files: WorkCopy) -> None:
        now, title = self.clock.now(), task.title
        data: dict[str, Any] = {"title": title, "reason": result.reason}
        if result.said:
            data |= {"said": result.said[:_SAID], "unchecked": result.unchecked[:_SAID]}
        match result.ending:
            case Ending.WAITING:
                # The question and the task's status were written together when it was asked.
                self.record.task(row.id, TaskStatus.WAITING, "task.waiting", data)
            case Ending.DONE:
                status = TaskStatus.FLAGGED if result.flagged else TaskStatus.DONE
                data |= {"flagged": result.flagged, "checked": result.checked, "seconds": round(now - started, 3)}
                checkpoint = self._commit(files, row.id, f"after {title}")
                self.record.task_with_checkpoint(
                    checkpoint,
                    row.id,
                    status,
                    "task.done",
                    data,
                    finished_at=now,
                    checked=result.checked,
                    confidence=task.sureness if result.confidence is None else result.confidence,
                )
                files.publish()
                self._learn(row, task, status)
            case _:
                event = "task.blocked" if result.ending is Ending.BLOCKED else "task.failed"
                confidence = task.sureness if result.confidence is None else min(task.sureness, result.confidence)
                self.record.task(
                    row.id,
                    STATUS[result.ending],
                    event,
                    data,
                    finished_at=now,
                    checked=result.checked,
                    confidence=confidence,
                )
                if result.ending is Ending.FAILED:
                    self._learn(row, task, TaskStatus.FAILED)

    def _learn(self, row: TaskRow, task: Task, status: TaskStatus) -> None:
        """Keep what became of the task, for the estimates of others like it."""
        reader = self.store.reader()
        now = next(one for one in plans.all(reader, self.session.id) if one.id == row.id)
        outcome = TaskOutcome(
            session_id=self.session.id,
            task_id=row.id,
            role=self.session.role,
            kind=task.kind.value,
            status=status,
            confidence=task.confidence,
            estimated_seconds=task.estimate_seconds,
            actual_seconds=task_story.seconds(reader, now),
            tokens=now.tokens,
            cost_usd=now.cost_usd,
            created_at=self.clock.now(),
        )
        data = {"task": row.id, "kind": outcome.kind, "status": status.value, "seconds": outcome.actual_seconds}

        def change(tx: Transaction) -> None:
            outcomes.insert(tx, outcome)
            events.append(tx, self.session.id, "task.measured", "orion", data)

        self.record.write(change)

    def _finished_steps(self, row: TaskRow) -> dict[int, Step]:
        return {
            step.index: step
            for step in steps.counted(self.store.reader(), self.session.id)
            if step.task_id == row.id and step.attempt == row.attempt and step.status is StepStatus.DONE
        }

    def _checkpoint(self, files: WorkCopy, task_id: str, reason: str, *, inside: bool = False) -> None:
        self.record.checkpoint(self._commit(files, task_id, reason, inside=inside))
        files.publish()

    def _timed_checkpoint(self, files: WorkCopy, task_id: str, title: str, policy: Policy) -> None:
        """A checkpoint inside a long task, when the role's interval has passed since the last one."""
        interval = policy.role.limits.checkpoint_interval_minutes * 60
        if self.clock.monotonic() - self._checkpointed >= interval:
            self._checkpoint(files, task_id, f"during {title}", inside=True)

    def _pause_checkpoint(self, files: WorkCopy) -> None:
        if files.tree() != files.checkpoint():
            self._checkpoint(files, "", PAUSED, inside=True)
        else:
            self.record.write(lambda tx: checkpoints.again(tx, self.session.id, PAUSED))

    def _commit(self, files: WorkCopy, task_id: str, reason: str, *, inside: bool = False) -> Checkpoint:
        """The commit of a checkpoint, and what is to be recorded of it; `inside` a task, beside the branch."""
        reader, onto = self.store.reader(), ""
        number = checkpoints.next_number(reader, self.session.id)
        name = checkpoint_name(number)
        if inside:
            commit, tree, onto = files.commit_aside(f"{name} {reason}", checkpoint_ref(name))
        else:
            commit, tree = files.commit(f"{name} {reason}")
        self._checkpointed = self.clock.monotonic()
        return Checkpoint(
            session_id=self.session.id,
            number=number,
            commit=commit,
            tree=tree,
            step=steps.next_n(reader, self.session.id) - 1,
            task_id=task_id,
            reason=reason,
            created_at=self.clock.now(),
            onto=onto,
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
                self._end(SessionState.CANCELLED, wishes.CANCELLED)
                return True
            case "pause":
                return self.record.pause(wishes.PAUSED, self._running_seconds())
            case _:
                if self.stop.is_set():
                    self.record.columns(running_seconds=self._running_seconds())
                    return True
                return False

    def _control(self) -> str:
        return self._session().control

    def _session(self) -> Session:
        return sessions.get(self.store.reader(), self.session.id)

    def _end(self, state: SessionState, reason: str) -> None:
        finished = self.clock.now() if state not in machine.ACTIVE else None
        self.record.state(state, reason, running_seconds=self._running_seconds(), finished_at=finished)

    def _running_seconds(self) -> float:
        return self.session.running_seconds + self.clock.monotonic() - self._began

    def _rows(self) -> list[TaskRow]:
        return plans.all(self.store.reader(), self.session.id)
