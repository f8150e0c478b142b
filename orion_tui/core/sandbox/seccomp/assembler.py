"""An assembler for the classic BPF that seccomp runs: labels, forward jumps of any distance."""

import struct

import attrs

LOAD = 0x20  # A = 32-bit word at offset k of struct seccomp_data
AND = 0x54
JUMP = 0x05
JUMP_EQUAL = 0x15
JUMP_GREATER = 0x25
JUMP_AT_LEAST = 0x35
JUMP_ANY_BIT = 0x45
RETURN = 0x06

#: The kernel takes no longer program.
MAX_INSTRUCTIONS = 4096
#: A conditional jump carries its two distances in a byte each.
_NEAR = 255


@attrs.frozen
class Label:
    """A place in the program."""

    name: str


@attrs.frozen
class Instruction:
    """One operation; targets are label names, empty to fall through."""

    code: int
    k: int = 0
    if_true: str = ""
    if_false: str = ""


Line = Label | Instruction


def load(offset: int) -> Instruction:
    """A = the word at `offset` of `struct seccomp_data`."""
    return Instruction(LOAD, offset)


def argument(index: int) -> Instruction:
    """A = the low 32 bits of an argument: all that the kernel itself looks at in an int."""
    return load(16 + 8 * index)


def when(code: int, k: int, then: str, otherwise: str = "") -> Instruction:
    """Compare A with k and go to one label or the other."""
    return Instruction(code, k, then, otherwise)


def give(action: int) -> Instruction:
    """End with this seccomp action."""
    return Instruction(RETURN, action)


def assemble(lines: list[Line]) -> bytes:
    """An array of little-endian `struct sock_filter`.

    Where a target is out of a conditional jump's reach, the jump is spelled with unconditional ones behind it. Raises
    ValueError for an unknown label, a backward jump, or a program that is too long.
    """
    far: set[int] = set()
    while True:
        places, length = _place(lines, far)
        grown = {
            index for index, line in enumerate(lines) if index not in far and _too_far(line, index, lines, places, far)
        }
        if not grown:
            break
        far |= grown
    if length > MAX_INSTRUCTIONS:
        raise ValueError(f"{length} instructions are more than the kernel takes")
    output = bytearray()
    for index, line in enumerate(lines):
        if isinstance(line, Instruction):
            output += _encode(line, len(output) // 8, places, index in far)
    return bytes(output)


def _size(line: Line, far: bool) -> int:
    if isinstance(line, Label):
        return 0
    return 3 if far else 1


def _place(lines: list[Line], far: set[int]) -> tuple[dict[str, int], int]:
    places: dict[str, int] = {}
    position = 0
    for index, line in enumerate(lines):
        if isinstance(line, Label):
            places[line.name] = position
        position += _size(line, index in far)
    return places, position


def _too_far(line: Line, index: int, lines: list[Line], places: dict[str, int], far: set[int]) -> bool:
    if isinstance(line, Label) or not (line.if_true or line.if_false):
        return False
    position = sum(_size(other, number in far) for number, other in enumerate(lines[:index]))
    return any(target and places[target] - position - 1 > _NEAR for target in (line.if_true, line.if_false))


def _encode(line: Instruction, position: int, places: dict[str, int], far: bool) -> bytes:
    def distance(target: str, origin: int) -> int:
        if not target:
            return 0
        if (offset := places[target] - origin - 1) < 0:
            raise ValueError(f"backward jump to {target}")
        return offset

    if not far:
        return _pack(line.code, distance(line.if_true, position), distance(line.if_false, position), line.k)
    after = position + 3
    return b"".join(
        (
            _pack(line.code, 0, 1, line.k),
            _pack(JUMP, 0, 0, distance(line.if_true, position + 1) if line.if_true else after - position - 2),
            _pack(JUMP, 0, 0, distance(line.if_false, position + 2) if line.if_false else after - position - 3),
        )
    )


def _pack(code: int, if_true: int, if_false: int, k: int) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, k)
