"""One question to a model, as a session asks it: within its budget, on record, and never twice for one answer.

The question is written down before it is asked, with what it costs at the most; the answer, or why there is none, lands
in one transaction with what it used. Where the provider does not say what that was, it is estimated (`charges`), and a
question that a dead process left open is counted at its most: a ceiling holds whatever happens.
"""

import math
from collections.abc import Callable
from typing import Any

import attrs

from orion_tui.base.clock import Clock, local_time
from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import clean
from orion_tui.core.agent import ceilings, reply_record
from orion_tui.core.agent.ceilings import Budget, Refusal, Spent
from orion_tui.core.agent.model import (
    NEEDS_PERSON,
    ModelFacts,
    ModelFailure,
    ModelPort,
    ModelRef,
    NoCall,
    Question,
    RateLimited,
    Reply,
    Stopped,
)
from orion_tui.core.agent.tokens import estimate_tokens
from orion_tui.core.codec import agent_step_to_json
from orion_tui.core.models.agent import AskModel, Prompt
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.session import charges
from orion_tui.core.session.charges import Charge, Price
from orion_tui.core.session.patience import Patience
from orion_tui.core.session.record import Record
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.words import Speaking
from orion_tui.core.store import Reader, Transaction, events, sessions
from orion_tui.roles.schema import SessionLimits

#: Seconds until the same question is asked again after the first, second and third failure in a row, and from then on.
RETRIES = (30.0, 60.0, 300.0)
PROBE = 900.0
#: Longest sleep for a provider's word on when its limit is over, in seconds.
LONGEST_RESET = 24 * 3600.0
#: Events that are looked through for failures in a row.
_RECENT = 200
#: Characters of an answer that its event carries.
_SAID = 300
#: Failures that pass only when a person does something.
_STUCK = NEEDS_PERSON


class AskLater(OrionError):
    """The model fails in a way that may pass; `again` is when to ask once more, in seconds since the epoch."""

    def __init__(self, message: str, again: float, *, checkpoint: bool) -> None:
        super().__init__(message)
        self.again = again
        #: Whether it is worth a checkpoint: the wait may be long.
        self.checkpoint = checkpoint


class NeedsPerson(OrionError):
    """No model can be asked before a person has done something about it."""


class CeilingReached(OrionError):
    """The question could cost more than the session has left: it is not asked."""

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


@attrs.define(kw_only=True)
class Asking:
    """The questions of one session. Used by its worker's thread alone."""

    home: OrionHome
    record: Record
    models: ModelPort
    clock: Clock
    stop: StopSignal
    #: What the session may use.
    limits: Callable[[], SessionLimits]

    def settle_lost(self) -> None:
        """Count a question that a process took with it: its answer may have been paid for, and will never be seen."""
        step = self.record.lost_question(self.record.store.reader())
        if step is None:
            return
        charge = charges.of_lost(step.action)
        summary = "its answer was lost with the process that asked; it is counted at what it costs at the most"
        result = {"ok": False, "lost": True, "summary": summary, **charge.told()}
        data = {
            "task": step.task_id,
            "index": step.index,
            "purpose": step.action.get("purpose", ""),
            "model": step.action.get("model", ""),
            "reason": summary,
            **charge.told(),
        }
        self.record.finish_asking(step.n, step.task_id, "model.failed", data, result, charge.used)

    def ask(
        self,
        question: Question,
        *,
        purpose: str,
        prompt: Prompt,
        task_id: str,
        attempt: int,
        index: int,
        size: int | None = None,
    ) -> tuple[Step, Reply]:
        """The model's answer and the step that holds it. `size` is `question_tokens`, where the asker has it already.

        Raises CeilingReached before anything is asked; AskLater and NeedsPerson for what concerns the whole session;
        Stopped when the session is to stop; and, as they are, failures that concern this question alone: TooLong,
        NoCall, Declined, RequestRefused.
        """
        if (resting := rests(self.record.store.reader(), self.record.session_id, question.model, self.clock.now())) > 0:
            # Woken for another reason: who asks before the time that was named takes a rung of the ladder for nothing.
            reason = f"{question.model} did not answer; asks again at {self._time(resting)}"
            raise AskLater(reason, resting, checkpoint=False)
        question, asked, price = self._within_budget(question, purpose, prompt, size)
        n = self.record.start_asking(task_id, attempt, index, asked)
        data: dict[str, Any] = {"task": task_id, "index": index, "purpose": purpose, "model": asked.model}
        try:
            reply = self._heard(question, n)
        except ModelFailure as failure:
            charge = charges.of_failure(failure, asked, question.max_tokens, price)
            raise self._failed(failure, charge, n, task_id, data) from failure
        charge = charges.of_reply(reply, asked, question.max_tokens, price)
        result = {
            "ok": True,
            "reply": reply_record.to_record(reply),
            **charge.told(),
            "seconds": round(reply.seconds, 3),
        }
        data |= {
            **charge.told(),
            "seconds": round(reply.seconds, 3),
            "text": str(clean(reply.text))[:_SAID],
            "calls": [call.name[:64] for call in reply.calls[:20]],
        }
        self.record.finish_asking(n, task_id, "model.answered", data, result, charge.used, along=self._warn)
        step = Step(
            session_id=self.record.session_id,
            n=n,
            task_id=task_id,
            attempt=attempt,
            index=index,
            status=StepStatus.DONE,
            action=agent_step_to_json(asked),
            decision={},
            result=result,
            started_at=self.clock.now() - reply.seconds,
            finished_at=self.clock.now(),
        )
        return step, reply

    def facts(self, model: ModelRef, *, tokens: int = 1_000) -> ModelFacts:
        """What is known of a model. Raises NeedsPerson where the settings do not have it any more."""
        try:
            return self.models.facts(model, tokens=tokens)
        except _STUCK as failure:
            raise NeedsPerson(failure.message, hint=failure.hint, problems=failure.problems) from failure

    def _within_budget(
        self, question: Question, purpose: str, prompt: Prompt, known: int | None
    ) -> tuple[Question, AskModel, Price]:
        session = sessions.get(self.record.store.reader(), self.record.session_id)
        limits = self.limits()
        size = known if known is not None else question_tokens(question)
        price = self.facts(question.model, tokens=size).price
        allowed = ceilings.allow(
            size,
            question.max_tokens,
            price,
            Spent(cost_usd=session.cost_usd, tokens=session.tokens),
            Budget(max_cost_usd=limits.max_cost_usd, max_tokens=limits.max_tokens),
        )
        if isinstance(allowed, Refusal):
            raise CeilingReached(allowed.text, allowed.ceiling)
        asked = AskModel(
            purpose=purpose,
            model=str(question.model),
            prompt=prompt,
            at_most=size + allowed,
            at_most_usd=(size * price[0] + allowed * price[1]) / 1_000_000 if price is not None else None,
        )
        return attrs.evolve(question, max_tokens=allowed), asked, price

    def _heard(self, question: Question, n: int) -> Reply:
        """Ask, for as long as the session may: when it is to stop, an answer that is under way has a moment to end."""
        patience = Patience(self.stop, self.clock)
        with (
            self.stop.aborting(patience.end),
            Speaking(self.home, self.record.session_id, n) as speaking,
        ):
            return self.models.ask(question, heard=speaking.heard, stop=patience)

    def _failed(self, failure: ModelFailure, charge: Charge, n: int, task_id: str, data: dict[str, Any]) -> OrionError:
        """Record that there is no answer; the error that says what to do about it."""
        reason = str(clean(failure.message, keep_newlines=False))
        raised: OrionError = failure
        again = 0.0
        if isinstance(failure, _STUCK):
            raised = NeedsPerson(reason, hint=failure.hint, problems=failure.problems)
        elif failure.passing and not isinstance(failure, NoCall):
            again, long = self._again(failure)
            raised = AskLater(f"{reason}; asks again at {self._time(again)}", again, checkpoint=long)
        result = {"ok": False, "failure": type(failure).__name__, "summary": reason, **charge.told()}
        data |= {"reason": reason, "failure": type(failure).__name__, **charge.told()}
        if again:
            data["again"] = again
        if isinstance(failure, RateLimited) and failure.reset_at is not None:
            data["reset_at"] = failure.reset_at
        event = "model.stopped" if isinstance(failure, Stopped) else "model.failed"
        self.record.finish_asking(n, task_id, event, data, result, charge.used, along=self._warn)
        return raised

    def _time(self, at: float) -> str:
        return local_time(at, now=self.clock.now())

    def _again(self, failure: ModelFailure) -> tuple[float, bool]:
        """When to ask once more, and whether that is long from now."""
        now = self.clock.now()
        in_a_row, slept = 0, False
        for event in reversed(events.latest(self.record.store.reader(), self.record.session_id, _RECENT)):
            if event.type == "model.answered":
                break
            if event.type == "model.failed" and "again" in event.data:
                in_a_row += 1
                slept = slept or "reset_at" in event.data
        if isinstance(failure, RateLimited) and failure.reset_at is not None and not slept:
            # Once: a limit that is still there after the time that the provider named is a failure like any other.
            return min(max(failure.reset_at, now + 1.0), now + LONGEST_RESET), failure.reset_at - now > RETRIES[-1]
        if in_a_row < len(RETRIES):
            return now + RETRIES[in_a_row], False
        return now + PROBE, True

    def _warn(self, tx: Transaction) -> None:
        """Say once that four fifths of a limit are used (RUN-8)."""
        session = sessions.get(tx, self.record.session_id)
        limits = self.limits()
        given = [name for name in session.warned.split(",") if name]
        budget = Budget(max_cost_usd=limits.max_cost_usd, max_tokens=limits.max_tokens)
        spent = Spent(cost_usd=session.cost_usd, tokens=session.tokens)
        new = [name for name in ceilings.warning(spent, budget, Spent()) if name not in given]
        for name in new:
            share = session.tokens / limits.max_tokens if name == "tokens" else session.cost_usd / _above_zero(limits)
            data = {"what": name, "share": round(share, 3), "tokens": session.tokens, "cost_usd": session.cost_usd}
            events.append(tx, session.id, "budget.warning", "orion", data)
        if new:
            sessions.update(tx, session.id, warned=",".join([*given, *new]))


def rests(reader: Reader, session_id: str, model: ModelRef, now: float) -> float:
    """Until when a model that failed is left alone, in seconds since the epoch; 0 where it may be asked now.

    A person who pauses and resumes the session wants it to be asked at once.
    """
    last = events.latest_of_model(reader, session_id, str(model))
    if last is None or last.type != "model.failed":
        return 0.0
    again = float(last.data["again"])
    return again if again > now else 0.0


def _above_zero(limits: SessionLimits) -> float:
    return limits.max_cost_usd or math.inf


def question_tokens(question: Question) -> int:
    """Tokens of everything that is sent with a question, by estimate."""
    from orion_tui.core.agent.conversation import tokens_of

    tools = sum(estimate_tokens(f"{tool.name}{tool.description}{tool.parameters}") for tool in question.tools)
    return estimate_tokens(question.instructions) + tools + sum(map(tokens_of, question.messages))
