"""What a sandbox looks like from inside, measured by trying, held against what its backend promises."""

import importlib.resources
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from orion_tui.core.sandbox import seccomp
from orion_tui.core.sandbox.base import MIB, CommandResult, Limits, Property
from orion_tui.core.sandbox.identity import INSIDE_UID
from orion_tui.core.sandbox.seccomp.syscalls import SYSCALLS

Run = Callable[[tuple[str, ...]], CommandResult]

#: Calls that must come back EPERM whatever their arguments.
_REFUSED_CALLS = (
    "add_key",
    "bpf",
    "fsopen",
    "init_module",
    "io_uring_setup",
    "kexec_load",
    "keyctl",
    "name_to_handle_at",
    "open_by_handle_at",
    "perf_event_open",
    "pidfd_getfd",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "quotactl",
    "request_key",
    "swapon",
    "userfaultfd",
)
_SOCKETS = {"socket AF_VSOCK", "socket AF_PACKET", "socket AF_ALG"}

#: Where nothing may be written, and files that must not open for writing, beside all of /proc/sys.
_READ_ONLY = ("/", "/usr", "/usr/bin", "/etc", "/home", "/dev", "/proc", "/proc/sys/kernel", "/usr/local")
_READ_ONLY_TOO = ("/var/tmp", "/run", "/run/lock", "/var/lock", "/root", "/opt", "/srv", "/mnt", "/media", "/sys")
_KERNEL_FILES = (
    "/proc/sysrq-trigger",
    "/etc/passwd",
    "/usr/bin/env",
)
_ENGINE_SOCKETS = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
)
#: No route there; or, where IPv6 is switched off, no address to come from.
_UNREACHABLE = {"ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"}
_DEVICES = ["full", "null", "ptmx", "random", "tty", "urandom", "zero"]


@attrs.frozen(kw_only=True)
class Expected:
    """What is to be found inside."""

    limits: Limits
    python: str
    #: As `platform.machine()` names it.
    machine: str
    environment: Mapping[str, str]
    #: Hard resource limits by name, as they were asked for.
    resources: Mapping[str, int]
    #: The number of the call that only our filter answers.
    canary: int
    #: What is answered for a family of sockets that is not allowed.
    unsupported: str = "EAFNOSUPPORT"
    #: Names that may stand at the top; None where the image decides.
    top_level: frozenset[str] | None = None
    #: Whether entries are bounded, and /tmp cannot be executed from.
    bounded_entries: bool = True
    #: Whether the number of processes is.
    bounded_processes: bool = True
    #: Uids of others that may be seen: who holds the sandbox together.
    others: frozenset[int] = frozenset()
    #: Whether the root itself is mounted read-only by the backend.
    read_only_root: bool = True


def check(name: str, promised: str, measured: object, holds: bool, seen_from: str) -> Property:
    """One property with its verdict."""
    text = measured if isinstance(measured, str) else json.dumps(measured)
    return Property(name=name, promised=promised, measured=text[:500], holds=holds, seen_from=seen_from)


def lacking(name: str, promised: str, measured: str, seen_from: str) -> Property:
    """One property that the backend cannot give here, which is known before."""
    return Property(name=name, promised=promised, measured=measured, holds=False, seen_from=seen_from, lacking=True)


def all_empty(sets: Mapping[str, str]) -> bool:
    """Whether the five capability sets hold nothing."""
    return len(sets) == 5 and all(int(value, 16) == 0 for value in sets.values())


def measure(run: Run, expected: Expected) -> Iterable[Property]:
    """Every property that can be seen from inside. Raises ChannelClosed when the sandbox goes away meanwhile."""
    found = _probe(run, expected)
    if isinstance(found, str):
        yield check("probes", "can be run inside", found, False, "inside")
        return
    try:
        yield from _judge(found, expected)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # The tools inside may be an attacker's: what they say need not make sense.
        yield check("probes", "answer in order", f"{type(error).__name__}: {error}", False, "inside")


def _judge(found: Mapping[str, Any], expected: Expected) -> Iterable[Property]:
    def inside(name: str, promised: str, measured: object, holds: bool) -> Property:
        return check(name, promised, measured, holds, "inside")

    sets = found["capabilities"]
    yield inside("capabilities", "none, in all five sets", sets, all_empty(sets))
    privileges = found["privileges"]
    canary = str(seccomp.CANARY_ERRNO)
    yield inside("no_new_privileges", "1", privileges[0], privileges[0] == "1")
    yield inside("seccomp", f"a filter, answering {canary}", privileges[1:], privileges[1:] == ["2", canary])
    who = [[INSIDE_UID] * 3, [INSIDE_UID] * 3]
    identity = found["identity"]
    groups_fine = set(identity[2]) <= {INSIDE_UID, 65534}
    yield inside("user", f"uid and gid {INSIDE_UID}, no groups", identity, identity[:2] == who and groups_fine)
    yield inside("network_interfaces", "only lo", found["interfaces"], found["interfaces"] == ["lo"])
    tries = dict(found["connections"])
    reached_own = tries.pop("own", "") == "done"
    unreachable = bool(tries) and set(tries.values()) <= _UNREACHABLE
    yield inside("network", "nothing out there is reached", found["connections"], reached_own and unreachable)
    yield inside(
        "read_only", "no place or kernel file but its own is writable", found["writable"], not found["writable"]
    )
    if expected.read_only_root:
        yield inside("root", "mounted read-only", found["root"], "ro" in found["root"])
    if expected.top_level is not None:
        strange = sorted(set(found["visible"]) - expected.top_level)
        yield inside("host_paths", "nothing of home, opt, var, run, root, sys", strange, not strange)
    sockets = found["control_sockets"]
    yield inside("engine_socket", "no container engine's socket", sockets or "none", not sockets)
    names = [str(path).removeprefix("/dev/").removeprefix("pts/") for path in found["devices"]]
    yield inside("devices", "no device of the machine's", found["devices"], set(names) <= set(_DEVICES))
    yield from _calls(found["calls"], expected, inside)
    denied = {"EACCES", "EPERM"}
    yield inside("init", "PID 1 and the server are out of reach", found["init"], set(found["init"].values()) <= denied)
    others = {int(uid) for uid in found["processes"].values()}
    few = len(found["processes"]) <= len(expected.others)
    yield inside("processes", "none but its own", found["processes"], others <= expected.others and few)
    yield from _places(found["mounts"], expected, inside)
    hard = found["limits"]
    in_force = all(0 <= hard[name] <= value for name, value in expected.resources.items() if name in hard)
    yield inside("resource_limits", "as asked for, or tighter", hard, bool(hard) and in_force)
    forks, most = found["forks"], expected.limits.processes
    if expected.bounded_processes:
        yield inside("process_limit", f"at most {most}", forks, 0 < forks < most)
    else:
        yield lacking("process_limit", f"at most {most}", "bounded by the machine only", "inside")
    known = dict(expected.environment)
    yield inside("environment", "the fixed one", sorted(found["environment"]), found["environment"] == known)
    streams = {"0": "/dev/null", "1": "pipe:", "2": "pipe:"}
    yield inside("descriptors", "three, no other inherited", found["descriptors"], found["descriptors"] == streams)


def _calls(
    found: Mapping[str, str], expected: Expected, inside: Callable[[str, str, object, bool], Property]
) -> Iterable[Property]:
    for name in ("unshare", "mount", "ptrace"):
        yield inside(name, "refused", found[name], found[name] == "EPERM")
    rest = {name: answer for name, answer in found.items() if name not in {"unshare", "mount", "ptrace", "clone3"}}
    wrong = {n: a for n, a in rest.items() if a != (expected.unsupported if n in _SOCKETS else "EPERM")}
    wrong |= {} if found["clone3"] == "ENOSYS" else {"clone3": found["clone3"]}
    yield inside("kernel_calls", f"{len(rest) + 1} more refused", wrong or "all refused", not wrong)


def _places(
    found: Mapping[str, Any], expected: Expected, inside: Callable[[str, str, object, bool], Property]
) -> Iterable[Property]:
    limits = expected.limits
    for place, size, noexec in (
        ("/workspace", limits.workspace_bytes, False),
        ("/home/agent", limits.scratch_bytes, False),
        ("/tmp", limits.tmp_bytes, True),
        ("/dev/shm", limits.tmp_bytes, True),
    ):
        size_found, entries, options = found[place]
        bounded = 0 < size_found <= size + 4096 and {"nosuid", "nodev"} <= set(options)
        yield inside(f"size {place}", f"{size // MIB} MiB, nosuid, nodev", [size_found, *options], bounded)
        if expected.bounded_entries:
            few = 0 < entries <= limits.workspace_entries
            yield inside(f"entries {place}", f"at most {limits.workspace_entries}", entries, few)
            if noexec:
                yield inside(f"noexec {place}", "nothing there can be executed", options, "noexec" in options)
    if not expected.bounded_entries:
        yield lacking("entries", "a bounded number of files", "bounded by memory only", "inside")
        yield lacking("noexec /tmp", "nothing there can be executed", "programs can be executed from /tmp", "inside")


def _probe(run: Run, expected: Expected) -> dict[str, Any] | str:
    """What the probes found by name, or why there is nothing."""
    numbers = {name: getattr(SYSCALLS[name], expected.machine) for name in (*_REFUSED_CALLS, "clone3")}
    config = {
        "canary": expected.canary,
        "calls": {name: number for name, number in numbers.items() if number is not None},
        "directories": (*_READ_ONLY, *_READ_ONLY_TOO),
        "kernel_files": _KERNEL_FILES,
        "processes": expected.limits.processes,
        "places": ["/workspace", "/home/agent", "/tmp", "/dev/shm"],
        "limits": [name for name in ("CORE", "NPROC", "NOFILE", "FSIZE", "MEMLOCK") if name in expected.resources],
        "sockets": _ENGINE_SOCKETS,
    }
    source = importlib.resources.files("orion_tui.core.sandbox.agent").joinpath("probes.py").read_text("utf-8")
    result = run((expected.python, "-I", "-S", "-B", "-c", source, json.dumps(config)))
    try:
        found: dict[str, Any] = json.loads(result.output)
    except ValueError:
        return f"exit {result.exit_code}, {result.error or result.output.decode('utf-8', 'replace')[-300:]}"
    failed = [f"{name} {value}" for name, value in found.items() if str(value).startswith("failed: ")]
    return "; ".join(failed) or found
