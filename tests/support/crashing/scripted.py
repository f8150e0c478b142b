"""A model whose answer depends on nothing but the question: whoever asks again, after whatever death, hears the same.

Each answer carries the digest of its question, so the step log tells which questions it holds answers to. What was
asked is kept in order, with what it was for.

The work: a task that looks, edits, runs and is checked; one that asks the person and needs an approval; one whose
conversation is compacted; one that fails, so that the plan is revised.
"""

import hashlib
import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence

import attrs

from tests.support.agent import said_to, task, tools_of
from tests.support.model_formats import events
from tests.support.model_server import Act, Answer, Asked, Call, Fail, Raw

CHECK = [{"run": "python3 -m unittest -q test_app"}]
QUESTION = "Which colour shall it be?"
COLOUR = "blue, please"

TASKS = [
    task("value", accept=CHECK),
    task("asks"),
    task("long"),
    task("fails"),
]
INSTEAD = [task("instead")]

#: What the model wants in each turn of each task: tool and arguments.
WORK: dict[str, list[list[tuple[str, dict[str, object]]]]] = {
    "value": [
        [("read_file", {"path": "app.py"}), ("search", {"pattern": "VALUE"})],
        [
            ("edit_file", {"path": "app.py", "old": "VALUE = 1", "new": "VALUE = 2"}),
            ("run", {"command": "python3 -m unittest -q test_tally"}),
        ],
        [("finish", {"outcome": "done", "summary": "The value is two.", "confidence": 0.95})],
    ],
    "asks": [
        [("ask_person", {"question": QUESTION})],
        [
            ("write_file", {"path": "colour.txt", "content": "blue\n"}),
            ("delete_file", {"path": "old.py"}),
        ],
        [("finish", {"outcome": "done", "summary": "It is blue.", "confidence": 0.95})],
    ],
    "long": [
        [("read_file", {"path": "long.txt"})],
        [("note", {"text": "It is long."})],
        [("finish", {"outcome": "done", "summary": "Read it.", "confidence": 0.95})],
    ],
    "fails": [[("finish", {"outcome": "impossible", "summary": "It cannot be done.", "confidence": 0.9})]],
    "instead": [
        [("write_file", {"path": "instead.md", "content": "instead\n"})],
        [("finish", {"outcome": "done", "summary": "Done otherwise.", "confidence": 0.95})],
    ],
}  # fmt: skip

#: How every task ends, the failed one being no part of the plan any more.
STATUSES = {"value": "done", "asks": "done", "long": "flagged", "instead": "done"}

#: Tokens of the window in which `long` has to be made shorter.
WINDOW = 20_000
#: Dollars for a million tokens, so that there is something to count.
SETTINGS = (
    "prices:\n  box/scripted-1: {input: 10, output: 20}\n  anthropic/claude-sonnet-5-5: {input: 10, output: 20}\n"
    f"contexts:\n  box/scripted-1: {WINDOW}\n  anthropic/claude-sonnet-5-5: {WINDOW}\n"
)

_CALL = re.compile(r"call_([a-z]+)_(\d+)_")
_TASK = re.compile(r"What ([a-z]+) is about\.")
_ANSWERS = re.compile(r"answers ([0-9a-f]{16})")


@attrs.frozen(kw_only=True)
class Strike:
    """Who asks is killed by whom it asked: `sent`, before a byte is answered; `half`, in the middle of the answer."""

    at: str
    purpose: str
    nth: int = 1


@attrs.frozen(kw_only=True)
class Heard:
    """One question as the model got it."""

    purpose: str
    digest: str
    #: How many supervisors had died before.
    deaths: int


@attrs.define(kw_only=True, eq=False)
class Mind:
    """The script, and its memory of what was asked. Passed to `ModelServer`."""

    heard: list[Heard] = attrs.field(factory=list[Heard])
    deaths: int = 0
    #: When to kill whom; None for never.
    strike: Strike | None = None
    victim: Callable[[], int] = lambda: 0
    #: How many of the next questions fail, and for what.
    failures: int = 0
    failing: str = "work"
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def __call__(self, asked: Asked) -> Act:
        purpose = purpose_of(asked)
        digest = digest_of(asked)
        with self._lock:
            self.heard.append(Heard(purpose=purpose, digest=digest, deaths=self.deaths))
            strike = self._due(purpose)
            failed = self.failures > 0 and purpose == self.failing
            self.failures -= failed
        if failed:
            return Fail(503)
        answer = attrs.evolve(_answer(asked, purpose), text=f"This answers {digest}.")
        if strike is None:
            return answer
        if strike.at == "sent":
            self._kill()
            return Fail(503)
        return Raw(self._half(answer, asked.path))

    def _due(self, purpose: str) -> Strike | None:
        strike = self.strike
        if strike is None or strike.purpose != purpose:
            return None
        self.strike = attrs.evolve(strike, nth=strike.nth - 1) if strike.nth > 1 else None
        return strike if strike.nth == 1 else None

    def _kill(self) -> None:
        os.kill(self.victim(), signal.SIGKILL)

    def _half(self, answer: Answer, path: str) -> Iterator[bytes]:
        pieces = list(events(answer, path))
        yield from pieces[: len(pieces) // 2]
        self._kill()
        raise OSError("who asked is dead")


def purpose_of(asked: Asked) -> str:
    """What a question is for, by the tools that come with it."""
    tools = tools_of(asked)
    if "submit_plan" in tools:
        return "plan"
    if "revise_plan" in tools:
        return "replan"
    return "work" if "finish" in tools else "compact"


def digest_of(asked: Asked) -> str:
    """A question by its content."""
    return hashlib.sha256(json.dumps(asked.body, sort_keys=True).encode()).hexdigest()[:16]


def answered(text: str) -> str:
    """The digest of the question that an answer belongs to."""
    found = _ANSWERS.search(text)
    assert found is not None, text
    return found[1]


def _answer(asked: Asked, purpose: str) -> Answer:
    match purpose:
        case "plan":
            return _calls("plan", 1, [("submit_plan", {"title": "A plan", "description": "How.", "tasks": TASKS})])
        case "replan":
            return _calls("replan", 1, [("revise_plan", {"reason": "It failed.", "tasks": INSTEAD})])
        case "compact":
            return Answer()
        case _:
            said = said_to(asked)
            done = [int(number) for _, number in _CALL.findall(said)]
            of = _TASK.findall(said)[0]
            turn = max(done, default=0)
            # Asked again after it was done, for a hint came: it is done.
            return _calls(of, turn + 1, WORK[of][min(turn, len(WORK[of]) - 1)])


def _calls(of: str, turn: int, wanted: Sequence[tuple[str, object]]) -> Answer:
    return Answer(
        calls=[
            Call(name=name, arguments=json.dumps(arguments), id=f"call_{of}_{turn}_{place}")
            for place, (name, arguments) in enumerate(wanted)
        ]
    )
