"""A model that says what a test tells it to, without a network, for dialogues that end in a tool call."""

from collections.abc import Mapping
from typing import Any

from orion_tui.core.agent.model import (
    Finish,
    Message,
    ModelFailure,
    ModelRef,
    Question,
    Reply,
    Speaker,
    ToolCall,
    Usage,
)

MODEL = ModelRef("anthropic", "scripted")


def reply(*calls: ToolCall, text: str = "") -> Reply:
    """What the model says."""
    return Reply(
        text=text,
        calls=calls,
        finish=Finish.CALLS if calls else Finish.STOP,
        usage=Usage(input_tokens=10, output_tokens=5),
        cost_usd=0.01,
        model="scripted",
        message=Message(speaker=Speaker.MODEL, text=text, calls=calls),
        seconds=0.1,
    )


def call(name: str, arguments: Mapping[str, Any] | None, *, problem: str = "", call_id: str = "c1") -> ToolCall:
    """A tool call of the model."""
    return ToolCall(id=call_id, name=name, arguments=arguments, problem=problem)


class Scripted:
    """Answers the questions of a dialogue in order; failures are raised. Keeps what it was asked."""

    def __init__(self, *acts: Reply | ModelFailure) -> None:
        self.asked: list[Question] = []
        self._acts = acts

    def __call__(self, question: Question, number: int) -> Reply:
        assert number == len(self.asked), "questions are numbered from 0, without a gap"
        self.asked.append(question)
        act = self._acts[number]
        if isinstance(act, ModelFailure):
            raise act
        return act
