"""Work one task off: its actions in order, then its acceptance checks, each through the gate.

The step log is the memory. An action whose step is finished is never run again: its effect is replayed from the step's
delta and its recorded outcome counts. A task that has to wait gives its files back to the last checkpoint, so that
others can go on from there, and takes them up again when the answer is there.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

import attrs

from orion_tui.base.errors import ActionError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import PlannedAction, Task
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.sandbox.base import Sandbox
from orion_tui.core.session.acting import Acting
from orion_tui.core.session.card import describe
from orion_tui.core.session.consent import Answer, Consent, Verdict
from orion_tui.core.session.record import Record
from orion_tui.core.session.work_copy import ReplayConflict, WorkCopy


class Ending(Enum):
    """How a run of a task ended."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    WAITING = "waiting"
    STOPPED = "stopped"


@attrs.frozen(kw_only=True)
class TaskResult:
    """The ending with its reason, and what is worth a second look."""

    ending: Ending
    reason: str = ""
    flagged: bool = False
    checked: str = ""
    #: How sure whoever did it is of it in the end, 0 to 1; None where nothing was said beyond the plan.
    confidence: float | None = None
    #: What the agent says that it did, and what it says that it could not check.
    said: str = ""
    unchecked: str = ""
    #: Paths that it changed and that its checks rest on (`own_checks`).
    check_changed: tuple[str, ...] = ()


@attrs.define(kw_only=True)
class TaskRun:
    """One run of one task."""

    task: Task
    row: TaskRow
    record: Record
    consent: Consent
    sandbox: Sandbox
    files: WorkCopy
    #: Ids of the tasks that wait on this one, for the approval card.
    dependents: Sequence[str]
    #: Whether to stop before the next step.
    stopped: Callable[[], bool]
    #: Whether what ran out of memory is to be run again, with more.
    more_memory: Callable[[], bool]
    #: Called before each step, when everything before it is recorded.
    between: Callable[[], None] = lambda: None
    #: Where what commands print is laid for whoever watches.
    home: OrionHome | None = None
    _flags: list[str] = attrs.field(factory=list[str], init=False)

    def work(self, finished: Mapping[int, Step]) -> TaskResult:
        """Go on after the `finished` steps of this attempt (by action index) until the task ends or has to wait.

        Raises OutOfMemory when the sandbox is to be opened again with more memory before anything else is done.
        """
        try:
            for _, step in sorted(finished.items()):
                if step.delta is not None:
                    self.files.replay(step.delta)
        except ReplayConflict as conflict:
            return self._failed(f"its files changed while it waited: {conflict}; retry the task")
        planned = (*self.task.actions, *self.task.accept)
        for index, item in enumerate(planned):
            if self.stopped():
                return TaskResult(ending=Ending.STOPPED)
            self.between()
            step = finished.get(index)
            result = self._act(index, item) if step is None else self._remembered(step, item)
            if result is not None:
                return result
        return TaskResult(
            ending=Ending.DONE,
            reason="; ".join(self._flags),
            flagged=bool(self._flags),
            checked="passed" if self.task.accept or self._proven() else "",
        )

    def _proven(self) -> bool:
        """Whether actions of the plan say how they must end: a command with its result, or one that must be stopped."""
        return any(isinstance(item.action, RunCommand) or item.expect.blocked for item in self.task.actions)

    def _remembered(self, step: Step, item: PlannedAction) -> TaskResult | None:
        result = step.result or {}
        if step.decision.get("flagged"):
            self._flag(str(step.decision["reason"]))
        if result.get("flag"):
            self._flags.append(str(result["flag"]))
        if result.get("ok", True):
            return None
        return self._failed(f"{describe(item.action)}: {result.get('summary', 'failed')}", index=step.index)

    def _flag(self, reason: str) -> None:
        if reason not in self._flags:
            self._flags.append(reason)

    def _act(self, index: int, item: PlannedAction) -> TaskResult | None:
        """One action through gate, person and sandbox; None when the task may go on."""
        try:
            verdict = self.consent.judge(
                item.action, self.task, index, dependents=self.dependents, ask=not item.expect.blocked
            )
        except ActionError as error:
            return self._action_failed(index, item, error.message)
        text = describe(item.action)
        if item.expect.blocked:
            return self._expected_block(index, text, verdict)
        match verdict.answer:
            case Answer.BLOCKED:
                return self._blocked(index, text, verdict)
            case Answer.WAIT:
                return TaskResult(ending=Ending.WAITING, reason=f"waits for approval: {text}")
            case Answer.REFUSED:
                said = verdict.approval.answer_reason if verdict.approval is not None else ""
                return self._failed(f"{text} was rejected" + (f": {said}" if said else ""), index=index)
            case Answer.GO:
                return self._execute(index, item, verdict)

    def _execute(self, index: int, item: PlannedAction, verdict: Verdict) -> TaskResult | None:
        if verdict.change is not None and (refusal := self.files.refuses(verdict.change)):
            self.record.event(
                "limit.reached",
                {"task": self.task.id, "index": index, "limit": "write", "reason": refusal},
                actor="aegis",
            )
            return self._action_failed(index, item, refusal)
        if verdict.decision.flagged:
            self._flag(verdict.decision.reason)
        acting = Acting(
            task_id=self.task.id,
            attempt=self.row.attempt,
            record=self.record,
            sandbox=self.sandbox,
            files=self.files,
            more_memory=self.more_memory,
            home=self.home,
        )
        try:
            acted = acting.act(index, item, verdict, acceptance=index >= len(self.task.actions))
        except StateError:
            # The approval lapsed between looking and spending: the next round asks again.
            return TaskResult(ending=Ending.WAITING, reason=f"the approval lapsed: {describe(item.action)}")
        if acted.flag:
            self._flags.append(acted.flag)
        return None if acted.ok else self._failed(f"{describe(item.action)}: {acted.summary}", index=index)

    def _expected_block(self, index: int, text: str, verdict: Verdict) -> TaskResult | None:
        """The plan says that the gate must stop this; it is never executed, whatever the answer."""
        if verdict.answer is Answer.BLOCKED:
            self.record.event("action.blocked", self._block_data(index, text, verdict, expected=True), actor="aegis")
            return None
        rule = verdict.decision.rule or "no rule"
        return self._failed(f"{text} was expected to be blocked, but {rule} does not; not executed", index=index)

    def _blocked(self, index: int, text: str, verdict: Verdict) -> TaskResult:
        self.record.event("action.blocked", self._block_data(index, text, verdict, expected=False), actor="aegis")
        return TaskResult(ending=Ending.BLOCKED, reason=f"{text} is forbidden: {verdict.decision.reason}")

    def _block_data(self, index: int, text: str, verdict: Verdict, *, expected: bool) -> dict[str, object]:
        decision = verdict.decision
        return {
            "task": self.task.id,
            "index": index,
            "text": text,
            "layer": decision.layer,
            "rule": decision.rule,
            "reason": decision.reason,
            "expected": expected,
        }

    def _action_failed(self, index: int, item: PlannedAction, reason: str) -> TaskResult:
        text = describe(item.action)
        data = {"task": self.task.id, "index": index, "text": text, "ok": False, "summary": reason, "seconds": 0.0}
        self.record.event("action.failed", data)
        return self._failed(f"{text}: {reason}", index=index)

    def _failed(self, reason: str, index: int = -1) -> TaskResult:
        checking = index >= len(self.task.actions)
        return TaskResult(ending=Ending.FAILED, reason=reason, checked="failed" if checking else "")


#: Statuses a task gets from the ending of its run.
STATUS = {
    Ending.DONE: TaskStatus.DONE,
    Ending.FAILED: TaskStatus.FAILED,
    Ending.BLOCKED: TaskStatus.BLOCKED,
    Ending.WAITING: TaskStatus.WAITING,
}
