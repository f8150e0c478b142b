"""Work one task off with a model: it says what it wants, the gate and the person decide, the sandbox does it.

The step log is the memory: the conversation is rebuilt from the finished steps, so whoever goes on after a crash, a
pause or an approval asks what would have been asked, and pays for no answer twice. The model's word that it is done
starts the acceptance checks; they decide.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

import attrs

from orion_tui.base.errors import ActionError, StateError
from orion_tui.core.aegis.confidence import Verdict as Sure
from orion_tui.core.aegis.confidence import judge_confidence
from orion_tui.core.agent import compaction, prompt, tools
from orion_tui.core.agent.conversation import Conversation, build
from orion_tui.core.agent.fields import field
from orion_tui.core.agent.loops import Concern, Watch
from orion_tui.core.agent.memo import Memo
from orion_tui.core.agent.model import (
    Declined,
    ModelFacts,
    ModelRef,
    Question,
    RequestRefused,
    Stopped,
    ToolCall,
    TooLong,
)
from orion_tui.core.agent.model import (
    Finish as FinishReason,
)
from orion_tui.core.agent.reply_record import of_record
from orion_tui.core.agent.results import for_model
from orion_tui.core.codec import action_to_json, agent_step_to_json, to_json
from orion_tui.core.external.toolbox import Toolbox
from orion_tui.core.models.actions import Action
from orion_tui.core.models.agent import AgentStep, AskPerson, BadCall, Compaction, Finish, Hint, Note, Opening
from orion_tui.core.models.plans import Expectation, PlannedAction, Task
from orion_tui.core.models.sessions import ApprovalStatus, Step, TaskRow
from orion_tui.core.session.acting import Acted, Acting
from orion_tui.core.session.asking import Asking, question_tokens
from orion_tui.core.session.card import describe
from orion_tui.core.session.consent import Answer, Consent, Verdict
from orion_tui.core.session.perform import TAIL, Outcome, perform
from orion_tui.core.session.questions import Questions
from orion_tui.core.session.record import Observed, Record, Tell
from orion_tui.core.session.task_run import Ending, TaskResult
from orion_tui.core.session.unknown import settle_unknown
from orion_tui.core.session.work_copy import ReplayConflict, WorkCopy
from orion_tui.core.store import hints

#: Tokens that one answer may have.
ANSWER_TOKENS = 8_192
#: Calls of one answer that are carried out; the others are told so.
CALLS_A_TURN = 32
#: Times that the acceptance checks may fail before the task does.
CHECK_ROUNDS = 3
#: Steps before the last at which the model is told how many are left.
FEW_LEFT = 10
#: Takes any exit status: the model is told what it was, and decides.
_ANY = Expectation(exit_code=None)


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
    _steps: list[Step] = attrs.field(factory=list[Step], init=False)
    _flags: list[str] = attrs.field(factory=list[str], init=False)
    _memo: Memo = attrs.field(factory=Memo, init=False)
    #: The conversation after so many steps.
    _built: tuple[int, Conversation] | None = attrs.field(default=None, init=False)
    #: What the gate is told of the task's confidence; the person's yes to the whole task stands for it.
    _judged: Task = attrs.field(default=attrs.Factory(lambda self: self.task, takes_self=True), init=False)
    #: The window as far as it is known: a model that says "too long" knows better than a table.
    _window: int = attrs.field(default=attrs.Factory(lambda self: self.facts.window, takes_self=True), init=False)

    def work(self, finished: Mapping[int, Step]) -> TaskResult:
        """Go on after the `finished` steps of this attempt until the task ends or has to wait.

        Raises what concerns more than this task: AskLater, NeedsPerson, CeilingReached, OutOfMemory, ChannelClosed.
        """
        self._steps = [step for _, step in sorted(finished.items())]
        if (lost := settle_unknown(self.record, self.task.id, self.row.attempt)) is not None:
            self._steps.append(lost)
        try:
            for step in self._steps:
                if step.delta is not None:
                    self.files.replay(step.delta)
        except ReplayConflict as conflict:
            return self._failed(f"its files changed while it waited: {conflict}; retry the task")
        for step in self._steps:
            self._flag(str((step.result or {}).get("flag", "")))
            if step.decision.get("flagged"):
                self._flag(str(step.decision["reason"]))
        if (unsure := self._sure_enough()) is not None:
            return unsure
        if not self._steps:
            self._add(Opening(text=self.opening()), {}, [("task.opened", "orion", {})])
        while True:
            if self.stopped():
                return TaskResult(ending=Ending.STOPPED)
            self.between()
            if (result := self._round()) is not None:
                return result

    def _round(self) -> TaskResult | None:
        """One turn: carry out what was asked for, check what is said to be done, or ask the model."""
        conversation = self._conversation()
        if conversation.open_calls:
            return self._carry_out(conversation.open_calls)
        if (claim := self._claimed()) is not None:
            return self._check(*claim)
        if (result := self._watched()) is not None:
            return result
        self._take_hints()
        return self._ask()

    # --- the model ------------------------------------------------------------------------------------------------

    def _ask(self) -> TaskResult | None:
        loaded = prompt.load("work")
        question = self._bare()
        try:
            question = attrs.evolve(question, messages=self._compacted().messages)
            step, _ = self.asking.ask(
                question,
                purpose="work",
                prompt=loaded.prompt,
                task_id=self.task.id,
                attempt=self.row.attempt,
                index=self._next,
            )
        except Stopped:
            return TaskResult(ending=Ending.STOPPED)
        except TooLong as failure:
            # The window is smaller than it was thought to be: what did not fit is above it.
            known = int(0.8 * question_tokens(question))
            if known >= self._window or known < 2 * ANSWER_TOKENS:
                return self._failed(failure.message)
            self._window = known
            return None
        except (Declined, RequestRefused) as failure:
            return self._failed(failure.message)
        self._steps.append(step)
        return None

    def _compacted(self) -> Conversation:
        """The conversation, made shorter first where it has to be; each shortening is a step."""
        while True:
            conversation = self._conversation()
            reserve = ANSWER_TOKENS + question_tokens(self._bare())
            planned = compaction.plan_compaction(conversation, self._steps, self._window, reserve)
            if planned is None:
                return conversation
            self._compact(planned, conversation)

    def _compact(self, planned: Compaction, conversation: Conversation) -> None:
        summary = ""
        if planned.how == "summary":
            summary = self._summary(planned) or compaction.digest(
                [step for step in self._steps if step.index <= planned.upto]
            )
        data = {"upto": planned.upto, "how": planned.how, "tokens_before": conversation.tokens}
        self._add(planned, {"summary": summary}, [("conversation.compacted", "orion", data)])

    def _summary(self, planned: Compaction) -> str:
        """The model's summary; empty where it gives none, and the step log's own words have to do."""
        last = self._steps[-1]
        if last.action.get("purpose") == "compact" and "reply" in (last.result or {}):
            return of_record((last.result or {})["reply"]).text  # paid for, and not used yet: it was stopped in between
        loaded = prompt.load("compact")
        question = compaction.question(
            self._steps,
            planned,
            model=self.model,
            instructions=loaded.text,
            room=int(0.6 * self._window),
            max_tokens=ANSWER_TOKENS // 2,
        )
        try:
            step, reply = self.asking.ask(
                question,
                purpose="compact",
                prompt=loaded.prompt,
                task_id=self.task.id,
                attempt=self.row.attempt,
                index=self._next,
            )
        except (TooLong, Declined, RequestRefused):
            return ""
        self._steps.append(step)
        return reply.text

    def _bare(self) -> Question:
        return Question(
            model=self.model,
            instructions=prompt.load("work").text,
            messages=(),
            tools=(*tools.TOOLS, *(self.external.tools if self.external is not None else ())),
            max_tokens=ANSWER_TOKENS,
        )

    def _watched(self) -> TaskResult | None:
        """Whether the work goes anywhere, and whether it may go on."""
        used = sum(1 for step in self._steps if step.call)
        if used >= self.most_steps:
            return self._failed(f"its {self.most_steps} steps are used up")
        last = self._steps[-1].action
        if last.get("do") == "Hint" and last.get("id") == 0:
            return None  # told already, in this very turn
        verdict = Watch.of(self._steps, self._memo).verdict()
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
            self._tell_model("\n\n".join(told))
        return None

    def _was_cut_off(self) -> bool:
        """Whether the last answer ended at its longest before it came to any call."""
        last = self._steps[-1]
        reply = (last.result or {}).get("reply") if last.action.get("do") == "AskModel" else None
        return bool(reply) and not reply["calls"] and reply["finish"] == FinishReason.LENGTH

    def _told_of_few(self) -> bool:
        return any(
            step.action.get("do") == "Hint" and "steps are left for this task" in str(step.action.get("text"))
            for step in self._steps
        )

    def _take_hints(self) -> None:
        waiting = hints.waiting(self.record.store.reader(), self.record.session_id)
        if not waiting:
            return
        made = [
            Observed(
                action=agent_step_to_json(Hint(id=hint.id, text=hint.text)),
                result={},
                events=(("hint.taken", "orion", {"hint": hint.id}),),
                along=lambda tx, hint=hint: hints.take(tx, hint.id),
            )
            for hint in waiting
        ]
        self._observe(made)

    def _tell_model(self, text: str) -> None:
        self._add(Hint(id=0, text=text), {}, [("agent.told", "orion", {"text": text[:TAIL]})])

    # --- what it asks for -----------------------------------------------------------------------------------------

    def _carry_out(self, calls: Sequence[ToolCall]) -> TaskResult | None:
        """The next of the open calls; those that only look are done together."""
        done = self._calls_of_this_turn()
        if done >= CALLS_A_TURN:
            problem = f"only the first {CALLS_A_TURN} calls of an answer are carried out; ask again in the next one"
            self._observe([self._bad(call, BadCall(name=call.name[:64], problem=problem)) for call in calls])
            return None
        first = self._parse(calls[0])
        if isinstance(first, tools.READ_ONLY):
            looks = list(takewhile(lambda pair: isinstance(pair[1], tools.READ_ONLY), self._parsed(calls)))
            return self._look(looks[: CALLS_A_TURN - done])
        match first:
            case BadCall():
                self._observe([self._bad(calls[0], first)])
            case Note():
                told: Tell = ("agent.noted", "agent", {"text": first.text})
                self._add(first, {"ok": True}, [told], call=calls[0].id)
            case Finish():
                data = {"summary": first.summary, "outcome": first.outcome, "confidence": first.confidence}
                data["unchecked"] = first.unchecked
                self._add(first, {"accepted": True}, [("agent.finished", "agent", data)], call=calls[0].id)
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

    def _calls_of_this_turn(self) -> int:
        return sum(1 for _ in takewhile(lambda step: step.action.get("do") != "AskModel", reversed(self._steps)))

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
            index = self._next + len(made)
            told: list[Tell] = []
            try:
                verdict = self._judge(action, index, told, ask=False)
                if verdict.answer is Answer.WAIT:
                    break  # it needs a person: what was looked at before it is recorded first
                made.append(self._looked(call, action, verdict, told))
            except ActionError as error:
                made.append(self._not_done(call, action, error.message, told))
        if made:
            self._observe(made)
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
        index, told = self._next, list[Tell]()
        try:
            verdict = self._judge(item.action, index, told)
        except ActionError as error:
            self._observe([self._not_done(call, item.action, error.message, told)])
            return None
        text = describe(item.action)
        match verdict.answer:
            case Answer.BLOCKED:
                self._observe([self._blocked(call, item.action, verdict, told)])
            case Answer.WAIT:
                self._write(told)
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
                self._observe([refused])
            case Answer.GO:
                return self._do(index, item, verdict, call, told)
        return None

    def _do(
        self, index: int, item: PlannedAction, verdict: Verdict, call: ToolCall, told: list[Tell]
    ) -> TaskResult | None:
        if verdict.change is not None and (refusal := self.files.refuses(verdict.change)):
            data = {"task": self.task.id, "index": index, "limit": "write", "reason": refusal}
            told.append(("limit.reached", "aegis", data))
            self._observe([self._not_done(call, item.action, refusal, told)])
            return None
        if verdict.decision.flagged:
            self._flag(verdict.decision.reason)
        acted = self._acted(index, item, verdict, call.id, told)
        if acted is None:
            return TaskResult(ending=Ending.WAITING, reason=f"the approval lapsed: {describe(item.action)}")
        return None

    def _acted(
        self, index: int, item: PlannedAction, verdict: Verdict, call: str, told: Sequence[Tell]
    ) -> Acted | None:
        """None where the approval lapsed between looking and spending: the next round asks again."""
        try:
            acted = self.acting.act(index, item, verdict, call=call, told=told)
        except StateError:
            return None
        self._flag(acted.flag)
        self._steps.append(acted.step)
        return acted

    def _judge(self, action: Action, index: int, told: list[Tell], *, ask: bool = True) -> Verdict:
        return self.consent.judge(action, self._judged, index, dependents=self.dependents, ask=ask, told=told)

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
        answer = self.questions.put(self.task, self._next, asked.question, dependents=self.dependents)
        if answer is None:
            return TaskResult(ending=Ending.WAITING, reason=f"waits for an answer: {asked.question[:200]}")
        approved = answer.status is ApprovalStatus.APPROVED
        said = answer.answer_reason
        result: dict[str, Any] = {"ok": approved} | ({"answer": said} if approved else {"refused": said})
        told: Tell = ("task.answered", "user", {"text": said[:TAIL], "answered": approved})
        self._add(asked, result, [told], call=call.id, along=self.questions.spent(answer))
        return None

    # --- beginning and end ----------------------------------------------------------------------------------------

    def _sure_enough(self) -> TaskResult | None:
        """A task that its plan is unsure of waits for the person's yes, once, for all of it (RUN-4)."""
        thresholds = self.consent.policy.role.confidence_thresholds
        if judge_confidence(self.task.sureness, thresholds) not in {Sure.ASK, Sure.COLLAPSE}:
            return None
        if not self._steps:
            answer = self.questions.may_start(self.task, dependents=self.dependents)
            if answer is None:
                return TaskResult(
                    ending=Ending.WAITING, reason=f"waits for approval: start at confidence {self.task.sureness:.2f}"
                )
            if answer.status is ApprovalStatus.REJECTED:
                said = f": {answer.answer_reason}" if answer.answer_reason else ""
                return self._failed(f"it was not to be started at confidence {self.task.sureness:.2f}{said}")
            told: Tell = ("task.opened", "orion", {})
            self._add(Opening(text=self.opening()), {}, [told], along=self.questions.spent(answer))
        self._flag(f"started at confidence {self.task.sureness:.2f}")
        self._judged = attrs.evolve(self.task, confidence=1.0, approval_rate=None)
        return None

    def _claimed(self) -> tuple[Finish, list[Step]] | None:
        """The model's word that it is done, and the checks since; None where it has not said so, or was told no."""
        for position in range(len(self._steps) - 1, -1, -1):
            kind = self._steps[position].action.get("do")
            if kind in {"Hint", "AskModel"}:
                return None
            if kind == "Finish":
                action = dict(self._steps[position].action)
                action.pop("do")
                return Finish(**action), [step for step in self._steps[position + 1 :] if not step.call]
        return None

    def _check(self, claim: Finish, checks: Sequence[Step]) -> TaskResult | None:
        """The next acceptance check, or the end."""
        if claim.outcome != "done":
            return attrs.evolve(self._failed(f"the agent gave it up: {claim.summary}"), confidence=claim.confidence)
        failures = [step for step in checks if not (step.result or {}).get("ok")]
        if failures:
            return self._check_failed(failures[-1], claim)
        if len(checks) == len(self.task.accept):
            return self._done(claim)
        index, item, told = self._next, self.task.accept[len(checks)], list[Tell]()
        verdict = self._judge(item.action, index, told)
        text = describe(item.action)
        match verdict.answer:
            case Answer.BLOCKED:
                self._write(told)
                reason = f"its check is forbidden: {text}: {verdict.decision.reason}"
                return TaskResult(ending=Ending.BLOCKED, reason=reason, checked="failed")
            case Answer.WAIT:
                self._write(told)
                return TaskResult(ending=Ending.WAITING, reason=f"waits for approval: {text}")
            case Answer.REFUSED:
                self._write(told)
                said = verdict.approval.answer_reason if verdict.approval is not None else ""
                return self._failed(f"its check was rejected: {text}" + (f": {said}" if said else ""), checked="failed")
            case Answer.GO:
                if self._acted(index, item, verdict, "", told) is None:
                    return TaskResult(ending=Ending.WAITING, reason=f"the approval lapsed: {text}")
        return None

    def _check_failed(self, step: Step, claim: Finish) -> TaskResult | None:
        result = step.result or {}
        text, summary = str(step.action.get("shell") or ""), str(result.get("summary", "failed"))
        rounds = 1 + sum(
            step.action.get("do") == "Hint" and str(step.action.get("text", "")).startswith(_CHECK_SAID)
            for step in self._steps
        )
        self.record.event("check.failed", {"task": self.task.id, "text": text, "summary": summary, "round": rounds})
        if rounds >= CHECK_ROUNDS:
            reason = f"its check failed {rounds} times: {text}: {summary}"
            return attrs.evolve(self._failed(reason, checked="failed"), confidence=claim.confidence)
        what = field("check", text)
        came = field("result of the check", for_model(step.action, step.decision, result))
        self._tell_model(f"{_CHECK_SAID} The task is not done. The check, and what came of it:\n{what}\n{came}")
        return None

    def _done(self, claim: Finish) -> TaskResult:
        self._flag(self._doubt(claim))
        return TaskResult(
            ending=Ending.DONE,
            reason="; ".join(self._flags),
            flagged=bool(self._flags),
            checked="passed" if self.task.accept else "",
            confidence=min(self.task.sureness, claim.confidence),
            said=claim.summary,
            unchecked=claim.unchecked,
        )

    def _doubt(self, claim: Finish) -> str:
        least = self.consent.policy.role.confidence_thresholds.auto_execute
        return f"the agent is sure at {claim.confidence:.2f}" if claim.confidence < least else ""

    def _failed(self, reason: str, *, checked: str = "") -> TaskResult:
        return TaskResult(ending=Ending.FAILED, reason=reason, checked=checked)

    # --- the log --------------------------------------------------------------------------------------------------

    def _conversation(self) -> Conversation:
        if self._built is None or self._built[0] != len(self._steps):
            self._built = len(self._steps), build(self._steps, memo=self._memo)
        return self._built[1]

    @property
    def _next(self) -> int:
        return self._steps[-1].index + 1 if self._steps else 0

    def _add(
        self, step: AgentStep, result: dict[str, Any], events: Sequence[Tell], *, call: str = "", along: Any = None
    ) -> None:
        made = Observed(action=agent_step_to_json(step), result=result, call=call, events=tuple(events), along=along)
        self._observe([made])

    def _observe(self, made: Sequence[Observed]) -> None:
        self._steps += self.record.observed(self.task.id, self.row.attempt, self._next, made)

    def _write(self, told: Sequence[Tell]) -> None:
        for kind, actor, data in told:
            self.record.event(kind, data, actor=actor)

    def _flag(self, reason: str) -> None:
        if reason and reason not in self._flags:
            self._flags.append(reason)


_CHECK_SAID = "An acceptance check failed."


def _action(parsed: object) -> Action:
    """What is left of `tools.parse` once every step of the work itself was taken care of."""
    if not isinstance(parsed, Action):
        raise TypeError(f"no action: {type(parsed).__name__}")
    return parsed
