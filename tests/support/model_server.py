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
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

import attrs

from tests.support.model_formats import Answer, Call, Headers, events, whole


@attrs.frozen
class Fail:
    """An error status. `body` is sent as JSON, or as it is when bytes; `cut`: half of it, then a reset."""

    status: int
    body: Any = attrs.field(factory=lambda: {"error": {"message": "scripted failure", "type": "scripted"}})
    headers: Headers = attrs.field(factory=dict[str, str], kw_only=True)
    cut: bool = attrs.field(default=False, kw_only=True)


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


__all__ = ["Act", "Answer", "Asked", "Call", "Cut", "Fail", "Hang", "ModelServer", "Raw", "Truncated"]

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
    #: Set when the answer is out, and `own_seconds` known.
    answered: threading.Event = attrs.field(factory=threading.Event)
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
        #: Connections that were made, all in all.
        self.connected = 0
        self._acts: list[Act | Callable[[Asked], Act]] = list(acts) or [Answer(text="hello")]
        #: What `GET .../models` tells; None says that there is no such list. It takes no act of the script.
        self.models: Sequence[dict[str, Any]] | None = None
        #: The requests for that list.
        self.listed: list[Asked] = []
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
                self.connected += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader:
                while (asked := _read(reader)) is not None:
                    started = time.perf_counter()
                    if asked.method == "GET" and asked.path.endswith("/models"):
                        self.listed.append(asked)
                        act = Fail(404) if self.models is None else Fail(200, {"object": "list", "data": self.models})
                        if not self._perform(act, asked, connection, started):
                            return
                        continue
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
                body = json.dumps(whole(act, asked.path)).encode()
                connection.sendall(_head(200, {"content-type": "application/json", **act.headers}, len(body)) + body)
            case Answer():
                self._stream(connection, [*events(act, asked.path)], act.headers, asked)
                connection.sendall(b"0\r\n\r\n")
            case Fail(status=status, body=content, headers=headers, cut=cut):
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                kind = "text/html" if isinstance(content, bytes) else "application/json"
                sent_of_it = body[: len(body) // 2] if cut else body
                connection.sendall(_head(status, {"content-type": kind, **headers}, len(body)) + sent_of_it)
                if cut:
                    self._break(connection)
                    return False
            case Truncated(answer=answer, events=count):
                self._stream(connection, [*events(answer, asked.path)][:count], answer.headers, asked)
                connection.sendall(b"0\r\n\r\n")
            case Cut(answer=answer, events=count):
                sent = [*events(answer, asked.path)]
                self._stream(connection, sent[:count], answer.headers, asked)
                half = sent[count][: len(sent[count]) // 2]
                connection.sendall(f"{len(sent[count]):x}\r\n".encode() + half)
                self._break(connection)
                return False
            case Hang(answer=answer, events=count):
                if answer is not None:
                    self._stream(connection, [*events(answer, asked.path)][:count], answer.headers, asked)
                self._wait_for_the_end(connection, asked)
                return False
            case Raw(pieces=pieces, content_type=kind, headers=headers):
                self._stream(connection, pieces, {"content-type": kind, **headers}, asked)
                connection.sendall(b"0\r\n\r\n")
        asked.own_seconds = time.perf_counter() - started
        asked.answered.set()
        return True

    @staticmethod
    def _break(connection: socket.socket) -> None:
        # A reset, not an end: what a dying machine or network looks like.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

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
