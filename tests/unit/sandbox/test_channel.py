"""The host's end of the channel against a peer that lies, stalls or leaves."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orion_tui.base.errors import BoundaryViolation, ChannelClosed
from orion_tui.core.sandbox.agent import frames
from orion_tui.core.sandbox.channel import Channel

pytestmark = pytest.mark.unit

Peer = Callable[[socket.socket], None]


class Ends:
    """Counts how often the sandbox would have been ended."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return "last words\x1b[2J"


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
def connect(ends: Ends) -> Iterator[Callable[[Peer], Channel]]:
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def make(peer: Peer) -> Channel:
        host, inside = socket.socketpair()

        def serve() -> None:
            with inside, contextlib.suppress(OSError):
                peer(inside)

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        sockets.append(host)
        return Channel(host, ends)

    yield make
    for connection in sockets:
        connection.close()
    for thread in threads:
        thread.join(10)


def receive(connection: socket.socket) -> tuple[int, int, dict[str, Any], bytes]:
    with connection.makefile("rb") as file:
        kind, number, meta, data = frames.decode_header(file.read(frames.HEADER.size))
        return kind, number, frames.decode_meta(file.read(meta)), file.read(data)


def answer(*parts: tuple[int, dict[str, Any], bytes], number_off: int = 0) -> Peer:
    def peer(connection: socket.socket) -> None:
        _, number, _, _ = receive(connection)
        for kind, meta, data in parts:
            connection.sendall(frames.encode(kind, number + number_off, meta, data))
        connection.recv(1)

    return peer


def test_an_answer_in_parts_is_joined(connect: Callable[[Peer], Channel]) -> None:
    channel = connect(answer((frames.DATA, {}, b"ab"), (frames.DATA, {}, b"c"), (frames.RESULT, {"x": 1}, b"d")))
    assert channel.call("read") == ({"x": 1}, b"abcd")


@pytest.mark.parametrize(
    ("meta", "error"),
    [
        ({"error": "os", "errno": 2}, FileNotFoundError),
        ({"error": "os", "errno": 21}, IsADirectoryError),
        ({"error": "value", "text": "no"}, ValueError),
        ({"error": "refused", "text": "no"}, BoundaryViolation),
    ],
)
def test_what_failed_inside_is_raised_and_the_channel_lives(
    connect: Callable[[Peer], Channel], ends: Ends, meta: dict[str, Any], error: type[Exception]
) -> None:
    channel = connect(answer((frames.FAIL, meta, b"")))
    with pytest.raises(error):
        channel.call("read")
    assert not channel.closed
    assert ends.count == 0


def raw(data: bytes) -> Peer:
    def peer(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(data)
        connection.recv(1)

    return peer


@pytest.mark.parametrize(
    "peer",
    [
        answer((frames.RESULT, {}, b""), number_off=1),
        answer((frames.CALL, {}, b"")),
        answer((frames.END, {}, b"")),
        answer((frames.FAIL, {"error": "os", "errno": "2"}, b"")),
        answer((frames.FAIL, {"error": "surprise"}, b"")),
        answer((frames.DATA, {}, b"x" * 60), (frames.RESULT, {}, b"x" * 60)),
        raw(b"\xff" * 64),
        raw(frames.HEADER.pack(frames.RESULT, 1, 2, 0) + b"[]"),
        raw(frames.HEADER.pack(frames.RESULT, 1, 0, frames.MAX_DATA + 1)),
    ],
)
def test_whatever_is_out_of_order_ends_the_sandbox(connect: Callable[[Peer], Channel], ends: Ends, peer: Peer) -> None:
    channel = connect(peer)
    with pytest.raises(ChannelClosed, match="out of order"):
        channel.call("read", limit=100)
    assert ends.count == 1
    with pytest.raises(ChannelClosed):
        channel.call("read")


def test_a_peer_that_leaves_is_noticed_and_quoted_clean(connect: Callable[[Peer], Channel], ends: Ends) -> None:
    channel = connect(lambda connection: None)
    with pytest.raises(ChannelClosed, match="hung up") as caught:
        channel.call("read")
    assert "last words" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert ends.count == 1


def silent(connection: socket.socket) -> None:
    receive(connection)
    while connection.recv(1000):
        pass


def test_a_peer_that_says_nothing_is_given_up(connect: Callable[[Peer], Channel], ends: Ends) -> None:
    channel = connect(silent)
    with pytest.raises(ChannelClosed, match="in time"):
        channel.call("read", timeout=0.05)
    assert ends.count == 1


def test_closing_from_another_thread_ends_a_call(connect: Callable[[Peer], Channel]) -> None:
    asked = threading.Event()

    def peer(connection: socket.socket) -> None:
        receive(connection)
        asked.set()
        connection.recv(1)

    channel = connect(peer)
    closer = threading.Thread(target=lambda: asked.wait(10) and channel.close())
    closer.start()
    with pytest.raises(ChannelClosed):
        channel.call("read", timeout=60)
    closer.join(10)


def test_a_body_travels_in_frames_of_bounded_size(connect: Callable[[Peer], Channel]) -> None:
    got: list[tuple[int, int]] = []

    def peer(connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            while True:
                kind, number, meta, data = frames.decode_header(file.read(frames.HEADER.size))
                got.append((kind, len(file.read(meta + data)) - meta))
                if kind == frames.END:
                    connection.sendall(frames.encode(frames.RESULT, number, {}))
                    return

    connect(peer).call("write", {}, [b"x" * (frames.MAX_DATA + 5), b"", b"y"])
    assert got == [
        (frames.OPEN, 0),
        (frames.DATA, frames.MAX_DATA),
        (frames.DATA, 5),
        (frames.DATA, 1),
        (frames.END, 0),
    ]


def test_a_callers_error_in_the_middle_of_a_body_ends_the_sandbox(
    connect: Callable[[Peer], Channel], ends: Ends
) -> None:
    """The other side waits for the rest of a tree that will never come: there is no way back to order."""

    def body() -> Iterator[bytes]:
        yield b"x"
        raise LookupError("git said no")

    channel = connect(silent)
    with pytest.raises(LookupError):
        channel.call("load", {}, body())
    assert ends.count == 1
    assert channel.closed


def test_a_request_that_is_too_large_harms_nothing(connect: Callable[[Peer], Channel], ends: Ends) -> None:
    channel = connect(answer((frames.RESULT, {}, b"")))
    with pytest.raises(ValueError, match="too large"):
        channel.call("run", {"argv": ["x" * (frames.MAX_META + 1)]})
    assert ends.count == 0
    channel.call("ping")


def _request(inside: socket.socket) -> None:
    head = inside.recv(frames.HEADER.size, socket.MSG_WAITALL)
    _, _, meta, size = frames.decode_header(head)
    inside.recv(meta + size, socket.MSG_WAITALL)


def _answers(*answers: bytes) -> Peer:
    def peer(inside: socket.socket) -> None:
        _request(inside)
        for answer in answers:
            inside.sendall(answer)

    return peer


def test_what_a_command_prints_comes_before_its_answer(connect: Callable[[Peer], Channel]) -> None:
    channel = connect(
        _answers(
            frames.encode(frames.PARTIAL, 1, {}, b"one"),
            frames.encode(frames.PARTIAL, 1, {"dropped": 7}, b"two"),
            frames.encode(frames.RESULT, 1, {"exit": 0}, b"all"),
        )
    )
    heard: list[tuple[bytes, int]] = []
    assert channel.call("run", timeout=10, partial=lambda data, dropped: heard.append((data, dropped))) == (
        {"exit": 0},
        b"all",
    )
    assert heard == [(b"one", 0), (b"two", 7)]


@pytest.mark.parametrize(
    "answers",
    [
        (frames.encode(frames.PARTIAL, 2, {}, b"another exchange"),),
        (frames.encode(frames.PARTIAL, 1, {}, b"x" * (frames.MAX_PARTIAL + 1)),),
        (frames.encode(frames.PARTIAL, 1, {"dropped": -1}, b"x"),),
        (frames.encode(frames.DATA, 1, {}, b"x"), frames.encode(frames.PARTIAL, 1, {}, b"late")),
        (frames.encode(frames.PARTIAL, 1, {}, b"x"),) * 200,
    ],
    ids=["another exchange", "too large", "no count", "after the answer began", "too many"],
)
def test_a_peer_that_prints_out_of_order_ends_the_sandbox(
    connect: Callable[[Peer], Channel], ends: Ends, answers: tuple[bytes, ...]
) -> None:
    channel = connect(_answers(*answers))
    with pytest.raises(ChannelClosed):
        channel.call("run", timeout=10, partial=lambda _data, _dropped: None)
    assert ends.count == 1


def test_nobody_prints_to_who_does_not_watch(connect: Callable[[Peer], Channel]) -> None:
    channel = connect(_answers(frames.encode(frames.PARTIAL, 1, {}, b"x")))
    with pytest.raises(ChannelClosed):
        channel.call("run", timeout=10)
