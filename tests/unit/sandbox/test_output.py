"""What a command prints: head and tail, whatever the sizes in which it comes."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.sandbox.agent.output import Output

pytestmark = pytest.mark.unit


def feed(output: Output, chunks: list[bytes]) -> None:
    reader, writer = os.pipe()
    try:
        for chunk in chunks:
            os.write(writer, chunk)
            left = len(chunk)
            while left:
                left -= output.read_from(reader)
    finally:
        os.close(reader)
        os.close(writer)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=12), st.integers(0, 64))
def test_head_and_tail_are_kept_and_the_rest_is_counted(chunks: list[bytes], limit: int) -> None:
    output = Output(limit)
    feed(output, chunks)
    data, dropped = output.result()
    whole = b"".join(chunks)
    if len(whole) <= limit:
        assert (data, dropped) == (whole, 0)
    else:
        head, tail = limit - limit // 2, limit // 2
        assert data == whole[:head] + whole[len(whole) - tail :]
        assert dropped == len(whole) - limit


def test_a_second_command_starts_with_nothing() -> None:
    output = Output(8)
    feed(output, [b"abcdefghijklmnop"])
    output.reset()
    feed(output, [b"xyz"])
    assert output.result() == (b"xyz", 0)


def test_an_empty_pipe_is_told_from_its_end() -> None:
    output = Output(8)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with pytest.raises(BlockingIOError):
        output.read_from(reader)
    os.close(writer)
    assert output.read_from(reader) == 0
    os.close(reader)


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.booleans()), max_size=12),
    st.integers(2, 64),
    st.integers(1, 48),
)
def test_what_is_told_while_it_runs_is_the_last_of_it_and_the_rest_is_counted(
    chunks: list[tuple[bytes, bool]], limit: int, most: int
) -> None:
    output = Output(limit)
    new = b""
    for chunk, asked in chunks:
        feed(output, [chunk])
        new += chunk
        if asked:
            assert output.untold
            data, dropped = output.latest(most)
            assert len(data) <= most
            assert dropped == len(new) - len(data)
            assert new.endswith(data)
            # Never less than the tail that is kept, where that much came.
            assert len(data) >= min(len(new), most, limit // 2)
            new = b""
            assert not output.untold
    whole = b"".join(chunk for chunk, _ in chunks)
    assert output.result()[1] == max(0, len(whole) - limit)
