"""A language model that says what it is told to: a real HTTP server, scripted request by request.

It speaks OpenAI's chat completions, Anthropic's messages and Google's generateContent, streamed and whole, by the path
that is asked. Each request takes the next act of the script; the last one is repeated. What was asked is kept.

    with ModelServer() as server:
        server.script(Answer(text="hello"), Fail(429, headers={"retry-after": "7"}), Cut(Answer(text="never whole")))
        ... ask server.origin ...
        server.asked[0].body["messages"]

Answers are put together before they are sent and leave in one write each piece, so that the server's own share of a
request (`Asked.own_seconds`) stays far below a millisecond and benchmarks measure the asker.
"""

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
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
    model: str = "scripted-1"
    headers: Headers = attrs.field(factory=dict[str, str])
    refusal: str = ""


@attrs.frozen
class Fail:
    """An error status. `body` is sent as JSON, or as it is when bytes."""

    status: int
    body: Any = attrs.field(factory=lambda: {"error": {"message": "scripted failure", "type": "scripted"}})
    headers: Headers = attrs.field(factory=dict[str, str], kw_only=True)


@attrs.frozen
class Truncated:
    """The stream ends properly, after that many of its events."""

    answer: Answer
    events: int = attrs.field(default=2, kw_only=True)


@attrs.frozen
class Cut:
    """The connection is reset in the middle of an event, after that many whole ones."""

    answer: Answer
    events: int = attrs.field(default=2, kw_only=True)


@attrs.frozen
class Hang:
    """Nothing more is sent, after that many events of the answer; without one not even a status."""

    answer: Answer | None = None
    events: int = attrs.field(default=0, kw_only=True)


@attrs.frozen
class Raw:
    """Those bytes as the body of a 200, in pieces, and nothing checked."""

    pieces: Sequence[bytes] | Iterator[bytes]
    content_type: str = attrs.field(default="text/event-stream", kw_only=True)
    headers: Headers = attrs.field(factory=dict[str, str], kw_only=True)


Act = Answer | Fail | Truncated | Cut | Hang | Raw


@attrs.define(kw_only=True, eq=False)
class Asked:
    """One request, and what became of it."""

    method: str
    #: As in the request line: absolute when a proxy was meant.
    target: str
    headers: dict[str, str]
    body: dict[str, Any]
    #: Seconds from its last byte to the last of the answer, waiting left out.
    own_seconds: float = 0.0
    #: Set when the asker closed the connection before the answer was whole.
    gone: threading.Event = attrs.field(factory=threading.Event)

    @property
    def path(self) -> str:
        return self.target.split("?")[0]

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream")) or ":streamGenerateContent" in self.target


class ModelServer:
    """The server, on a port of its own for as long as the context lasts."""

    def __init__(self, *acts: Act | Callable[[Asked], Act]) -> None:
        self.asked: list[Asked] = []
        self._acts: list[Act | Callable[[Asked], Act]] = list(acts) or [Answer(text="hello")]
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, *acts: Act | Callable[[Asked], Act]) -> None:
        """What the next requests get; the last act stays."""
        with self._lock:
            self._acts = list(acts)

    def __enter__(self) -> "ModelServer":
        threading.Thread(target=self._accept, name="model-server", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        # A thread in accept() is not woken by a close, only by a shutdown.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader:
                while (asked := _read(reader)) is not None:
                    started = time.perf_counter()
                    with self._lock:
                        act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
                        self.asked.append(asked)
                    if callable(act):
                        act = act(asked)
                    if not self._perform(act, asked, connection, started):
                        return
        except OSError:
            pass  # The asker went away; a test looks at `gone`, or at its own side.
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _perform(self, act: Act, asked: Asked, connection: socket.socket, started: float) -> bool:
        """Whether the connection can be used once more."""
        match act:
            case Answer() if not asked.streams:
                body = json.dumps(_whole(act, asked)).encode()
                connection.sendall(_head(200, {"content-type": "application/json", **act.headers}, len(body)) + body)
            case Answer():
                self._stream(connection, [*_events(act, asked)], act.headers, asked)
                connection.sendall(b"0\r\n\r\n")
            case Fail(status=status, body=content, headers=headers):
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                kind = "text/html" if isinstance(content, bytes) else "application/json"
                connection.sendall(_head(status, {"content-type": kind, **headers}, len(body)) + body)
            case Truncated(answer=answer, events=count):
                self._stream(connection, [*_events(answer, asked)][:count], answer.headers, asked)
                connection.sendall(b"0\r\n\r\n")
            case Cut(answer=answer, events=count):
                events = [*_events(answer, asked)]
                self._stream(connection, events[:count], answer.headers, asked)
                half = events[count][: len(events[count]) // 2]
                connection.sendall(f"{len(events[count]):x}\r\n".encode() + half)
                # A reset, not an end: what a dying machine or network looks like.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case Hang(answer=answer, events=count):
                if answer is not None:
                    self._stream(connection, [*_events(answer, asked)][:count], answer.headers, asked)
                self._wait_for_the_end(connection, asked)
                return False
            case Raw(pieces=pieces, content_type=kind, headers=headers):
                self._stream(connection, pieces, {"content-type": kind, **headers}, asked)
                connection.sendall(b"0\r\n\r\n")
        asked.own_seconds = time.perf_counter() - started
        return True

    def _stream(
        self, connection: socket.socket, pieces: Sequence[bytes] | Iterator[bytes], headers: Headers, asked: Asked
    ) -> None:
        connection.sendall(_head(200, {"content-type": "text/event-stream", **headers}, None))
        try:
            for piece in pieces:
                connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        except OSError:
            asked.gone.set()
            raise

    def _wait_for_the_end(self, connection: socket.socket, asked: Asked) -> None:
        while not self._over.is_set():
            readable, _, _ = select.select([connection], [], [], 0.02)
            if readable and not connection.recv(1):
                asked.gone.set()
                return


def _read(reader: Any) -> Asked | None:
    line = reader.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers: dict[str, str] = {}
    while (header := reader.readline().decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", 0)))
    return Asked(method=line[0], target=line[1], headers=headers, body=json.loads(body) if body else {})


def _head(status: int, headers: Headers, length: int | None) -> bytes:
    size = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    lines = [f"HTTP/1.1 {status} Scripted", size, *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _events(answer: Answer, asked: Asked) -> Iterator[bytes]:
    """The answer as a stream, in the format that was asked."""
    if asked.path.endswith("/messages"):
        return _messages_events(answer)
    if ":streamGenerateContent" in asked.target:
        return _generate_events(answer)
    return _chat_events(answer)


def _whole(answer: Answer, asked: Asked) -> dict[str, Any]:
    if asked.path.endswith("/messages"):
        return _messages_whole(answer)
    if ":generateContent" in asked.target:
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
        "input_tokens": answer.input_tokens - answer.cached_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation_input_tokens": 0,
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
