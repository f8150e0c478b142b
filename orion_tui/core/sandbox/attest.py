"""What was promised of a sandbox, measured: from inside by trying, and from the host's view of its PID 1.

A measurement that cannot be made counts as a promise broken. What the backend cannot give on this machine is listed as
lacking instead, and is known before: it is never what a measurement happens to find.
"""

import importlib.resources
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from orion_tui.core.sandbox import seccomp
from orion_tui.core.sandbox.arguments import ENVIRONMENT, NAMESPACES, Shape
from orion_tui.core.sandbox.base import MIB, CommandResult, Limits, Property
from orion_tui.core.sandbox.cgroup import Cgroup, total_memory
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
_UNSUPPORTED = {"socket AF_VSOCK", "socket AF_PACKET", "socket AF_ALG"}

#: Where nothing may be written, and files that must not open for writing, beside all of /proc/sys.
_READ_ONLY = ("/", "/usr", "/usr/bin", "/etc", "/home", "/dev", "/proc", "/proc/sys/kernel", "/usr/local")
_KERNEL_FILES = (
    "/proc/sysrq-trigger",
    "/etc/passwd",
    "/usr/bin/env",
)
_TOP_LEVEL = {
    *("lib", "lib32", "lib64", "libx32"),
    "bin",
    "dev",
    "etc",
    "home",
    "home/agent",
    "proc",
    "sbin",
    "tmp",
    "usr",
    "workspace",
}
_DEVICES = ["full", "null", "ptmx", "random", "tty", "urandom", "zero"]
_HARD_LIMITS = ("CORE", "NPROC", "NOFILE", "FSIZE", "MEMLOCK")


@attrs.frozen(kw_only=True)
class Promise:
    """What a sandbox was started with: what the measurements are held against."""

    limits: Limits
    shape: Shape
    cgroup: Cgroup
    #: The sandbox's PID 1 and bubblewrap's own process, as the host numbers them.
    child: int
    parent: int
    #: The uid that it runs under on the host.
    uid: int
    python: str
    #: Hard resource limits by name, as they were asked for.
    resources: Mapping[str, int]


def measure(run: Run, promise: Promise) -> tuple[Property, ...]:
    """Every property. Raises ChannelClosed when the sandbox goes away meanwhile."""
    return (*_inside(run, promise), *_from_host(promise))


def _check(name: str, promised: str, measured: object, holds: bool, seen_from: str) -> Property:
    text = measured if isinstance(measured, str) else json.dumps(measured)
    return Property(name=name, promised=promised, measured=text[:500], holds=holds, seen_from=seen_from)


def _all_empty(sets: Mapping[str, str]) -> bool:
    return len(sets) == 5 and all(int(value, 16) == 0 for value in sets.values())


# -- inside


def _inside(run: Run, promise: Promise) -> Iterable[Property]:
    found = _probe(run, promise)
    if isinstance(found, str):
        yield _check("probes", "can be run inside", found, False, "inside")
        return

    def check(name: str, promised: str, measured: object, holds: bool) -> Property:
        return _check(name, promised, measured, holds, "inside")

    sets = found["capabilities"]
    yield check("capabilities", "none, in all five sets", sets, _all_empty(sets))
    privileges = found["privileges"]
    canary = str(seccomp.CANARY_ERRNO)
    yield check("no_new_privileges", "1", privileges[0], privileges[0] == "1")
    yield check("seccomp", f"a filter, answering {canary}", privileges[1:], privileges[1:] == ["2", canary])
    who = [[INSIDE_UID] * 3, [INSIDE_UID] * 3]
    identity = found["identity"]
    groups_fine = set(identity[2]) <= {INSIDE_UID, 65534}
    yield check("user", f"uid and gid {INSIDE_UID}, no groups", identity, identity[:2] == who and groups_fine)
    yield check("network_interfaces", "only lo", found["interfaces"], found["interfaces"] == ["lo"])
    tries = dict(found["connections"])
    reached_own = tries.pop("own", "") == "done"
    unreachable = all(answer == "ENETUNREACH" for answer in tries.values())
    yield check("network", "nothing out there is reached", found["connections"], reached_own and unreachable)
    yield check(
        "read_only", "no place or kernel file but its own is writable", found["writable"], not found["writable"]
    )
    strange = sorted(set(found["visible"]) - _TOP_LEVEL)
    yield check("host_paths", "nothing of home, opt, var, run, root, sys", strange, not strange)
    names = [str(path).removeprefix("/dev/").removeprefix("pts/") for path in found["devices"]]
    yield check("devices", "no device of the machine's", found["devices"], set(names) <= set(_DEVICES))
    yield from _calls(found["calls"], check)
    denied = {"EACCES", "EPERM"}
    yield check("init", "PID 1 is out of reach", found["init"], set(found["init"].values()) <= denied)
    yield check("processes", "none but its own", found["processes"], not found["processes"])
    yield from _places(found["mounts"], promise, check)
    hard = found["limits"]
    in_force = all(0 <= hard[name] <= promise.resources[name] for name in _HARD_LIMITS)
    yield check("resource_limits", "as asked for, or tighter", hard, in_force)
    forks = found["forks"]
    yield check("process_limit", f"at most {promise.limits.processes}", forks, 0 < forks < promise.limits.processes)
    yield check("environment", "the fixed one", sorted(found["environment"]), found["environment"] == dict(ENVIRONMENT))
    streams = {"0": "/dev/null", "1": "pipe:", "2": "pipe:"}
    yield check("descriptors", "three, no other inherited", found["descriptors"], found["descriptors"] == streams)


def _calls(found: Mapping[str, str], check: Callable[[str, str, object, bool], Property]) -> Iterable[Property]:
    for name in ("unshare", "mount", "ptrace"):
        yield check(name, "refused", found[name], found[name] == "EPERM")
    rest = {name: answer for name, answer in found.items() if name not in {"unshare", "mount", "ptrace", "clone3"}}
    wrong = {n: a for n, a in rest.items() if a != ("EAFNOSUPPORT" if n in _UNSUPPORTED else "EPERM")}
    wrong |= {} if found["clone3"] == "ENOSYS" else {"clone3": found["clone3"]}
    yield check("kernel_calls", f"{len(rest) + 1} more refused", wrong or "all refused", not wrong)


def _places(
    found: Mapping[str, Any], promise: Promise, check: Callable[[str, str, object, bool], Property]
) -> Iterable[Property]:
    limits = promise.limits
    for place, size, noexec in (
        ("/workspace", limits.workspace_bytes, False),
        ("/home/agent", limits.scratch_bytes, False),
        ("/tmp", limits.tmp_bytes, True),
        ("/dev/shm", limits.tmp_bytes, True),
    ):
        size_found, entries, options = found[place]
        bounded = 0 < size_found <= size + 4096 and {"nosuid", "nodev"} <= set(options)
        yield check(f"size {place}", f"{size // MIB} MiB, nosuid, nodev", [size_found, *options], bounded)
        if promise.shape.mounts:
            few = 0 < entries <= limits.workspace_entries
            yield check(f"entries {place}", f"at most {limits.workspace_entries}", entries, few)
            if noexec:
                yield check(f"noexec {place}", "nothing there can be executed", options, "noexec" in options)
    if not promise.shape.mounts:
        yield _lacking("entries", "a bounded number of files", "bounded by memory only", "inside")
        yield _lacking("noexec /tmp", "nothing there can be executed", "programs can be executed from /tmp", "inside")


def _probe(run: Run, promise: Promise) -> dict[str, Any] | str:
    """What the probes found by name, or why there is nothing."""
    machine = platform.machine()
    numbers = {name: getattr(SYSCALLS[name], machine) for name in (*_REFUSED_CALLS, "clone3")}
    config = {
        "canary": seccomp.CANARY_CALL,
        "calls": {name: number for name, number in numbers.items() if number is not None},
        "directories": _READ_ONLY,
        "kernel_files": _KERNEL_FILES,
        "processes": promise.limits.processes,
        "places": ["/workspace", "/home/agent", "/tmp", "/dev/shm"],
        "limits": _HARD_LIMITS,
    }
    source = importlib.resources.files("orion_tui.core.sandbox.agent").joinpath("probes.py").read_text("utf-8")
    result = run((promise.python, "-I", "-S", "-B", "-c", source, json.dumps(config)))
    try:
        found: dict[str, Any] = json.loads(result.output)
    except ValueError:
        return f"exit {result.exit_code}, {result.error or result.output.decode('utf-8', 'replace')[-300:]}"
    failed = [f"{name} {value}" for name, value in found.items() if str(value).startswith("failed: ")]
    return "; ".join(failed) or found


# -- from the host


def _lacking(name: str, promised: str, measured: str, seen_from: str) -> Property:
    return Property(name=name, promised=promised, measured=measured, holds=False, seen_from=seen_from, lacking=True)


def _from_host(promise: Promise) -> Iterable[Property]:
    def check(name: str, promised: str, measured: object, holds: bool) -> Property:
        return _check(name, promised, measured, holds, "host")

    proc = Path("/proc", str(promise.child))
    status = _status(proc)
    inside_pid = status.get("NSpid", "").split()[-1:]
    ours = status.get("PPid") == str(promise.parent) and inside_pid == ["1"]
    yield check("init", "PID 1 of a namespace, started by our bubblewrap", status.get("NSpid", "gone"), ours)
    sets = {key: value for key, value in status.items() if key.startswith("Cap")}
    yield check("capabilities", "none, in all five sets", sets, _all_empty(sets))
    yield check("no_new_privileges", "1", status.get("NoNewPrivs", ""), status.get("NoNewPrivs") == "1")
    yield check("seccomp", "a filter", status.get("Seccomp", ""), status.get("Seccomp") == "2")
    uids = status.get("Uid", "").split()
    yield check("user", f"uid {promise.uid}, not root", uids, uids == [str(promise.uid)] * 4 and promise.uid != 0)
    yield _namespaces(proc)
    yield from _mounts(proc)
    yield from _control(promise)


def _namespaces(proc: Path) -> Property:
    shared: list[str] = []
    for name in NAMESPACES:
        try:
            if (proc / "ns" / name).readlink() == Path("/proc/self/ns", name).readlink():
                shared.append(name)
        except OSError as error:
            shared.append(f"{name}: {error.strerror}")
    measured = "shared: " + ", ".join(shared) if shared else "all its own"
    return _check("namespaces", ", ".join(NAMESPACES), measured, not shared, "host")


def _mounts(proc: Path) -> Iterable[Property]:
    """Every mount is read-only, or in memory, or of the kernel's own; none shows a directory of the user's."""
    wrong: list[str] = []
    try:
        lines = (proc / "mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError as error:
        lines, wrong = [], [str(error)]
    for line in lines:
        fields, _, rest = line.partition(" - ")
        place, options = fields.split(" ")[4:6]
        kind = rest.split(" ")[0]
        flags = options.split(",")
        device = place.startswith("/dev/") or place.startswith("/proc/")
        if "nosuid" not in flags or ("rw" in flags and kind not in {"tmpfs", "proc", "devpts"} and not device):
            wrong.append(f"{place} ({kind}, {options})")
    measured: object = wrong or f"{len(lines)} mounts"
    yield _check("mounts", "read-only or in memory, nosuid", measured, bool(lines) and not wrong, "host")


def _control(promise: Promise) -> Iterable[Property]:
    cgroup = promise.cgroup
    held = cgroup.holds(promise.child)
    memory = total_memory(promise.limits)
    wanted = {
        "memory": (str(memory), f"{memory // MIB} MiB, files in memory included"),
        "pids": (str(promise.limits.processes), f"{promise.limits.processes} processes"),
        "cpu": (str(int(promise.limits.cpus * 100_000)), f"{promise.limits.cpus:g} processors"),
    }
    instead = {
        "memory": "watched ten times a second instead",
        "pids": "bounded by a resource limit instead",
        "cpu": "not bounded",
    }
    for controller, (value, promised) in wanted.items():
        if controller not in cgroup.directories:
            yield _lacking(f"cgroup {controller}", promised, f"no cgroup: {instead[controller]}", "host")
            continue
        found = cgroup.limit(controller)
        in_force = controller in held and found.split(" ")[0] == value
        yield _check(f"cgroup {controller}", promised, found or "none", in_force, "host")


def _status(proc: Path) -> dict[str, str]:
    try:
        lines = (proc / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
