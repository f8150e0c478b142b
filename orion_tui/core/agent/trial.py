"""Trying a model: does it answer, stream, use a tool, keep to a form; how fast, and what does that cost?

Three short questions. Each line says what was measured, not what a table promises.
"""

import time
from collections.abc import Callable
from enum import StrEnum

import attrs

from orion_tui.core.agent.connections import Connection
from orion_tui.core.agent.model import (
    Message,
    ModelFailure,
    ModelPort,
    Question,
    Reply,
    Speaker,
    Tool,
    Usage,
)
from orion_tui.core.agent.providers import is_exposed

# Models that think spend some before they say a word.
_TOKENS = 2_000
_WORD = "ready"
_NO_TOOLS = "choose a model that can use tools; everything Orion does is a use of one"
_NO_FORM = "plans may need several tries; a larger model keeps to forms better"

_NOTE = Tool(
    name="take_note",
    description="Keeps a note. Call it when you are told to note something.",
    parameters={
        "type": "object",
        "properties": {"words": {"type": "string", "description": "What to keep, word for word."}},
        "required": ["words"],
        "additionalProperties": False,
    },
)
_FORM = Tool(
    name="report",
    description="Your answer, as a form.",
    parameters={
        "type": "object",
        "properties": {
            "title": {"type": "string", "minLength": 1},
            "risk": {"type": "string", "enum": ["low", "medium", "high"]},
            "steps": {
                "type": "array",
                "minItems": 2,
                "items": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}, "minutes": {"type": "integer", "minimum": 1}},
                    "required": ["text", "minutes"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["title", "risk", "steps"],
        "additionalProperties": False,
    },
)


class Verdict(StrEnum):
    """How a line came out. With a FAULT, Orion cannot work with this model."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@attrs.frozen(kw_only=True)
class Line:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    #: What was measured.
    value: str
    fix: str = ""
    seconds: float | None = None


@attrs.frozen(kw_only=True)
class Trial:
    """What came of it."""

    lines: tuple[Line, ...]
    usage: Usage
    #: Of all three questions; None without a price.
    cost_usd: float | None
    seconds: float

    @property
    def works(self) -> bool:
        """Whether Orion can work with this model."""
        return all(line.verdict is not Verdict.FAULT for line in self.lines)


def look(connection: Connection) -> tuple[Line, ...]:
    """What can be told before anything is asked: the key and the address."""
    key = Line(name="key", verdict=Verdict.OK, value=str(connection.key or "none found, and none is needed"))
    address = Line(name="address", verdict=Verdict.OK, value=connection.base_url)
    if is_exposed(connection.base_url):
        what = "The key and every word" if connection.key else "Every word"
        address = attrs.evolve(
            address,
            verdict=Verdict.WARNING,
            fix=f"{what} to it crosses the network unencrypted: use https:// if it can",
        )
    return key, address


def run(
    port: ModelPort, connection: Connection, *, patience: float, tell: Callable[[Line], None] | None = None
) -> Trial:
    """Ask, for `patience` seconds in all. `tell` hears each line as soon as it is known."""
    run = _Run(port, connection, patience, tell or (lambda _: None))
    for line in look(connection):
        run.note(line)
    if run.answer():
        run.tool_call()
        run.form()
    return Trial(lines=tuple(run.lines), usage=run.usage, cost_usd=run.cost, seconds=time.monotonic() - run.started)


class _Run:
    def __init__(self, port: ModelPort, connection: Connection, patience: float, tell: Callable[[Line], None]) -> None:
        self._port = port
        self._connection = connection
        self._patience = patience
        self._tell = tell
        self.started = time.monotonic()
        self.lines: list[Line] = []
        self.usage = Usage()
        self.cost: float | None = None

    def note(self, line: Line) -> None:
        self.lines.append(line)
        self._tell(line)

    def answer(self) -> bool:
        """Words, and how they come."""
        pieces: list[float] = []
        begun = time.monotonic()
        reply = self._ask(
            "answer",
            f"Reply with two short sentences of your own; the first contains the word {_WORD}.",
            heard=lambda _: pieces.append(time.monotonic() - begun),
        )
        if reply is None:
            return False
        said = " ".join(reply.text.split())
        self.note(
            Line(
                name="answer",
                verdict=Verdict.OK,
                value=f"“{said[:57] + '…' if len(said) > 58 else said}”, {_count(reply)}",
                seconds=reply.seconds,
            )
        )
        if len(pieces) > 1:
            value = f"{len(pieces)} pieces, the first after {pieces[0]:.2f} s"
            self.note(Line(name="streaming", verdict=Verdict.OK, value=value, seconds=pieces[0]))
        else:
            self.note(
                Line(
                    name="streaming",
                    verdict=Verdict.WARNING,
                    value="the answer came in one piece",
                    fix="work goes on all the same; you see words only when all of them are there",
                )
            )
        return True

    def tool_call(self) -> None:
        """A tool, used because the words ask for it."""
        reply = self._ask("tool call", f"Note the word {_WORD}.", tools=(_NOTE,), fix=_NO_TOOLS)
        if reply is None:
            return
        good = [call for call in reply.calls if call.arguments is not None]
        if good:
            value = f"{good[0].name}({str(dict(good[0].arguments or {}))[:60]}), {_count(reply)}"
            self.note(Line(name="tool call", verdict=Verdict.OK, value=value, seconds=reply.seconds))
        else:
            value = reply.calls[0].problem if reply.calls else "it talked instead of using the tool"
            self.note(Line(name="tool call", verdict=Verdict.FAULT, value=value, fix=_NO_TOOLS, seconds=reply.seconds))

    def form(self) -> None:
        """A form, filled in as its schema says."""
        text = "Report a plan of two steps for boiling an egg, with the minutes that each takes."
        reply = self._ask("structured output", text, tools=(_FORM,), must_call=True, fix=_NO_FORM)
        if reply is None:
            return
        problems = [call.problem for call in reply.calls if call.problem]
        if problems:
            self.note(
                Line(
                    name="structured output",
                    verdict=Verdict.WARNING,
                    value=problems[0],
                    fix=_NO_FORM,
                    seconds=reply.seconds,
                )
            )
            return
        value = f"a form with a list of objects, as asked for, {_count(reply)}"
        self.note(Line(name="structured output", verdict=Verdict.OK, value=value, seconds=reply.seconds))

    def _ask(
        self,
        name: str,
        text: str,
        *,
        tools: tuple[Tool, ...] = (),
        must_call: bool = False,
        fix: str = "",
        heard: Callable[[str], None] | None = None,
    ) -> Reply | None:
        """The reply; None, with the line noted, where there is none. `fix` is for a failure that names none."""
        left = self._patience - (time.monotonic() - self.started)
        question = Question(
            model=self._connection.model,
            instructions="You are being tried out. Be brief.",
            messages=(Message(speaker=Speaker.USER, text=text),),
            tools=tools,
            must_call=must_call,
            max_tokens=_TOKENS,
            timeout=max(left, 0.001),
        )
        try:
            reply = self._port.ask(question, heard=heard)
        except ModelFailure as error:
            self._count(error.spent, None)
            self.note(Line(name=name, verdict=Verdict.FAULT, value=error.message, fix=error.hint or fix))
            return None
        self._count(reply.usage, reply.cost_usd)
        return reply

    def _count(self, usage: Usage, cost: float | None) -> None:
        self.usage = Usage(
            input_tokens=self.usage.input_tokens + usage.input_tokens,
            output_tokens=self.usage.output_tokens + usage.output_tokens,
            cached_tokens=self.usage.cached_tokens + usage.cached_tokens,
            written_tokens=self.usage.written_tokens + usage.written_tokens,
        )
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost


def _count(reply: Reply) -> str:
    return f"{reply.usage.input_tokens:,} + {reply.usage.output_tokens:,} tokens"
