"""The step log of one attempt at a task, as its worker holds it: what is finished, and the pen for what comes next."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from orion_tui.core.agent.conversation import Conversation, build
from orion_tui.core.agent.memo import Memo
from orion_tui.core.codec import agent_step_to_json
from orion_tui.core.models.agent import AgentStep, Hint
from orion_tui.core.models.steps import Step
from orion_tui.core.session.perform import TAIL
from orion_tui.core.session.record import Observed, Record, Tell
from orion_tui.core.store import Transaction

#: What an attempt's log has besides calls and acceptance checks.
_NO_CALLS = frozenset({"Opening", "AskModel", "Hint", "Compaction"})
#: Actions that can have done something; what else there is only looks or talks.
_DOING = frozenset({"WriteFile", "EditFile", "DeleteFile", "RunCommand", "FetchUrl", "UseTool"})
#: Keys in the result of an action that was never carried out.
_NOT_DONE = frozenset({"blocked", "refused", "error"})


@attrs.define(kw_only=True)
class TaskLog:
    """Everything that an attempt's conversation is made of. For the worker's thread alone."""

    record: Record
    task_id: str
    attempt: int
    #: Finished steps, by index.
    steps: list[Step] = attrs.field(factory=list[Step], init=False)
    #: What is worth a second look, each once.
    flags: list[str] = attrs.field(factory=list[str], init=False)
    memo: Memo = attrs.field(factory=Memo, init=False)
    #: The conversation after so many steps.
    _built: tuple[int, Conversation] | None = attrs.field(default=None, init=False)

    def load(self, finished: Iterable[Step]) -> None:
        """Take up the steps of an attempt that goes on, with what they flagged."""
        self.steps = sorted(finished, key=lambda step: step.index)
        for step in self.steps:
            self.flag(str((step.result or {}).get("flag", "")))
            if step.decision.get("flagged"):
                self.flag(str(step.decision["reason"]))

    @property
    def calls(self) -> int:
        """How many calls of the model were answered: done, refused or beyond what can be done."""
        return sum(not step.acceptance and step.action.get("do") not in _NO_CALLS for step in self.steps)

    @property
    def did_something(self) -> bool:
        """Whether the model changed a file, ran a command or used an external tool; its checks do not count."""
        return any(
            not step.acceptance and step.action.get("do") in _DOING and not _NOT_DONE & (step.result or {}).keys()
            for step in self.steps
        )

    @property
    def next(self) -> int:
        """Index of the next step."""
        return self.steps[-1].index + 1 if self.steps else 0

    def conversation(self) -> Conversation:
        """What the model has been told and has said."""
        if self._built is None or self._built[0] != len(self.steps):
            self._built = len(self.steps), build(self.steps, memo=self.memo)
        return self._built[1]

    def append(self, step: Step) -> None:
        """A step that was recorded elsewhere."""
        self.steps.append(step)

    def add(
        self,
        step: AgentStep,
        result: dict[str, Any],
        events: Sequence[Tell],
        *,
        call: str = "",
        along: Callable[[Transaction], object] | None = None,
    ) -> None:
        """Record a step of the work itself, which is over when it is written down."""
        made = Observed(action=agent_step_to_json(step), result=result, call=call, events=tuple(events), along=along)
        self.observe([made])

    def observe(self, made: Sequence[Observed]) -> None:
        """Record steps that are over, together."""
        self.steps += self.record.observed(self.task_id, self.attempt, self.next, made)

    def tell_model(self, text: str) -> None:
        """Orion's own words to the model, before its next answer."""
        self.add(Hint(id=0, text=text), {}, [("agent.told", "orion", {"text": text[:TAIL]})])

    def write(self, told: Sequence[Tell]) -> None:
        """Events of which no step came."""
        for kind, actor, data in told:
            self.record.event(kind, data, actor=actor)

    def flag(self, reason: str) -> None:
        """Something is worth a second look; nothing where `reason` is empty."""
        if reason and reason not in self.flags:
            self.flags.append(reason)
