"""Whether a task is done: when the commands that the plan agreed on pass.

Where none was agreed there is only the model's word: the task counts as done without a check, which is said wherever it
shows, and one that did nothing at all is flagged for review.
"""

from collections.abc import Sequence

import attrs

from orion_tui.base.text import display_path
from orion_tui.core.agent.fields import field
from orion_tui.core.agent.results import for_model
from orion_tui.core.models.agent import Finish
from orion_tui.core.models.plans import Task
from orion_tui.core.models.steps import Step
from orion_tui.core.session import own_checks
from orion_tui.core.session.agent_calls import Calls
from orion_tui.core.session.card import describe
from orion_tui.core.session.consent import Answer
from orion_tui.core.session.record import Tell
from orion_tui.core.session.task_log import TaskLog
from orion_tui.core.session.task_run import Ending, TaskResult
from orion_tui.roles.schema import Thresholds

#: Times that the acceptance checks may fail before the task does.
CHECK_ROUNDS = 3

#: Why a task is flagged that is done by nothing but the model's word.
NOTHING_DONE = "nothing was changed, and no check was agreed that proves it"

_CHECK_SAID = "An acceptance check failed."


@attrs.define(kw_only=True)
class Checks:
    """The acceptance checks of one attempt at a task."""

    task: Task
    log: TaskLog
    calls: Calls
    thresholds: Thresholds

    def claimed(self) -> tuple[Finish, list[Step]] | None:
        """The model's word that it is done, and the checks since; None where it has not said so, or was told no."""
        for position in range(len(self.log.steps) - 1, -1, -1):
            kind = self.log.steps[position].action.get("do")
            if kind in {"Hint", "AskModel"}:
                return None
            if kind == "Finish":
                action = dict(self.log.steps[position].action)
                action.pop("do")
                return Finish(**action), [step for step in self.log.steps[position + 1 :] if step.acceptance]
        return None

    def check(self, claim: Finish, checks: Sequence[Step]) -> TaskResult | None:
        """The next acceptance check, or the end."""
        if claim.outcome != "done":
            return attrs.evolve(_failed(f"the agent gave it up: {claim.summary}"), confidence=claim.confidence)
        failures = [step for step in checks if not (step.result or {}).get("ok")]
        if failures:
            return self._check_failed(failures[-1], claim)
        if len(checks) == len(self.task.accept):
            return self._done(claim)
        index, item, told = self.log.next, self.task.accept[len(checks)], list[Tell]()
        verdict = self.calls.judge(item.action, index, told)
        text = describe(item.action)
        match verdict.answer:
            case Answer.BLOCKED:
                self.log.write(told)
                reason = f"its check is forbidden: {text}: {verdict.decision.reason}"
                return TaskResult(ending=Ending.BLOCKED, reason=reason, checked="failed")
            case Answer.WAIT:
                self.log.write(told)
                return TaskResult(ending=Ending.WAITING, reason=f"waits for approval: {text}")
            case Answer.REFUSED:
                self.log.write(told)
                said = verdict.approval.answer_reason if verdict.approval is not None else ""
                return _failed(f"its check was rejected: {text}" + (f": {said}" if said else ""), checked="failed")
            case Answer.GO:
                if self.calls.acted(index, item, verdict, told) is None:
                    return TaskResult(ending=Ending.WAITING, reason=f"the approval lapsed: {text}")
        return None

    def _check_failed(self, step: Step, claim: Finish) -> TaskResult | None:
        result = step.result or {}
        text, summary = str(step.action.get("shell") or ""), str(result.get("summary", "failed"))
        rounds = 1 + sum(
            step.action.get("do") == "Hint" and str(step.action.get("text", "")).startswith(_CHECK_SAID)
            for step in self.log.steps
        )
        self.log.record.event("check.failed", {"task": self.task.id, "text": text, "summary": summary, "round": rounds})
        if rounds >= CHECK_ROUNDS:
            reason = f"its check failed {rounds} times: {text}: {summary}"
            return attrs.evolve(_failed(reason, checked="failed"), confidence=claim.confidence)
        what = field("check", text)
        came = field("result of the check", for_model(step.action, step.decision, result))
        self.log.tell_model(f"{_CHECK_SAID} The task is not done. The check, and what came of it:\n{what}\n{came}")
        return None

    def _done(self, claim: Finish) -> TaskResult:
        if not self.task.accept and not self.log.did_something:
            self.log.flag(NOTHING_DONE)
        self.log.flag(self._doubt(claim))
        changed = self._own_checks()
        self.log.flag(own_checks.told([str(display_path(path)) for path in changed]))
        return TaskResult(
            ending=Ending.DONE,
            reason="; ".join(self.log.flags),
            flagged=bool(self.log.flags),
            checked="passed" if self.task.accept else "",
            confidence=min(self.task.sureness, claim.confidence),
            said=claim.summary,
            unchecked=claim.unchecked,
            check_changed=changed,
        )

    def _own_checks(self) -> tuple[str, ...]:
        """What the task itself changed of that which was to prove it."""
        made = [step.delta for step in self.log.steps if step.delta is not None and not step.acceptance]
        changes = (change for delta in made for change in self.calls.files.changes(delta))
        return own_checks.changed((item.action for item in self.task.accept), changes)

    def _doubt(self, claim: Finish) -> str:
        least = self.thresholds.auto_execute
        return f"the agent is sure at {claim.confidence:.2f}" if claim.confidence < least else ""


def _failed(reason: str, *, checked: str = "") -> TaskResult:
    return TaskResult(ending=Ending.FAILED, reason=reason, checked=checked)
