"""The engine's profile and the compiled filter come from one policy, and judge alike."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.sandbox import seccomp
from orion_tui.core.sandbox.seccomp import engine_profile
from orion_tui.core.sandbox.seccomp.syscalls import SYSCALLS
from tests.unit.sandbox.bpf import run

pytestmark = pytest.mark.unit

_ARCH = 0xC000003E
_ALLOW = "allow"
PROFILE: dict[str, Any] = json.loads(engine_profile.profile())


def engine(name: str, arguments: tuple[int, ...]) -> str:
    """What an engine's filter does: `allow`, or the number of the error. Rules of other names do not count."""
    values = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    verdicts: set[str] = set()
    for rule in PROFILE["syscalls"]:
        if name not in rule["names"]:
            continue
        for condition in rule["args"]:
            assert condition["op"] == "SCMP_CMP_MASKED_EQ"
            if values[condition["index"]] & condition["value"] != condition["valueTwo"]:
                break
        else:
            verdicts.add(_ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else str(rule["errnoRet"]))
    assert len(verdicts) <= 1, f"{name}{arguments} is judged twice"
    return verdicts.pop() if verdicts else str(PROFILE["defaultErrnoRet"])


def compiled(name: str, arguments: tuple[int, ...]) -> str:
    program = seccomp.program("x86_64")
    assert program is not None
    number = SYSCALLS[name].x86_64
    assert number is not None
    action = run(program, arch=_ARCH, number=number, arguments=arguments)
    return _ALLOW if action == 0x7FFF0000 else str(action & 0xFFFF)


#: What the engine says otherwise, and why that is no weaker: see the module's docstring.
_UNSUPPORTED = {"93", "94", "97"}
_PID_1 = {"prlimit64", "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity"}
_MAKES = {"mknod", "mknodat"}


def alike(name: str, arguments: tuple[int, ...]) -> bool:
    one, other = engine(name, arguments), compiled(name, arguments)
    if name == engine_profile.CANARY_NAME:
        return one == str(seccomp.CANARY_ERRNO)
    if one == other or (other in _UNSUPPORTED and one == "1"):
        return True
    if name in _PID_1 or name in {"setpriority", "ioprio_set"}:
        # PID 1 has another uid there; what the engine allows more is only ever aimed at it, or at nothing.
        return arguments[0] & 0xFFFFFFFF == 1 or arguments[1] & 0xFFFFFFFF == 1 or one == "1"
    # An engine's rules name the kinds that may be made, the filter those that may not.
    return name in _MAKES and one == "1"


@pytest.mark.parametrize("name", [n for n, call in SYSCALLS.items() if call.x86_64 is not None])
def test_every_call_is_judged_alike_with_plain_arguments(name: str) -> None:
    assert alike(name, (0, 0, 0, 0, 0, 0)), (engine(name, (0,) * 6), compiled(name, (0,) * 6))


_NUMBERS = st.one_of(
    st.integers(0, 64),
    st.sampled_from([0x5412, 0x541C, 0x541D, 0x5423, 0x10000000, 0x7E020000, 0x2000, 0x6000, 0x8000, 0xFFFFFFFF]),
    st.integers(0, 2**32 - 1),
    # Bits that the kernel does not look at.
    st.sampled_from([0x5412, 40, 17, 1, 0x10000000]).map(lambda value: value | 1 << 40),
)
_CONDITIONAL = ("clone", "unshare", "socket", "socketpair", "ioctl", "personality", "mknod", "mknodat", "setpriority")


@given(st.sampled_from((*_CONDITIONAL, *sorted(_PID_1), "ioprio_set")), st.tuples(_NUMBERS, _NUMBERS, _NUMBERS))
def test_calls_that_depend_on_their_arguments_are_judged_alike(name: str, arguments: tuple[int, int, int]) -> None:
    assert alike(name, arguments), (engine(name, arguments), compiled(name, arguments))


@given(st.lists(st.integers(0, 2**32 - 1), max_size=4, unique=True), st.integers(0, 2**32 - 1))
def test_all_numbers_but_some_are_covered_exactly_once(values: list[int], number: int) -> None:
    prefixes = engine_profile.all_but(values)
    hits = [1 for mask, value in prefixes if number & mask == value]
    assert len(hits) == (number not in values)
    assert all(value & mask != kept for mask, kept in prefixes for value in values)


@pytest.mark.parametrize("request_", [0x5412, 0x541C, 0x541D, 0x5423])
def test_a_bit_that_nobody_reads_lets_no_request_through(request_: int) -> None:
    assert engine("ioctl", (0, request_ | 1 << 35, 0)) == "1"
    assert engine("ioctl", (0, 0x5413, 0)) == _ALLOW


def test_nothing_is_allowed_by_default_and_only_native_calls_are() -> None:
    assert PROFILE["defaultAction"] == "SCMP_ACT_ERRNO"
    assert [entry["subArchitectures"] for entry in PROFILE["archMap"]] == [[], []]


def test_limits_are_set_of_oneself_alone() -> None:
    """The server is another process of the same uid, and its number is not known beforehand."""
    assert engine("prlimit64", (0, 7, 1)) == _ALLOW
    assert engine("prlimit64", (7, 7, 1)) == "1"
    assert engine("prlimit64", (1 << 40, 7, 1)) == _ALLOW  # the kernel reads 32 bits: that is 0


@pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
def test_the_canary_has_a_number_everywhere(machine: str) -> None:
    assert engine_profile.canary_number(machine) > 0
