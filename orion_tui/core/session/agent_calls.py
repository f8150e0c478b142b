"""What a model asks for, call by call: parsed, judged, carried out or refused, and told to it either way."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import attrs

from orion_tui.base.errors import ActionError, StateError
from orion_tui.core.agent import tools
from orion_tui.core.agent.model import ToolCall
from orion_tui.core.codec import action_to_json, agent_step_to_json, to_json
from orion_tui.core.external.toolbox import Toolbox
from orion_tui.core.models.actions import Action
from orion_tui.core.models.agent import AgentStep, AskPerson, BadCall, Finish, Note
from orion_tui.core.models.plans import Expectation, PlannedAction, Task
from orion_tui.core.models.sessions import ApprovalStatus
from orion_tui.core.session.acting import Acted, Acting
from orion_tui.core.session.card import describe
from orion_tui.core.session.consent import Answer, Consent, Verdict
from orion_tui.core.session.perform import TAIL, Outcome, perform
from orion_tui.core.session.questions import Questions
from orion_tui.core.session.record import Observed, Tell
from orion_tui.core.session.task_log import TaskLog
from orion_tui.core.session.task_run import Ending, TaskResult
from orion_tui.core.session.work_copy import WorkCopy

#: Calls of one answer that are carried out; the others are told so.
CALLS_A_TURN = 32
#: Takes any exit status: the model is told what it was, and decides.
_ANY = Expectation(exit_code=None)


@attrs.define(kw_only=True)
class Calls:
    """The calls of one attempt at a task."""

    #: The task as the gate is to see it: where the person said yes to the whole of it, its confidence is no matter.
    task: Task
    log: TaskLog
    consent: Consent
    files: WorkCopy
    acting: Acting
    questions: Questions
    dependents: Sequence[str]
    #: Calls that the task may make.
    most_steps: int
    #: What the model may use outside of the sandbox; None where that is nothing.
    external: Toolbox | None = None

    def carry_out(self, calls: Sequence[ToolCall]) -> TaskResult | None:
        """The next of the open calls; those that only look are done together. What is beyond a limit is told so."""
        room = min(CALLS_A_TURN - self._calls_of_this_turn(), self.most_steps - self.log.calls)
        if room <= 0:
            self.log.observe([self._bad(call, BadCall(name=call.name[:64], problem=self._full())) for call in calls])
            return None
        first = self._parse(calls[0])
        if isinstance(first, tools.READ_ONLY):
            looks = list(takewhile(lambda pair: isinstance(pair[1], tools.READ_ONLY), self._parsed(calls)))
            return self._look(looks[:room])
        match first:
            case BadCall():
                self.log.observe([self._bad(calls[0], first)])
            case Note():
                told: Tell = ("agent.noted", "agent", {"text": first.text})
                self.log.add(first, {"ok": True}, [told], call=calls[0].id)
            case Finish():
                data = {"summary": first.summary, "outcome": first.outcome, "confidence": first.confidence}
                data["unchecked"] = first.unchecked
                self.log.add(first, {"accepted": True}, [("agent.finished", "agent", data)], call=calls[0].id)
            case AskPerson():
                return self._ask_person(calls[0], first)
            case _:
                return self._act(calls[0], PlannedAction(action=_action(first), expect=_ANY))
        return None

    def _parse(self, call: ToolCall) -> Action | AgentStep:
        outside = self.external.parse(call) if self.external is not None else None
        return outside if outside is not None else tools.parse(call)

    def _parsed(self, calls: Sequence[ToolCall]) -> Iterator[tuple[ToolCall, Any]]:
        return ((call, self._parse(call)) for call in calls)

    def _full(self) -> str:
        if self.log.calls >= self.most_steps:
            return f"the {self.most_steps} steps of this task are used up, so this was not carried out"
        return f"only the first {CALLS_A_TURN} calls of an answer are carried out; ask again in the next one"

    def _calls_of_this_turn(self) -> int:
        return sum(1 for _ in takewhile(lambda step: step.action.get("do") != "AskModel", reversed(self.log.steps)))

    def _bad(self, call: ToolCall, bad: BadCall) -> Observed:
        data = {"text": f"{bad.name}: {bad.problem}"[:TAIL], "ok": False, "summary": bad.problem[:TAIL], "seconds": 0.0}
        return Observed(
            action=agent_step_to_json(bad),
            result={"ok": False, "output": bad.problem},
            call=call.id,
            events=(("action.failed", "agent", data),),
        )

    def _look(self, looks: Sequence[tuple[ToolCall, Action]]) -> TaskResult | None:
        """Calls that change nothing: judged one by one, done, and recorded together."""
        made: list[Observed] = []
        for call, action in looks:
            index = self.log.next + len(made)
            told: list[Tell] = []
            try:
                verdict = self.judge(action, index, told, ask=False)
                if verdict.answer is Answer.WAIT:
                    break  # it needs a person: what was looked at before it is recorded first
                made.append(self._looked(call, action, verdict, told))
            except ActionError as error:
                made.append(self._not_done(call, action, error.message, told))
        if made:
            self.log.observe(made)
            return None
        return self._act(looks[0][0], PlannedAction(action=looks[0][1], expect=_ANY))

    def _looked(self, call: ToolCall, action: Action, verdict: Verdict, told: list[Tell]) -> Observed:
        if verdict.answer is Answer.BLOCKED:
            return self._blocked(call, action, verdict, told)
        try:
            outcome = perform(action, verdict.decision, self.acting.sandbox, change=None, expect=_ANY, approved=False)
        except ActionError as error:
            outcome = Outcome(ok=False, summary=error.message, result={"error": error.message}, mutates=False)
        data = {"text": describe(action), "ok": outcome.ok, "summary": outcome.summary, "seconds": 0.0}
        return Observed(
            action=action_to_json(action),
            decision=to_json(verdict.decision),
            result={**outcome.result, "ok": outcome.ok, "summary": outcome.summary},
            call=call.id,
            events=(*told, ("action.done" if outcome.ok else "action.failed", "orion", data)),
        )

    def _act(self, call: ToolCall, item: PlannedAction) -> TaskResult | None:
        """One action through gate, person and sandbox; whatever comes of it, the model is told."""
        index, told = self.log.next, list[Tell]()
        try:
            verdict = self.judge(item.action, index, told, said=self._said())
        except ActionError as error:
            self.log.observe([self._not_done(call, item.action, error.message, told)])
            return None
        text = describe(item.action)
        match verdict.answer:
            case Answer.BLOCKED:
                self.log.observe([self._blocked(call, item.action, verdict, told)])
            case Answer.WAIT:
                self.log.write(told)
                return TaskResult(ending=Ending.WAITING, reason=f"waits for approval: {text}")
            case Answer.REFUSED:
                said = verdict.approval.answer_reason if verdict.approval is not None else ""
                data = {"text": text, "ok": False, "summary": f"rejected: {said}" if said else "rejected"}
                refused = Observed(
                    action=action_to_json(item.action),
                    decision=to_json(verdict.decision),
                    result={"ok": False, "refused": said, "summary": data["summary"]},
                    call=call.id,
                    events=(*told, ("action.failed", "user", {**data, "seconds": 0.0})),
                )
                self.log.observe([refused])
            case Answer.GO:
                return self._do(index, item, verdict, call, told)
        return None

    def _do(
        self, index: int, item: PlannedAction, verdict: Verdict, call: ToolCall, told: list[Tell]
    ) -> TaskResult | None:
        if verdict.change is not None and (refusal := self.files.refuses(verdict.change)):
            data = {"task": self.task.id, "index": index, "limit": "write", "reason": refusal}
            told.append(("limit.reached", "aegis", data))
            self.log.observe([self._not_done(call, item.action, refusal, told)])
            return None
        if verdict.decision.flagged:
            self.log.flag(verdict.decision.reason)
        acted = self.acted(index, item, verdict, told, call=call)
        if acted is None:
            return TaskResult(ending=Ending.WAITING, reason=f"the approval lapsed: {describe(item.action)}")
        return None

    def acted(
        self, index: int, item: PlannedAction, verdict: Verdict, told: Sequence[Tell], *, call: ToolCall | None = None
    ) -> Acted | None:
        """Do what was let through: the model's `call`, or without one an acceptance check of the plan.

        None where the approval lapsed meanwhile, and the next round asks again.
        """
        try:
            acted = self.acting.act(
                index, item, verdict, call=call.id if call is not None else "", acceptance=call is None, told=told
            )
        except StateError:
            return None
        self.log.flag(acted.flag)
        self.log.append(acted.step)
        return acted

    def judge(self, action: Action, index: int, told: list[Tell], *, ask: bool = True, said: str = "") -> Verdict:
        """The gate's and, where it needs one, the person's word on an action of this task."""
        return self.consent.judge(action, self.task, index, dependents=self.dependents, ask=ask, told=told, said=said)

    def _said(self) -> str:
        """The agent's own words in the answer that made the call."""
        asked = next((step for step in reversed(self.log.steps) if step.action.get("do") == "AskModel"), None)
        reply: dict[str, Any] = ((asked.result or {}).get("reply") or {}) if asked is not None else {}
        return str(reply.get("text") or "")

    def _blocked(self, call: ToolCall, action: Action, verdict: Verdict, told: Sequence[Tell]) -> Observed:
        decision = verdict.decision
        data = {
            "text": describe(action),
            "layer": decision.layer,
            "rule": decision.rule,
            "reason": decision.reason,
            "expected": False,
        }
        return Observed(
            action=action_to_json(action),
            decision=to_json(decision),
            result={"ok": False, "blocked": decision.reason, "rule": decision.rule, "summary": "blocked"},
            call=call.id,
            events=(*told, ("action.blocked", "aegis", data)),
        )

    def _not_done(self, call: ToolCall, action: Action, reason: str, told: Sequence[Tell]) -> Observed:
        data = {"text": describe(action), "ok": False, "summary": reason, "seconds": 0.0}
        return Observed(
            action=action_to_json(action),
            result={"ok": False, "error": reason, "summary": reason},
            call=call.id,
            events=(*told, ("action.failed", "orion", data)),
        )

    def _ask_person(self, call: ToolCall, asked: AskPerson) -> TaskResult | None:
        answer = self.questions.put(
            self.task, self.log.next, asked.question, dependents=self.dependents, said=self._said()
        )
        if answer is None:
            return TaskResult(ending=Ending.WAITING, reason=f"waits for an answer: {asked.question[:200]}")
        approved = answer.status is ApprovalStatus.APPROVED
        said = answer.answer_reason
        result: dict[str, Any] = {"ok": approved} | ({"answer": said} if approved else {"refused": said})
        told: Tell = ("task.answered", "user", {"text": said[:TAIL], "answered": approved})
        self.log.add(asked, result, [told], call=call.id, along=self.questions.spent(answer))
        return None


def _action(parsed: object) -> Action:
    """What is left of `tools.parse` once every step of the work itself was taken care of."""
    if not isinstance(parsed, Action):
        raise TypeError(f"no action: {type(parsed).__name__}")
    return parsed
