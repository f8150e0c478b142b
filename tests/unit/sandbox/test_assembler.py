"""Jumps find their targets however far they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.sandbox.seccomp.assembler import (
    JUMP_EQUAL,
    Instruction,
    Label,
    Line,
    assemble,
    give,
    load,
    when,
)
from tests.unit.sandbox import bpf

pytestmark = pytest.mark.unit


@given(st.integers(0, 700), st.integers(0, 700))
def test_jumps_of_any_distance_arrive(before: int, between: int) -> None:
    filler: list[Line] = [load(0)]
    lines: list[Line] = [
        load(0),
        when(JUMP_EQUAL, 7, "seven", "other"),
        *filler * before,
        Label("other"),
        give(1),
        *filler * between,
        Label("seven"),
        give(2),
    ]
    program = assemble(lines)
    assert bpf.run(program, arch=0, number=7) == 2
    assert bpf.run(program, arch=0, number=8) == 1


@pytest.mark.parametrize("distance", [1, 254, 255, 256, 257, 2000])
def test_falling_through_works_beside_a_far_jump(distance: int) -> None:
    for true, false, seven, eight in (("far", "", 2, 1), ("", "far", 1, 2)):
        lines: list[Line] = [load(0), when(JUMP_EQUAL, 7, true, false), give(1), *[load(0)] * distance]
        lines += [Label("far"), give(2)]
        program = assemble(lines)
        assert bpf.run(program, arch=0, number=7) == seven
        assert bpf.run(program, arch=0, number=8) == eight


def test_a_backward_jump_is_an_error() -> None:
    with pytest.raises(ValueError, match="backward"):
        assemble([Label("here"), load(0), Instruction(JUMP_EQUAL, 0, "here")])


def test_a_program_longer_than_the_kernel_takes_is_an_error() -> None:
    with pytest.raises(ValueError, match="more than"):
        assemble([load(0)] * 4097)
