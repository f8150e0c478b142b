"""Every write a worker makes of its session: fenced, and in one transaction with the event that tells it.

A worker that lost its lease cannot write any more: each transaction first asserts the fencing token and raises
LeaseLost, so a session has one author at any time.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, Unpack

import attrs

from orion_tui.base.clock import Clock
from orion_tui.core.codec import action_from_json, action_to_json, agent_step_to_json, to_json
from orion_tui.core.models.actions import Action, Decision
from orion_tui.core.models.agent import AskModel
from orion_tui.core.models.asked import Asked
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import Approval, ApprovalStatus, SessionState
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session import machine
from orion_tui.core.session.card import describe
from orion_tui.core.store import (
    Reader,
    Store,
    Transaction,
    approval_actions,
    approvals,
    checkpoints,
    events,
    hints,
    leases,
    plans,
    sessions,
    steps,
)
from orion_tui.core.store.plans import TaskColumns
from orion_tui.core.store.sessions import SessionColumns

T = TypeVar("T")


#: What else is written in the same transaction.
Along = Callable[[Transaction], object]

#: Type, actor and data of an event.
Tell = tuple[str, str, dict[str, Any]]


def _nothing(_: Transaction) -> None:
    """Nothing else."""


@attrs.frozen(kw_only=True)
class Used:
    """What one question to a model used."""

    tokens: int = 0
    cost_usd: float = 0.0


@attrs.frozen(kw_only=True)
class Observed:
    """A step that is over when it is written down."""

    #: As `core.codec.action_to_json` or `agent_step_to_json` gives it.
    action: dict[str, Any]
    result: dict[str, Any]
    decision: dict[str, Any] = attrs.field(factory=dict[str, Any])
    #: The model's own id of the call that it answers.
    call: str = ""
    #: The events that tell of it; task, index and step are added to their data.
    events: tuple[Tell, ...]
    #: What else is written in the same transaction.
    along: Callable[[Transaction], object] | None = None


class PolicyChanged(Exception):
    """Another policy is in force for the session: a person allowed something, or took it back. Go on under that one."""


@attrs.frozen(kw_only=True)
class Record:
    """The pen of one worker for one session."""

    store: Store
    clock: Clock
    session_id: str
    fence: int
    policy: str

    def write(self, change: Callable[[Transaction], T]) -> T:
        """One durable transaction under the fence."""

        def fenced(tx: Transaction) -> T:
            leases.assert_fence(tx, self.session_id, self.fence)
            return change(tx)

        return self.store.transact(fenced)

    def _tell(self, tx: Transaction, kind: str, actor: str, data: dict[str, Any]) -> None:
        events.append(tx, self.session_id, kind, actor, data, self.policy)

    def assert_policy(self) -> None:
        """Raise PolicyChanged where another policy is in force by now than this worker decides under."""
        if sessions.policy_in_force(self.store.reader(), self.session_id) != self.policy:
            raise PolicyChanged

    def event(self, kind: str, data: dict[str, Any], *, actor: str = "orion") -> None:
        """An event with no other change."""
        self.write(lambda tx: self._tell(tx, kind, actor, data))

    def state(self, to: SessionState, reason: str, **columns: Unpack[SessionColumns]) -> None:
        """Move the session on; the transition is checked against the one table.

        A session that ends withdraws the questions that nobody answered, and says which hints nobody read: looked at
        here, for one that comes a moment later is refused. What a person asked of it is done with when
        it is paused or has ended; one that only stops for a while keeps the wish, which counts when its lease ends.
        """
        if to not in {SessionState.RUNNING, SessionState.WAITING, SessionState.INTERRUPTED}:
            columns["control"] = ""

        def change(tx: Transaction) -> None:
            unread = hints.waiting(tx, self.session_id) if to not in machine.ACTIVE else []
            said = f"{reason}{_came_too_late(len(unread))}"
            sessions.set_state(tx, self.session_id, machine.sources(to) | {to}, to, said, **columns)
            if to not in machine.ACTIVE:
                approvals.cancel_pending(tx, self.session_id, f"the session is {to}")
            for hint in unread:
                data = {"hint": hint.id, "text": hint.text}
                events.append(tx, self.session_id, "hint.unread", "orion", data, self.policy)

        self.write(change)

    def pause(self, reason: str, running_seconds: float) -> bool:
        """Pause the session if that is still wanted; whether it was: a resume may have come in the meantime."""

        def change(tx: Transaction) -> bool:
            if sessions.get(tx, self.session_id).control != "pause":
                return False
            sessions.set_state(
                tx,
                self.session_id,
                machine.sources(SessionState.PAUSED),
                SessionState.PAUSED,
                reason,
                control="",
                running_seconds=running_seconds,
                finished_at=None,
            )
            return True

        return self.write(change)

    def columns(self, **columns: Unpack[SessionColumns]) -> None:
        """Counters of the session: time, cost, backend."""
        self.write(lambda tx: sessions.update(tx, self.session_id, **columns))

    def task(
        self,
        task_id: str,
        status: TaskStatus,
        event: str,
        data: dict[str, Any],
        along: Along = _nothing,
        **columns: Unpack[TaskColumns],
    ) -> None:
        """A task's new status with the event that tells it; `reason` in `data` is stored with the task."""
        self.write(lambda tx: (self._task(tx, task_id, status, event, data, columns), along(tx)))

    def _task(
        self, tx: Transaction, task_id: str, status: TaskStatus, event: str, data: dict[str, Any], columns: TaskColumns
    ) -> None:
        plans.set_status(tx, self.session_id, task_id, status, str(data.get("reason", "")), **columns)
        self._tell(tx, event, "orion", {"task": task_id, **data})
        if status.finished:
            done = sum(row.status.succeeded for row in plans.all(tx, self.session_id))
            sessions.update(tx, self.session_id, tasks_done=done)

    def start_asking(self, task_id: str, attempt: int, index: int, asked: AskModel) -> int:
        """Write down that a model is about to be asked; the step's number in the session."""

        def change(tx: Transaction) -> int:
            n = self._begin(tx, task_id, attempt, index, agent_step_to_json(asked), {}, "")
            data = {"task": task_id, "index": index, "step": n, "purpose": asked.purpose, "model": asked.model}
            self._tell(tx, "model.asked", "orion", data)
            return n

        return self.write(change)

    def finish_asking(
        self,
        n: int,
        task_id: str,
        event: str,
        data: dict[str, Any],
        result: dict[str, Any],
        used: Used,
        *,
        along: Callable[[Transaction], object] | None = None,
    ) -> None:
        """What the model said, or why it said nothing, with what that used: all of it or nothing."""

        def change(tx: Transaction) -> None:
            steps.finish(tx, self.session_id, n, self.fence, result)
            sessions.spend(tx, self.session_id, used.tokens, used.cost_usd)
            if task_id:
                plans.spend(tx, self.session_id, task_id, used.tokens, used.cost_usd)
            self._tell(tx, event, "agent" if event == "model.answered" else "orion", {"step": n, **data})
            if along is not None:
                along(tx)

        self.write(change)

    def observed(self, task_id: str, attempt: int, first: int, made: Sequence[Observed]) -> list[Step]:
        """Steps that change nothing outside of the record, each started and finished at once, in one transaction.

        They count from index `first`. What was read, asked or noted twice does no harm, so nothing is written before.
        """

        def change(tx: Transaction) -> list[Step]:
            recorded: list[Step] = []
            for index, item in enumerate(made, first):
                n = self._begin(tx, task_id, attempt, index, item.action, item.decision, item.call)
                steps.finish(tx, self.session_id, n, self.fence, item.result)
                if item.along is not None:
                    item.along(tx)
                for kind, actor, data in item.events:
                    self._tell(tx, kind, actor, {"task": task_id, "index": index, "step": n, **data})
                recorded.append(
                    Step(
                        session_id=self.session_id,
                        n=n,
                        task_id=task_id,
                        attempt=attempt,
                        index=index,
                        status=StepStatus.DONE,
                        action=item.action,
                        decision=item.decision,
                        result=item.result,
                        started_at=tx.now,
                        finished_at=tx.now,
                        call=item.call,
                    )
                )
            return recorded

        return self.write(change)

    def _begin(
        self,
        tx: Transaction,
        task_id: str,
        attempt: int,
        index: int,
        action: dict[str, Any],
        decision: dict[str, Any],
        call: str,
        *,
        acceptance: bool = False,
    ) -> int:
        last, finished = steps.last(tx, self.session_id)
        # A step without a result that was not rolled back is the one in flight: it is started again under its number.
        n = last if not finished and steps.counts(tx, self.session_id, last) else last + 1
        step = Step(
            session_id=self.session_id,
            n=n,
            task_id=task_id,
            attempt=attempt,
            index=index,
            status=StepStatus.STARTED,
            action=action,
            decision=decision,
            started_at=tx.now,
            call=call,
            acceptance=acceptance,
        )
        steps.start(tx, step, self.fence)
        return n

    def start_step(
        self,
        task_id: str,
        attempt: int,
        index: int,
        action: Action,
        decision: Decision,
        approval: Approval | None,
        *,
        call: str = "",
        acceptance: bool = False,
        told: Sequence[Tell] = (),
        instead_of: str = "",
    ) -> int:
        """Write down that an action is about to run, and spend the approval that lets it; its number in the session.

        A step that a dead worker left in flight is the only one that is started twice; its approval stays spent and
        counts for it alone. `instead_of` is what was asked, where a person edited it.

        Raises StateError when the approval lapsed in the meantime, PolicyChanged when another policy came in force
        since it was decided under this one: what was taken back lets nothing through any more.
        """

        def change(tx: Transaction) -> int:
            if sessions.policy_in_force(tx, self.session_id) != self.policy:
                raise PolicyChanged
            said = action_to_json(action), to_json(decision)
            n = self._begin(tx, task_id, attempt, index, *said, call, acceptance=acceptance)
            if approval is not None and approval.status is ApprovalStatus.APPROVED:
                approvals.use(tx, approval.id, self.clock.now())
            for kind, actor, more in told:
                self._tell(tx, kind, actor, more)
            data = {"task": task_id, "index": index, "step": n, "text": describe(action)}
            if approval is not None:
                data["approval"] = approval.id
            if instead_of:
                data["instead_of"] = instead_of
            self._tell(tx, "action.started", "agent", data)
            return n

        return self.write(change)

    def in_flight(self, reader: Reader) -> Step | None:
        """The step that was started and has no result yet."""
        last = self._unfinished(reader)
        # One that was rolled back while it was in flight is not taken up again under its old number.
        return last if last is not None and steps.counts(reader, self.session_id, last.n) else None

    def lost_question(self, reader: Reader) -> Step | None:
        """The question to a model that was asked and has no answer: paid for, perhaps, also when it was rolled back."""
        last = self._unfinished(reader)
        return last if last is not None and last.action.get("do") == "AskModel" else None

    def _unfinished(self, reader: Reader) -> Step | None:
        last, finished = steps.last(reader, self.session_id)
        return None if finished else steps.after(reader, self.session_id, last - 1)[-1]

    def finish_step(
        self, n: int, event: str, data: dict[str, Any], result: dict[str, Any], delta: bytes | None
    ) -> None:
        """The step's result, what it changed and its event: all of it or nothing."""

        def change(tx: Transaction) -> None:
            steps.finish(tx, self.session_id, n, self.fence, result, delta)
            self._tell(tx, event, "orion", {"step": n, **data})

        self.write(change)

    def ask(
        self,
        approval: Approval,
        *,
        supersedes: str | None,
        data: dict[str, Any],
        asked: Asked | None = None,
        edited: Action | None = None,
    ) -> None:
        """Put a question to the person; the task waits in the same transaction.

        `asked` is the action that it is about, where it is about one, `edited` what a person made of that before.
        """

        def change(tx: Transaction) -> None:
            if supersedes is not None:
                approvals.supersede(tx, supersedes)
            approvals.insert(tx, approval)
            if asked is not None:
                made = action_to_json(edited) if edited is not None else None
                approval_actions.keep(tx, approval.id, to_json(asked), made)
            reason = f"waits for approval: {data['text']}"
            plans.set_status(tx, self.session_id, approval.task_id, TaskStatus.WAITING, reason)
            self._tell(tx, "approval.asked", "aegis", {"approval": approval.id, "task": approval.task_id, **data})

        self.write(change)

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """The row of a commit that already stands in the session's repository."""
        self.write(lambda tx: checkpoints.insert(tx, checkpoint))

    def task_with_checkpoint(
        self,
        checkpoint: Checkpoint,
        task_id: str,
        status: TaskStatus,
        event: str,
        data: dict[str, Any],
        along: Along = _nothing,
        **columns: Unpack[TaskColumns],
    ) -> None:
        """The end of a task together with the checkpoint that holds its work: between the two there is no instant.

        A task that still runs is gone on with by adding its steps to the last checkpoint, which must not have them.
        """

        def change(tx: Transaction) -> None:
            # In this order: a checkpoint keeps how the tasks stand when it is recorded.
            self._task(tx, task_id, status, event, data, columns)
            checkpoints.insert(tx, checkpoint)
            along(tx)

        self.write(change)

    def approval_for(self, task_id: str, index: int) -> Approval | None:
        """The newest question about this action of this task, while its answer still counts.

        A given answer that ran out unused is recorded as lapsed. A spent one counts for the step in flight alone.
        """
        reader = self.store.reader()
        asked = approvals.for_action(reader, self.session_id, task_id, index)
        if asked is None:
            return None
        match asked.status:
            case ApprovalStatus.APPROVED if asked.lapses_at is not None and self.clock.now() >= asked.lapses_at:
                self.write(lambda tx: approvals.lapse(tx, asked.id, self.clock.now()))
                return None
            case ApprovalStatus.PENDING | ApprovalStatus.APPROVED | ApprovalStatus.REJECTED:
                return asked
            case ApprovalStatus.USED:
                step = self.in_flight(reader)
                return asked if step is not None and (step.task_id, step.index) == (task_id, index) else None
            case _:
                return None

    def edited(self, asked: Approval) -> Action | None:
        """What a person made of the action of a question; None where it stands as it was asked."""
        made = approval_actions.edited(self.store.reader(), asked.id)
        return None if made is None else action_from_json(made)

    def question_of(self, task_id: str) -> Approval | None:
        """The question of this task that still waits for its answer."""
        pending = approvals.pending(self.store.reader(), self.session_id)
        return next((approval for approval in pending if approval.task_id == task_id), None)


def _came_too_late(count: int) -> str:
    """What the reason of an end adds where a person spoke and nobody was left to listen."""
    if not count:
        return ""
    return f"; {'a hint' if count == 1 else f'{count} hints'} came too late to be read"
