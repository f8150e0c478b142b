"""How a scripted answer looks in the three wire formats, streamed and whole."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

Headers = Mapping[str, str]


@attrs.frozen(kw_only=True)
class Call:
    """A use of a tool. `arguments` is JSON text, valid or not."""

    name: str
    arguments: str = "{}"
    id: str = "call_1"


@attrs.frozen(kw_only=True)
class Answer:
    """A whole answer. `finish` is the provider's own word; None leaves it out; by default what fits."""

    text: str = ""
    calls: Sequence[Call] = ()
    finish: str | None = "fits"
    #: Characters a piece of the stream.
    piece: int = 12
    input_tokens: int = 11
    output_tokens: int = 7
    cached_tokens: int = 0
    #: Taken into the cache; only Anthropic counts them. Part of `input_tokens`, as `cached_tokens` are.
    written_tokens: int = 0
    model: str = "scripted-1"
    headers: Headers = attrs.field(factory=dict[str, str])
    refusal: str = ""


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def events(answer: Answer, path: str) -> Iterator[bytes]:
    """The answer as a stream, in the format of that path."""
    if path.endswith("/messages"):
        return _messages_events(answer)
    if ":streamGenerateContent" in path:
        return _generate_events(answer)
    return _chat_events(answer)


def whole(answer: Answer, path: str) -> dict[str, Any]:
    """The answer in one piece, in the format of that path."""
    if path.endswith("/messages"):
        return _messages_whole(answer)
    if ":generateContent" in path:
        return _generate(answer, answer.text, list(answer.calls), last=True)
    return _chat_whole(answer)


def _data(value: Any, event: str = "") -> bytes:
    return (f"event: {event}\n" if event else "").encode() + b"data: " + json.dumps(value).encode() + b"\n\n"


def _finish(answer: Answer, plain: str, calling: str) -> str | None:
    return (calling if answer.calls else plain) if answer.finish == "fits" else answer.finish


# Chat completions (OpenAI).


def _chat_usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
    }


def _chat_call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _chat_events(answer: Answer) -> Iterator[bytes]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _data(
            {
                "id": "c1",
                "object": "chat.completion.chunk",
                "created": 1_750_000_000,
                "model": answer.model,
                "choices": [choice],
            }
        )

    yield chunk({"role": "assistant", "content": ""})
    for piece in _pieces(answer.text, answer.piece):
        yield chunk({"content": piece})
    if answer.refusal:
        yield chunk({"refusal": answer.refusal})
    for number, call in enumerate(answer.calls):
        begun = _chat_call(attrs.evolve(call, arguments=""))
        yield chunk({"tool_calls": [{"index": number, **begun}]})
        for piece in _pieces(call.arguments, answer.piece):
            yield chunk({"tool_calls": [{"index": number, "function": {"arguments": piece}}]})
    if finish := _finish(answer, "stop", "tool_calls"):
        yield chunk({}, finish)
    usage = {"id": "c1", "object": "chat.completion.chunk", "created": 1_750_000_000, "model": answer.model}
    yield _data({**usage, "choices": [], "usage": _chat_usage(answer)})
    if answer.finish is not None:
        yield b"data: [DONE]\n\n"


def _chat_whole(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = [_chat_call(call) for call in answer.calls]
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": answer.model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(answer, "stop", "tool_calls")}],
        "usage": _chat_usage(answer),
    }


# Messages (Anthropic).


def _messages_usage(answer: Answer) -> dict[str, int]:
    return {
        "input_tokens": answer.input_tokens - answer.cached_tokens - answer.written_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation_input_tokens": answer.written_tokens,
        "output_tokens": answer.output_tokens,
    }


def _messages_whole(answer: Answer, *, started: bool = False) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": {} if started else json.loads(call.arguments)}
        for call in answer.calls
    ]
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [] if started else content,
        "stop_reason": None if started else _finish(answer, "end_turn", "tool_use"),
        "stop_sequence": None,
        "usage": {**_messages_usage(answer), **({"output_tokens": 1} if started else {})},
    }


def _messages_events(answer: Answer) -> Iterator[bytes]:
    def event(kind: str, **values: Any) -> bytes:
        return _data({"type": kind, **values}, kind)

    yield event("message_start", message=_messages_whole(answer, started=True))
    index = 0
    if answer.text:
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in _pieces(answer.text, answer.piece):
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        yield event("content_block_stop", index=0)
        index = 1
    for number, call in enumerate(answer.calls, index):
        block: dict[str, Any] = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        yield event("content_block_start", index=number, content_block=block)
        for piece in _pieces(call.arguments, answer.piece):
            yield event("content_block_delta", index=number, delta={"type": "input_json_delta", "partial_json": piece})
        yield event("content_block_stop", index=number)
    if finish := _finish(answer, "end_turn", "tool_use"):
        usage = {"output_tokens": answer.output_tokens}
        yield event("message_delta", delta={"stop_reason": finish, "stop_sequence": None}, usage=usage)
        yield event("message_stop")


# generateContent (Google).


def _generate(answer: Answer, text: str, calls: Sequence[Call], *, last: bool) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"text": text}] if text else []
    parts += [{"functionCall": {"name": call.name, "args": json.loads(call.arguments)}} for call in calls]
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last and (finish := _finish(answer, "STOP", "STOP")):
        candidate["finishReason"] = finish
    usage = {
        "promptTokenCount": answer.input_tokens,
        "candidatesTokenCount": answer.output_tokens,
        "totalTokenCount": answer.input_tokens + answer.output_tokens,
        "cachedContentTokenCount": answer.cached_tokens,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": answer.model, "responseId": "g1"}


def _generate_events(answer: Answer) -> Iterator[bytes]:
    for piece in _pieces(answer.text, answer.piece):
        yield _data(_generate(answer, piece, [], last=False))
    yield _data(_generate(answer, "", answer.calls, last=True))
