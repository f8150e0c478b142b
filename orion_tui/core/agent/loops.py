"""Whether a model goes in circles: the same again and again, nothing new, or words in the place of work.

What counts is measured after each turn. The first time that a measure gets high the model is told, for many come to
their senses; when it goes on after that, the work stops. A person's hint is new and starts all measures anew.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import attrs

from orion_tui.core.agent.memo import Memo
from orion_tui.core.agent.turns import Turn, read
from orion_tui.core.models.steps import Step

#: How often the same call with the same result, and a whole cycle of calls, may come in a row; turns of words alone;
#: calls that bring nothing.
REPEATS = 3
CYCLE = 4
WORDS = 3
IDLE = 12
#: How much further a measure may get after the warning.
GRACE = 3

# What differs from run to run though nothing changed: times, durations, addresses.
_RESTLESS = re.compile(r"0x[0-9a-fA-F]+|\d+:\d\d(?::\d\d)?(?:\.\d+)?|\d+\.\d+")
# Of a step's result: how long it took says nothing about what came of it.
_UNTOLD = frozenset({"seconds"})


class Concern(StrEnum):
    """What is to be done about it."""

    NONE = "none"
    WARN = "warn"
    STOP = "stop"


@attrs.frozen(kw_only=True)
class Verdict:
    """`text` is for the model with a warning, and the reason, for people, with a stop."""

    concern: Concern = Concern.NONE
    text: str = ""


_FINE = Verdict()


@attrs.define
class Watch:
    """Watches over one attempt at a task."""

    #: One mark for each call: equal marks are equal calls with equal results.
    _marks: list[str] = attrs.field(factory=list[str], init=False)
    _seen: set[str] = attrs.field(factory=set[str], init=False)
    _idle: int = attrs.field(default=0, init=False)
    _words: int = attrs.field(default=0, init=False)
    #: For each measure that is high, where it stood when that was told.
    _told: dict[str, int] = attrs.field(factory=dict[str, int], init=False)

    @classmethod
    def of(cls, steps: Sequence[Step], memo: Memo | None = None) -> "Watch":
        """The watch after the finished steps of an attempt: the same as if it had been there all the time."""
        memo = memo or Memo()
        *over, latest = read(steps, memo).turns or (None,)
        kept = memo.of("watch", _Kept)
        if len(over) < kept.count or (kept.count and over[kept.count - 1] is not kept.last):
            kept.start_anew()
        for turn in over[kept.count :]:
            told = kept.watch._follow(turn, memo)
            # Only what was really told counts as a warning.
            kept.watch.turn_ends(told)
            kept.count, kept.last = kept.count + 1, turn
        watch = kept.watch._copy()
        if latest is not None:
            watch._follow(latest, memo)
        return watch

    def _follow(self, turn: Turn, memo: Memo) -> str:
        """What happened in a turn; what Orion told the model in it."""
        if not turn.reply.calls:
            self.said()
        for call, step in zip(turn.reply.calls, turn.answers, strict=True):
            if step is not None and (result := step.result) is not None:
                made = memo.of(
                    ("mark", step.n),
                    lambda call=call, result=result: _mark(call.name, call.arguments, _result_text(result)),
                )
                self._executed(*made, step.delta is not None)
        if any(hint.action.get("id") for hint in turn.hints):
            self.hinted()
        return "\n".join(str(hint.action.get("text", "")) for hint in turn.hints if not hint.action.get("id"))

    def _copy(self) -> "Watch":
        """One that goes on from here by itself."""
        copy = Watch()
        copy._marks, copy._seen, copy._told = self._marks.copy(), self._seen.copy(), self._told.copy()
        copy._idle, copy._words = self._idle, self._words
        return copy

    def executed(self, name: str, arguments: Mapping[str, Any] | None, result: str, changed: bool) -> None:
        """A call was carried out, or refused; `changed` says that files of the work changed by it."""
        self._executed(*_mark(name, arguments, result), changed)

    def _executed(self, came: str, mark: str, changed: bool) -> None:
        self._marks.append(mark)
        self._idle = 0 if changed or came not in self._seen else self._idle + 1
        self._seen.add(came)
        self._words = 0

    def said(self) -> None:
        """A turn of words without a call."""
        self._words += 1

    def hinted(self) -> None:
        """The person said something: what comes now may be another thing, though it looks the same."""
        self._marks.clear()
        self._told.clear()
        self._idle = self._words = 0

    def turn_ends(self, told: str | None = None) -> None:
        """A turn is over. `told` is what Orion told the model after it; left out, what `verdict` says."""
        text = self.verdict().text if told is None else told
        self._told = {
            name: self._told.get(name, count)
            for name, count, least, what in self._measures()
            if count >= least and (name in self._told or _warning(name, what) in text)
        }

    def verdict(self) -> Verdict:
        """What is to be done after this turn. Asked before `turn_ends`."""
        warning = _FINE
        for name, count, least, text in self._measures():
            if count < least:
                continue
            told = self._told.get(name)
            if told is not None and count >= told + GRACE:
                return Verdict(concern=Concern.STOP, text=f"it goes in circles: {text}, and a warning did not help")
            if told is None and warning is _FINE:
                warning = Verdict(concern=Concern.WARN, text=_warning(name, text))
        return warning

    def _measures(self) -> Sequence[tuple[str, int, int, str]]:
        """Name, count, the count that is too high, and what it is, for each measure."""
        repeats = self._run(1)
        measures = [("repeat", repeats, REPEATS, f"the same call with the same result, {repeats} times in a row")]
        for length in range(2, CYCLE + 1):
            run = self._run(length) if repeats < length else 0
            text = f"the same {length} calls with the same results, {run // length} times in a row"
            measures.append((f"cycle of {length}", run, REPEATS * length, text))
        idle = f"{self._idle} calls in a row that changed nothing and brought nothing new"
        measures.append(("idle", self._idle, IDLE, idle))
        measures.append(("words", self._words, WORDS, f"{self._words} turns in a row of words without a call"))
        return measures

    def _run(self, period: int) -> int:
        """How many of the latest calls repeat with this period."""
        marks = self._marks
        if len(marks) < period:
            return 0
        count = period
        while count < len(marks) and marks[-count - 1] == marks[-count - 1 + period]:
            count += 1
        return count


@attrs.define
class _Kept:
    """The watch after the turns that are over: no turn is followed twice."""

    watch: Watch = attrs.field(factory=Watch)
    count: int = 0
    last: Turn | None = None

    def start_anew(self) -> None:
        """Forget all of them: these are other turns."""
        self.__init__()


def _mark(name: str, arguments: Mapping[str, Any] | None, result: str) -> tuple[str, str]:
    """What tells a result from another, and a call with its result from another."""
    came = _hash(_RESTLESS.sub("#", result))
    return came, _hash(f"{name}\0{json.dumps(arguments, sort_keys=True, default=str)}\0{came}")


def _warning(name: str, text: str) -> str:
    if name == "words":
        return f"{text[0].upper()}{text[1:]}. Work is done by tools alone: use one, or call `finish`."
    return (
        f"You go in circles: {text}. Doing it again will not change anything. Try another way; if there is none, call "
        "`finish` with `impossible` and say what stands in the way."
    )


def _result_text(result: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in result.items() if name not in _UNTOLD}, sort_keys=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
