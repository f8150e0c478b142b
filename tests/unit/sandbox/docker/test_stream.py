"""Two streams over one connection: taken apart whole, whatever the pieces they come in."""

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.sandbox.docker.stream import ExecStream

pytestmark = pytest.mark.unit


def piece(kind: int, data: bytes) -> bytes:
    return struct.pack("!BxxxI", kind, len(data)) + data


@pytest.fixture
def pair() -> Iterator[tuple[ExecStream, socket.socket]]:
    ours, theirs = socket.socketpair()
    stream = ExecStream(ours)
    stream.settimeout(10)
    yield stream, theirs
    stream.close()
    theirs.close()


def everything(stream: ExecStream, size: int = 7) -> bytes:
    found = bytearray()
    room = bytearray(size)
    while count := stream.recv_into(memoryview(room)):
        found += room[:count]
    return bytes(found)


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=12), st.integers(1, 9))
def test_output_comes_whole_and_errors_are_kept_apart(pieces: list[tuple[int, bytes]], size: int) -> None:
    ours, theirs = socket.socketpair()
    stream = ExecStream(ours)
    stream.settimeout(10)
    data = b"".join(piece(kind, text) for kind, text in pieces)
    for start in range(0, len(data), size):
        theirs.sendall(data[start : start + size])
    theirs.close()
    assert everything(stream) == b"".join(text for kind, text in pieces if kind == 1)
    assert stream.errors == b"".join(text for kind, text in pieces if kind == 2)
    stream.close()


def test_large_pieces_go_straight_into_the_readers_memory(pair: tuple[ExecStream, socket.socket]) -> None:
    stream, theirs = pair
    data = bytes(range(256)) * 512
    theirs.sendall(piece(1, data[:100_000]) + piece(1, data[100_000:]))
    theirs.shutdown(socket.SHUT_WR)
    assert everything(stream, 128 * 1024) == data


def test_errors_without_end_are_kept_in_bounded_memory(pair: tuple[ExecStream, socket.socket]) -> None:
    stream, theirs = pair
    for _ in range(40):
        theirs.sendall(piece(2, b"e" * 1000))
    theirs.sendall(piece(1, b"ok"))
    room = bytearray(2)
    assert stream.recv_into(memoryview(room)) == 2
    assert bytes(room) == b"ok"
    assert stream.errors == b"e" * 16 * 1024


def test_a_stream_that_is_none_is_refused(pair: tuple[ExecStream, socket.socket]) -> None:
    stream, theirs = pair
    theirs.sendall(piece(9, b"x"))
    with pytest.raises(OSError, match="out of order"):
        stream.recv_into(memoryview(bytearray(4)))


def test_a_header_that_never_ends_runs_out_of_time(pair: tuple[ExecStream, socket.socket]) -> None:
    stream, theirs = pair
    theirs.sendall(b"\x01\0")
    stream.settimeout(0.05)
    with pytest.raises(TimeoutError):
        stream.recv_into(memoryview(bytearray(4)))


def test_a_stream_that_stops_in_a_piece_is_at_its_end(pair: tuple[ExecStream, socket.socket]) -> None:
    stream, theirs = pair
    theirs.sendall(piece(1, b"abcdef")[:-2])
    theirs.shutdown(socket.SHUT_WR)
    assert everything(stream) == b"abcd"


def test_what_was_said_last_is_read_after_the_end(pair: tuple[ExecStream, socket.socket]) -> None:
    stream, theirs = pair
    theirs.sendall(piece(2, b"Traceback") + piece(1, b"ignored"))
    theirs.shutdown(socket.SHUT_WR)
    assert stream.read_errors(1.0) == b"Traceback"
