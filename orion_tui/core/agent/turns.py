"""The finished steps of one attempt at a task, as turns: what the model said, and what came of each of its calls."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import attrs

from orion_tui.core.agent.memo import Memo
from orion_tui.core.agent.model import Reply, ToolCall
from orion_tui.core.agent.reply_record import of_record
from orion_tui.core.models.steps import Step

#: Why a question of a task's conversation is asked (`models.agent.AskModel.purpose`); others are no part of it.
PURPOSE = "work"

SUMMARY = "summary"
ELIDE = "elide"


@attrs.frozen(kw_only=True)
class Turn:
    """One reply of the model with everything that followed it, up to the next."""

    #: Index of the step that asked for it, and of the last one before the next turn.
    first: int
    last: int
    reply: Reply
    #: For each call of the reply, in order, the finished step that answers it; None while there is none.
    answers: tuple[Step | None, ...]
    #: Hints, in order.
    hints: tuple[Step, ...] = ()
    #: Steps that belong to no call, such as acceptance checks.
    others: tuple[Step, ...] = ()

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        """Calls without an answer, in order."""
        return tuple(call for call, step in zip(self.reply.calls, self.answers, strict=True) if step is None)


@attrs.frozen(kw_only=True)
class Log:
    """All of it."""

    #: The task as it was put to the model; empty where nothing was put yet.
    opening: str
    #: Hints from before the first turn.
    hints: tuple[Step, ...]
    turns: tuple[Turn, ...]
    #: Finished compactions, in order.
    compactions: tuple[Step, ...]

    def cut(self) -> "Cut":
        """The turns that stand in the conversation as they were said, and what stands for the rest."""
        summaries = [step for step in self.compactions if step.action.get("how", SUMMARY) == SUMMARY]
        summary = summaries[-1] if summaries else None
        upto = _upto(summary) if summary is not None else -1
        elided = max((_upto(step) for step in self.compactions if step not in summaries), default=-1)
        count = 0
        # A turn goes as a whole, and never while a call of it is open: a result without its call cannot be sent.
        for turn in self.turns:
            if turn.last > upto or (turn.open_calls and turn is self.turns[-1]):
                break
            count += 1
        text = str((summary.result or {}).get("summary", "")) if summary is not None and count else ""
        return Cut(gone=self.turns[:count], summary=text, kept=self.turns[count:], elided=elided)


@attrs.frozen(kw_only=True)
class Cut:
    """A conversation after its compactions."""

    #: Turns that a summary stands for.
    gone: tuple[Turn, ...]
    #: Empty where no turn is gone.
    summary: str
    kept: tuple[Turn, ...]
    #: Results of turns that end at this index or before are shortened; -1 for none.
    elided: int


@attrs.define
class _Open:
    """A turn that is being read."""

    first: int
    last: int
    reply: Reply
    answers: list[Step | None]
    hints: list[Step] = attrs.field(factory=list[Step])
    others: list[Step] = attrs.field(factory=list[Step])

    def take(self, step: Step) -> None:
        self.last = step.index
        if step.action.get("do") == "Hint":
            self.hints.append(step)
            return
        for position, call in enumerate(self.reply.calls):
            if self.answers[position] is None and call.id == step.call and _answers(step):
                self.answers[position] = step
                return
        self.others.append(step)

    def turn(self) -> Turn:
        return Turn(
            first=self.first,
            last=self.last,
            reply=self.reply,
            answers=tuple(self.answers),
            hints=tuple(self.hints),
            others=tuple(self.others),
        )


@attrs.define
class _Reading:
    """A log as far as it has been read: finished steps never change, so only what is new is read."""

    opening: str = ""
    before: list[Step] = attrs.field(factory=list[Step])
    #: Turns that are over, as they stand in every log from now on.
    over: list[Turn] = attrs.field(factory=list[Turn])
    latest: _Open | None = None
    compactions: list[Step] = attrs.field(factory=list[Step])
    #: How many steps were read, and the last of them.
    count: int = 0
    last: Step | None = None

    def start_anew(self) -> None:
        """Forget what was read."""
        self.__init__()

    def goes_on(self, steps: Sequence[Step]) -> bool:
        """Whether `steps` are the ones that were read, in order, and more after them."""
        if self.count > len(steps) or (self.count and steps[self.count - 1] is not self.last):
            return False
        new = steps[max(self.count - 1, 0) :]
        return all(step.result is not None for step in new) and all(a.index < b.index for a, b in pairwise(new))

    def log(self, steps: Sequence[Step]) -> Log:
        """The log of `steps`, which are in order and begin with those that were read already."""
        finished = True
        for step in steps[self.count :]:
            if step.result is not None:
                self._take(step, step.result)
            else:
                finished = False
        # With one among them that is not finished, and will be, nothing goes on from here.
        self.count, self.last = len(steps), steps[-1] if steps and finished else None
        return Log(
            opening=self.opening,
            hints=tuple(self.before),
            turns=(*self.over, self.latest.turn()) if self.latest is not None else (),
            compactions=tuple(self.compactions),
        )

    def _take(self, step: Step, result: Mapping[str, Any]) -> None:
        kind = step.action.get("do")
        if kind == "AskModel" and step.action.get("purpose") == PURPOSE and "reply" in result:
            reply = of_record(cast("Mapping[str, Any]", result["reply"]))
            if self.latest is not None:
                self.over.append(self.latest.turn())
            self.latest = _Open(step.index, step.index, reply, [None] * len(reply.calls))
        elif kind == "Opening":
            self.opening = str(step.action.get("text", ""))
        elif kind == "Compaction":
            self.compactions.append(step)
        elif self.latest is not None:
            self.latest.take(step)
        elif kind == "Hint":
            self.before.append(step)


def read(steps: Sequence[Step], memo: Memo | None = None) -> Log:
    """The log of one attempt; `memo` is that attempt's. Steps without a result do not count.

    Raises Unrecoverable for a damaged reply.
    """
    if memo is None:
        return _Reading().log(sorted(steps, key=lambda step: step.index))
    reading = memo.of("reading", _Reading)
    if not reading.goes_on(steps):
        # Other steps than before, or more between them: they are read from the start.
        reading.start_anew()
        steps = sorted(steps, key=lambda step: step.index)
    return reading.log(steps)


def _answers(step: Step) -> bool:
    return not step.acceptance and step.action.get("do") not in {"AskModel", "Opening", "Compaction"}


def _upto(step: Step) -> int:
    return int(step.action.get("upto", -1))
