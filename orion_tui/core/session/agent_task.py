"""Work one task off with a model: it says what it wants, the gate and the person decide, the sandbox does it.

The step log is the memory: the conversation is rebuilt from the finished steps, so whoever goes on after a crash, a
pause or an approval asks what would have been asked, and pays for no answer twice. The model's word that it is done
starts the acceptance checks; they decide.
"""

from collections.abc import Callable, Mapping, Sequence

import attrs

from orion_tui.core.aegis.confidence import Verdict as Sure
from orion_tui.core.aegis.confidence import judge_confidence
from orion_tui.core.agent.loops import Concern, Watch
from orion_tui.core.agent.model import Finish as FinishReason
from orion_tui.core.agent.model import ModelFacts, ModelRef
from orion_tui.core.codec import agent_step_to_json
from orion_tui.core.external.toolbox import Toolbox
from orion_tui.core.models.agent import Hint, Opening
from orion_tui.core.models.plans import Task
from orion_tui.core.models.sessions import ApprovalStatus, TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.core.session.acting import Acting
from orion_tui.core.session.agent_calls import Calls
from orion_tui.core.session.agent_checks import Checks
from orion_tui.core.session.agent_turns import Turns
from orion_tui.core.session.asking import Asking
from orion_tui.core.session.consent import Consent
from orion_tui.core.session.questions import Questions
from orion_tui.core.session.record import Observed, Record, Tell
from orion_tui.core.session.task_log import TaskLog
from orion_tui.core.session.task_run import Ending, TaskResult
from orion_tui.core.session.unknown import settle_unknown
from orion_tui.core.session.work_copy import ReplayConflict, WorkCopy
from orion_tui.core.store import hints

#: Steps before the last at which the model is told how many are left.
FEW_LEFT = 10


@attrs.define(kw_only=True)
class AgentTask:
    """One run of one attempt at one task."""

    task: Task
    row: TaskRow
    record: Record
    consent: Consent
    files: WorkCopy
    acting: Acting
    asking: Asking
    questions: Questions
    model: ModelRef
    facts: ModelFacts
    #: The first message, made when the task begins.
    opening: Callable[[], str]
    dependents: Sequence[str]
    #: Calls that the task may make.
    most_steps: int
    stopped: Callable[[], bool]
    between: Callable[[], None] = lambda: None
    #: What the model may use outside of the sandbox; None where that is nothing.
    external: Toolbox | None = None
    log: TaskLog = attrs.field(init=False)
    _calls: Calls = attrs.field(init=False)
    _checks: Checks = attrs.field(init=False)
    _turns: Turns = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.log = TaskLog(record=self.record, task_id=self.task.id, attempt=self.row.attempt)
        self._calls = Calls(
            task=self.task,
            log=self.log,
            consent=self.consent,
            files=self.files,
            acting=self.acting,
            questions=self.questions,
            dependents=self.dependents,
            most_steps=self.most_steps,
            external=self.external,
        )
        thresholds = self.consent.policy.role.confidence_thresholds
        self._checks = Checks(task=self.task, log=self.log, calls=self._calls, thresholds=thresholds)
        self._turns = Turns(
            log=self.log, asking=self.asking, model=self.model, facts=self.facts, external=self.external
        )

    def work(self, finished: Mapping[int, Step]) -> TaskResult:
        """Go on after the `finished` steps of this attempt until the task ends or has to wait.

        Raises what concerns more than this task: AskLater, NeedsPerson, CeilingReached, OutOfMemory, ChannelClosed.
        """
        lost = settle_unknown(self.record, self.task.id, self.row.attempt)
        self.log.load([*finished.values(), *([lost] if lost is not None else [])])
        try:
            for step in self.log.steps:
                if step.delta is not None:
                    self.files.replay(step.delta)
        except ReplayConflict as conflict:
            return self._failed(f"its files changed while it waited: {conflict}; retry the task")
        if (unsure := self._sure_enough()) is not None:
            return unsure
        if not self.log.steps:
            self.log.add(Opening(text=self.opening()), {}, [("task.opened", "orion", {})])
        while True:
            if self.stopped():
                return TaskResult(ending=Ending.STOPPED)
            self.between()
            if (result := self._round()) is not None:
                return result

    def _round(self) -> TaskResult | None:
        """One turn: carry out what was asked for, check what is said to be done, or ask the model."""
        if calls := self.log.conversation().open_calls:
            return self._calls.carry_out(calls)
        if (claim := self._checks.claimed()) is not None and not (self._may_hear() and self._take_hints()):
            return self._checks.check(*claim)
        if self._turns.summarised() is None:
            # Not between a summary and its use: it was asked for the steps as they were.
            if (result := self._watched()) is not None:
                return result
            self._take_hints()
        return self._turns.ask()

    def _watched(self) -> TaskResult | None:
        """Whether the work goes anywhere, and whether it may go on."""
        used = self.log.calls
        if used >= self.most_steps:
            return self._failed(f"its {self.most_steps} steps are used up")
        last = self.log.steps[-1].action
        if last.get("do") == "Hint" and last.get("id") == 0:
            return None  # told already, in this very turn
        verdict = Watch.of(self.log.steps, self.log.memo).verdict()
        if verdict.concern is Concern.STOP:
            self.record.event("task.loop", {"task": self.task.id, "reason": verdict.text})
            return self._failed(verdict.text)
        told: list[str] = []
        if self._was_cut_off():
            told.append("Your answer was cut off at its longest. Say less, and use a tool.")
        if verdict.concern is Concern.WARN:
            told.append(verdict.text)
        left = self.most_steps - used
        if left <= FEW_LEFT and used and not self._told_of_few():
            told.append(f"{left} steps are left for this task. Come to an end: finish what matters most.")
        if told:
            self.log.tell_model("\n\n".join(told))
        return None

    def _was_cut_off(self) -> bool:
        """Whether the last answer ended at its longest before it came to any call."""
        last = self.log.steps[-1]
        reply = (last.result or {}).get("reply") if last.action.get("do") == "AskModel" else None
        return bool(reply) and not reply["calls"] and reply["finish"] == FinishReason.LENGTH

    def _told_of_few(self) -> bool:
        return any(
            step.action.get("do") == "Hint" and "steps are left for this task" in str(step.action.get("text"))
            for step in self.log.steps
        )

    def _may_hear(self) -> bool:
        """Whether a hint comes before the end that the model claims.

        Never in the middle of what the person was asked for a check; nor where no step is left to heed it: then the
        next task hears it.
        """
        left = self.log.calls < self.most_steps
        return left and self.record.approval_for(self.task.id, self.log.next) is None

    def _take_hints(self) -> bool:
        """Put what the person said before the model; whether there was anything."""
        waiting = hints.waiting(self.record.store.reader(), self.record.session_id)
        if not waiting:
            return False
        made = [
            Observed(
                action=agent_step_to_json(Hint(id=hint.id, text=hint.text)),
                result={},
                events=(("hint.taken", "orion", {"hint": hint.id}),),
                along=lambda tx, hint=hint: hints.take(tx, hint.id),
            )
            for hint in waiting
        ]
        self.log.observe(made)
        return True

    def _sure_enough(self) -> TaskResult | None:
        """A task that its plan is unsure of waits for the person's yes, once, for all of it (RUN-4)."""
        thresholds = self.consent.policy.role.confidence_thresholds
        if judge_confidence(self.task.sureness, thresholds) not in {Sure.ASK, Sure.COLLAPSE}:
            return None
        if not self.log.steps:
            answer = self.questions.may_start(self.task, dependents=self.dependents)
            if answer is None:
                return TaskResult(
                    ending=Ending.WAITING, reason=f"waits for approval: start at confidence {self.task.sureness:.2f}"
                )
            if answer.status is ApprovalStatus.REJECTED:
                said = f": {answer.answer_reason}" if answer.answer_reason else ""
                return self._failed(f"it was not to be started at confidence {self.task.sureness:.2f}{said}")
            told: Tell = ("task.opened", "orion", {})
            self.log.add(Opening(text=self.opening()), {}, [told], along=self.questions.spent(answer))
        self.log.flag(f"started at confidence {self.task.sureness:.2f}")
        self._calls.task = attrs.evolve(self.task, confidence=1.0, approval_rate=None)
        return None

    def _failed(self, reason: str) -> TaskResult:
        return TaskResult(ending=Ending.FAILED, reason=reason)
