"""Frames: what is written is read back, and nothing else is a frame."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.sandbox.agent import frames

pytestmark = pytest.mark.unit

_json = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=20), max_size=4
)


@given(st.integers(frames.CALL, frames.FAIL), st.integers(0, 0xFFFFFFFF), _json, st.binary(max_size=200))
def test_a_frame_makes_the_round_trip(kind: int, number: int, meta: dict[str, Any], data: bytes) -> None:
    frame = frames.encode(kind, number, meta, data)
    got = frames.decode_header(frame[: frames.HEADER.size])
    assert got == (kind, number, len(frame) - frames.HEADER.size - len(data), len(data))
    rest = frame[frames.HEADER.size :]
    assert frames.decode_meta(rest[: got[2]]) == meta
    assert rest[got[2] :] == data


def test_undecodable_names_make_the_round_trip() -> None:
    frame = frames.encode(frames.CALL, 1, {"path": "a\udcff\udc80"})
    assert frames.decode_meta(frame[frames.HEADER.size :]) == {"path": "a\udcff\udc80"}


@pytest.mark.parametrize(
    "head",
    [
        frames.HEADER.pack(0, 1, 0, 0),
        frames.HEADER.pack(8, 1, 0, 0),
        frames.HEADER.pack(frames.DATA, 1, frames.MAX_META + 1, 0),
        frames.HEADER.pack(frames.DATA, 1, 0, frames.MAX_DATA + 1),
    ],
)
def test_headers_out_of_bounds_are_malformed(head: bytes) -> None:
    with pytest.raises(frames.Malformed):
        frames.decode_header(head)


@pytest.mark.parametrize("text", [b"[]", b"1", b"{", b"\xff", b"[" * 100_000])
def test_anything_but_an_object_is_malformed(text: bytes) -> None:
    with pytest.raises(frames.Malformed):
        frames.decode_meta(text)


def test_what_is_too_large_is_never_sent() -> None:
    with pytest.raises(frames.Malformed):
        frames.encode(frames.DATA, 1, {}, b"x" * (frames.MAX_DATA + 1))
