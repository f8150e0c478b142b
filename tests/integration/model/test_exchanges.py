"""Streams as the servers themselves send them, replayed byte for byte: what they have in common is less than it seems.

One file each in `exchanges/`, in the shape that the vendor documents or that users of it report; texts, ids and counts
are our own. No real service was asked for them.
"""

from pathlib import Path
from typing import Any

import pytest

from orion_tui.core.agent.model import Declined, Finish, ModelFailure, NoAnswer, ServerTrouble, Usage
from tests.support.model_server import ModelServer, Raw
from tests.support.models import Asking

pytestmark = pytest.mark.mock_llm

EXCHANGES = Path(__file__).parent / "exchanges"
MODELS = {
    "anthropic": "anthropic/claude-sonnet-5-5",
    "openai": "openai/gpt-6-luna",
    "google": "google/gemini-3.8-flash",
    "openrouter": "openrouter/qwen/qwen3-coder",
    "ollama": "ollama/qwen3:32b",
}
WORDS = "I write it down."
NONE = Usage()


def _replay(server: ModelServer, name: str, *, piece: int) -> str:
    """Script the exchange, in pieces of so many bytes, and tell which model is to be asked."""
    stream = (EXCHANGES / f"{name}.sse").read_bytes()
    server.script(Raw([stream[at : at + piece] for at in range(0, len(stream), piece)]))
    return MODELS.get(name.partition("-")[0], "box/any")


def _used(given: int, cached: int, taken: int) -> Usage:
    return Usage(input_tokens=given, cached_tokens=cached, output_tokens=taken)


@pytest.mark.parametrize("piece", [37, 1_000_000])
@pytest.mark.parametrize(
    ("name", "text", "notes", "usage"),
    [
        ("anthropic-words-and-call", WORDS, ["grüße"], _used(1_436, 1_024, 57)),
        ("anthropic-thinking", "", ["thought over"], _used(1_436, 1_024, 80)),
        ("anthropic-two-calls", "", ["one", "two"], _used(1_436, 1_024, 60)),
        ("openai-two-calls-in-turns", "", ["one", "two"], _used(412, 256, 57)),
        ("openai-calls-that-end-with-stop", WORDS, ["one"], _used(412, 256, 57)),
        ("google-words-and-calls", WORDS, ["one", "two"], _used(412, 256, 57)),
        ("ollama-whole-call", "", ["one"], _used(412, 0, 57)),
        ("ollama-reasoning", "", ["one"], _used(412, 0, 57)),
        ("llama-cpp-reasoning-and-call", "", ["one"], _used(412, 0, 57)),
        ("vllm-call", WORDS, ["one"], _used(412, 0, 57)),
        ("openrouter-comments-and-call", "", ["one"], _used(412, 0, 57)),
        ("gateway-new-id-in-each-piece", "", ["one"], NONE),
        ("gateway-carriage-returns", WORDS, ["one"], NONE),
    ],
)
def test_words_calls_and_what_they_cost_are_read(
    server: ModelServer, ask: Asking, name: str, text: str, notes: list[str], usage: Usage, piece: int
) -> None:
    reply = ask(_replay(server, name, piece=piece))
    assert (reply.text, reply.finish, reply.usage) == (text, Finish.CALLS, usage)
    made: list[Any] = [(call.name, call.arguments, call.problem) for call in reply.calls]
    assert made == [("note", {"words": words}, "") for words in notes]


def test_an_end_without_a_reason_is_one_where_the_stream_says_that_it_is_whole(
    server: ModelServer, ask: Asking
) -> None:
    reply = ask(_replay(server, "vllm-end-without-a-reason", piece=1_000))
    assert (reply.text, reply.finish, reply.usage) == (WORDS, Finish.STOP, _used(412, 0, 57))


def test_two_calls_under_one_number_are_told_and_not_carried_out(server: ModelServer, ask: Asking) -> None:
    (call,) = ask(_replay(server, "vllm-two-calls-under-one-index", piece=1_000)).calls
    assert call.arguments is None
    assert "there is no tool 'notenote'" in call.problem


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("anthropic-overloaded-in-the-middle", ServerTrouble, "Overloaded"),
        ("openai-error-in-the-middle", ServerTrouble, "The server had an error"),
        ("llama-cpp-error-in-the-middle", ServerTrouble, "Failed to parse input"),
        ("vllm-error-in-the-middle", ServerTrouble, "EngineCore encountered an issue"),
        ("openrouter-error-in-the-middle", ServerTrouble, "Provider disconnected"),
        ("anthropic-refusal", Declined, "refusal"),
        ("openai-refusal", Declined, "I cannot help with that"),
        ("google-prompt-blocked", Declined, "PROHIBITED_CONTENT"),
        ("google-malformed-call", NoAnswer, "the answer is empty"),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(
    server: ModelServer, ask: Asking, name: str, kind: type[ModelFailure], words: str
) -> None:
    with pytest.raises(kind, match=words):
        ask(_replay(server, name, piece=1_000))


def test_every_exchange_is_replayed() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [path.stem for path in EXCHANGES.glob("*.sse") if f'"{path.stem}"' not in text] == []
