"""What lets a provider's cache work, on the wire, and what it gives and takes at what price."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from orion_tui.core.agent.model import Message, ModelRef, Speaker, ToolResult, Usage
from orion_tui.core.agent.price import Prices
from orion_tui.core.agent.providers import TABLE
from tests.support.model_server import Answer, Call, ModelServer
from tests.support.models import MODELS, Asking, question

pytestmark = pytest.mark.mock_llm

_CLAUDE = MODELS[0]
_OPENAI = MODELS[1]


def _marks(value: object, place: str = "") -> Iterator[str]:
    """Where `cache_control` stands in a request."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if key == "cache_control":
                yield place
            yield from _marks(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from _marks(inner, f"{place}[{index}]")


def test_tools_instructions_and_the_conversation_are_marked(server: ModelServer, ask: Asking) -> None:
    ask(_CLAUDE)
    body = server.asked[0].body
    assert sorted(_marks(body)) == [".messages[0].content[0]", ".system[0]", ".tools[0]"]
    assert body["tools"][0]["cache_control"]["type"] == "ephemeral"
    assert body["system"][0]["text"] == "Be brief."


def test_the_mark_moves_on_with_the_conversation(server: ModelServer, ask: Asking) -> None:
    server.script(Answer(calls=[Call(name="note", arguments='{"words": "x"}')]), Answer(text="done"))
    first = ask(_CLAUDE, "hello")
    asked = question(_CLAUDE)
    messages = (
        *asked.messages,
        first.message,
        Message(speaker=Speaker.USER, results=(ToolResult(call_id="call_1", name="note", text="noted"),)),
    )
    ask(_CLAUDE, messages=messages)
    before, now = (request.body for request in server.asked)
    assert sorted(_marks(now)) == [".messages[2].content[0]", ".system[0]", ".tools[0]"]
    # What went before is byte for byte the same: only then does the cache give it.
    same = [{key: value for key, value in before["messages"][0]["content"][0].items() if key != "cache_control"}]
    assert now["messages"][0]["content"] == same
    assert json.dumps(now["tools"]) == json.dumps(before["tools"])
    assert json.dumps(now["system"]) == json.dumps(before["system"])


def test_a_question_without_tools_has_nothing_to_mark_there(server: ModelServer, ask: Asking) -> None:
    ask(_CLAUDE, tools=())
    assert sorted(_marks(server.asked[0].body)) == [".messages[0].content[0]", ".system[0]"]


@pytest.mark.parametrize("model", MODELS[1:])
def test_other_formats_know_no_marks(server: ModelServer, ask: Asking, model: str) -> None:
    ask(model)
    assert list(_marks(server.asked[0].body)) == []


def test_what_the_cache_gives_and_takes_is_counted_and_priced(server: ModelServer, ask: Asking) -> None:
    costs: list[float] = []
    for cached, written in ((0, 0), (0, 60_000), (60_000, 0), (50_000, 10_000)):
        server.script(Answer(text="x", input_tokens=100_000, cached_tokens=cached, written_tokens=written))
        reply = ask(_CLAUDE)
        counted = reply.usage
        assert (counted.input_tokens, counted.cached_tokens, counted.written_tokens) == (100_000, cached, written)
        usage = Usage(input_tokens=100_000, output_tokens=7, cached_tokens=cached, written_tokens=written)
        assert reply.cost_usd is not None
        assert reply.cost_usd == Prices({}).cost(TABLE["anthropic"], ModelRef.parse(_CLAUDE).name, usage)
        costs.append(reply.cost_usd)
    plain, taken, given, both = costs
    assert given < both < plain < taken


def test_questions_of_one_conversation_are_sent_to_the_same_cache(server: ModelServer, ask: Asking) -> None:
    ask(_OPENAI, "hello")
    said = Message(speaker=Speaker.MODEL, text="hello")
    ask(_OPENAI, messages=(*question(_OPENAI).messages, said, Message(speaker=Speaker.USER, text="and?")))
    ask(_OPENAI, "something else")
    ask(_OPENAI, "hello", instructions="Be long.")
    keys = [asked.body["prompt_cache_key"] for asked in server.asked]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(len(key) == 32 and "hello" not in key for key in keys)


@pytest.mark.parametrize("model", [MODELS[0], *MODELS[2:]])
def test_nobody_else_is_sent_openais_hint(server: ModelServer, ask: Asking, model: str) -> None:
    ask(model)
    assert "prompt_cache_key" not in server.asked[0].body
