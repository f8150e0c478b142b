"""The same policy as a profile for a container engine, which compiles it itself.

An engine takes rules by name, not a program. Every call that is allowed is listed with what its arguments may be; all
others get EPERM. Two things differ from the compiled filter and are harmless: families of sockets that are not allowed
are refused with EPERM instead of "not supported", and PID 1 is not protected by number, since it has another uid.

Arguments are compared under a mask of 32 bits, as the kernel itself looks at an int: an equality of 64 would let the
same request through with a bit set that nobody reads.
"""

import functools
import json
from collections.abc import Iterable
from typing import Any

from orion_tui.core.sandbox.seccomp import CANARY_ERRNO, policy
from orion_tui.core.sandbox.seccomp.syscalls import SYSCALLS

#: A call that both architectures number and that no kernel has answered since 2011. The profile gives it an errno that
#: no kernel uses: proof that *this* profile is the one in force, where "a filter" is not.
CANARY_NAME = "nfsservctl"

_INT = 0xFFFFFFFF
_ALLOW, _ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
_EPERM, _ENOSYS = 1, 38
#: What an engine answers for a family of sockets that is not allowed.
UNSUPPORTED = "EPERM"

Rule = dict[str, Any]


@functools.cache
def profile() -> str:
    """The profile as JSON, for every architecture that the policy knows."""
    numbered = {name for name, call in SYSCALLS.items() if call.x86_64 is not None or call.aarch64 is not None}
    rules: list[Rule] = [
        _rule(sorted(policy.ALLOWED & numbered)),
        _errno([CANARY_NAME], CANARY_ERRNO),
        _errno(sorted(policy.UNKNOWN), _ENOSYS),
        _errno(sorted(policy.DONE), 0),
        *_conditional(),
    ]
    return json.dumps(
        {
            "defaultAction": _ERRNO,
            "defaultErrnoRet": _EPERM,
            "archMap": [
                {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
            ],
            "syscalls": rules,
        }
    )


def canary_number(machine: str) -> int:
    """Its number on a machine as `platform.machine()` names it; -1 where the policy does not know that."""
    number: int | None = getattr(SYSCALLS[CANARY_NAME], machine, None)
    return -1 if number is None else number


def _rule(names: Iterable[str], *conditions: Rule) -> Rule:
    return {"names": list(names), "action": _ALLOW, "args": list(conditions)}


def _errno(names: Iterable[str], number: int) -> Rule:
    return {"names": list(names), "action": _ERRNO, "errnoRet": number, "args": []}


def _masked(index: int, mask: int, value: int) -> Rule:
    """Argument `index` under `mask` is `value`."""
    return {"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}


def _is(index: int, value: int) -> Rule:
    return _masked(index, _INT, value)


def all_but(values: Iterable[int]) -> list[tuple[int, int]]:
    """Every 32-bit number but these, as (mask, value) prefixes that do not overlap.

    An engine's profile has no "none of": the numbers that differ from all of them are listed, by their leading bits.
    """
    found: list[tuple[int, int]] = []

    def descend(prefix: int, bits: int, left: list[int]) -> None:
        mask = (_INT << (32 - bits)) & _INT
        if not left:
            found.append((mask, prefix))
            return
        if bits == 32:
            return
        bit = 1 << (31 - bits)
        for value in (prefix, prefix | bit):
            descend(value, bits + 1, [number for number in left if number & (mask | bit) == value])

    descend(0, 0, list(values))
    return found


def _conditional() -> Iterable[Rule]:
    yield _rule(["clone"], _masked(0, policy.CLONE_NEW_ANY, 0))
    yield _rule(["unshare"], _masked(0, policy.CLONE_NEW_ANY | policy.CLONE_NEWTIME, 0))
    for value in policy.PERSONALITIES:
        yield _rule(["personality"], _is(0, value))
    for mask, value in all_but(policy.TERMINAL_REQUESTS):
        yield _rule(["ioctl"], _masked(1, mask, value))
    for index, name in ((1, "mknod"), (2, "mknodat")):
        for kind in policy.FILE_KINDS:
            yield _rule([name], _masked(index, policy.S_IFMT, kind))
    yield _rule(["socketpair"], _is(0, policy.AF_UNIX))
    yield _rule(["socket"], _is(0, policy.AF_UNIX))
    yield _rule(["socket"], _is(0, policy.AF_NETLINK), _is(2, 0))
    for family in (policy.AF_INET, policy.AF_INET6):
        for kind in (1, 2):
            for protocol in policy.INTERNET_PROTOCOLS:
                yield _rule(["socket"], _is(0, family), _masked(1, 0xF, kind), _is(2, protocol))
    # Of itself alone: the server runs under the same uid, and with no descriptor left it could end nobody.
    yield _rule(["prlimit64"], _is(0, 0))
    yield _rule(["sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity"])
    for value in (0, 1):  # a process, a process group; not all that a user has
        yield _rule(["setpriority"], _is(0, value))
    for value in (1, 2):
        yield _rule(["ioprio_set"], _is(0, value))
