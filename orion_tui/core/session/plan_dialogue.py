"""The dialogues about a session's plan as steps that belong to no task: resumed from their answers, and ended once."""

from collections.abc import Callable, Sequence

import attrs

from orion_tui.core.agent import prompt
from orion_tui.core.agent.model import ModelFailure, NoCall, Question, Reply, TooLong
from orion_tui.core.agent.reply_record import of_record
from orion_tui.core.codec import agent_step_to_json
from orion_tui.core.models.agent import PlanDecision
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.session.asking import Asking
from orion_tui.core.session.record import Observed, Record, Tell
from orion_tui.core.store import Transaction, steps

#: Failures that a dialogue reacts to; any other one ends or interrupts it.
_HEARD: tuple[type[ModelFailure], ...] = (TooLong, NoCall)


@attrs.frozen(kw_only=True)
class Dialogues:
    """Those of one session; the one that is under way is that of the last number."""

    record: Record
    asking: Asking

    def ask(self, number: int, name: str) -> Callable[[Question, int], Reply]:
        """Answers the questions of a dialogue (`agent.dialogue.Ask`), those that were answered before from their steps.

        `name` is the prompt's, and what the questions are for.
        """

        def said() -> list[Step]:
            return [step for step in self._steps() if step.attempt == number]

        # A question that was lost, or is to be asked again later, has a step and is no part of the dialogue.
        known = [step for step in said() if _answers(step)]
        loaded = prompt.load(name)

        def ask(question: Question, at: int) -> Reply:
            if at < len(known):
                return _recorded(known[at])
            index = max((step.index for step in said()), default=-1) + 1
            _, reply = self.asking.ask(
                question, purpose=name, prompt=loaded.prompt, task_id="", attempt=number, index=index
            )
            return reply

        return ask

    def number(self) -> int:
        """The number of the dialogue that is under way, or of the next one."""
        last = -1
        ended = False
        for step in self._steps():
            if step.attempt > last:
                last, ended = step.attempt, False
            ended = ended or step.action.get("do") == "PlanDecision"
        return max(last + 1, 0) if ended or last < 0 else last

    def decisions(self) -> list[Step]:
        """How those that have ended did, in order."""
        return [step for step in self._steps() if step.action.get("do") == "PlanDecision"]

    def end(
        self,
        number: int,
        decision: PlanDecision,
        told: Sequence[Tell],
        along: Callable[[Transaction], object] | None = None,
    ) -> None:
        """Record how it ended, with its events and with what comes `along`: between the two there is no instant."""
        known = [step.index for step in self._steps() if step.attempt == number]
        made = Observed(action=agent_step_to_json(decision), result={"ok": True}, events=tuple(told), along=along)
        self.record.observed("", number, max(known, default=-1) + 1, [made])

    def _steps(self) -> list[Step]:
        return [
            step
            for step in steps.counted(self.record.store.reader(), self.record.session_id)
            if not step.task_id and step.status is StepStatus.DONE
        ]


def _answers(step: Step) -> bool:
    """Whether a step holds something that the dialogue went on from."""
    result = step.result or {}
    return "reply" in result or result.get("failure") in {failure.__name__ for failure in _HEARD}


def _recorded(step: Step) -> Reply:
    """The answer that a step of an earlier run holds; raises what it raised then."""
    result = step.result or {}
    for failure in _HEARD:
        if result.get("failure") == failure.__name__:
            raise failure(str(result.get("summary", "")))
    return attrs.evolve(of_record(result["reply"]), replayed=True)
