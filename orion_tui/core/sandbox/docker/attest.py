"""What was promised of a session's containers, measured: from inside, from the host's `/proc`, and as the engine says.

The work container's image may be an attacker's, and supplies the tools that look from inside: what counts there is that
the host sees the same. The engine's own account catches what neither can tell, such as a device that nobody has used.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from orion_tui.core.sandbox import inside
from orion_tui.core.sandbox.attest import status_of
from orion_tui.core.sandbox.base import MIB, Property, SandboxSpec
from orion_tui.core.sandbox.cgroup import Cgroup, total_memory
from orion_tui.core.sandbox.docker import options
from orion_tui.core.sandbox.docker.engine import ContainerView, Engine, EngineInfo, list_of, object_of
from orion_tui.core.sandbox.docker.part import Container
from orion_tui.core.sandbox.identity import INSIDE_UID
from orion_tui.core.sandbox.inside import Run, all_empty, check, lacking
from orion_tui.core.sandbox.seccomp import engine_profile

_NAMESPACES = ("pid", "net", "ipc", "uts", "mnt")
#: The engine's own files in a container, each mounted by itself.
_ENGINE_FILES = frozenset({"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/sbin/docker-init"})
_KERNEL_KINDS = frozenset({"proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2"})
_NO_HOST = "this engine's processes are not this machine's: measured from inside and told by the engine only"


@attrs.frozen(kw_only=True)
class Promise:
    """What a session's containers were started with: what the measurements are held against."""

    spec: SandboxSpec
    info: EngineInfo
    #: Whether the containers' processes are to be found in this machine's `/proc`.
    local: bool
    engine: Engine
    work: Container
    hands: Container
    volume: str
    cgroup: Cgroup

    @property
    def inside(self) -> inside.Expected:
        """What is to be found inside."""
        limits = self.spec.limits
        return inside.Expected(
            limits=limits,
            python="python3",
            machine=self.info.architecture,
            environment=options.environment(self.work.part.image),
            resources=options.resources(limits),
            canary=engine_profile.canary_number(self.info.architecture),
            unsupported=engine_profile.UNSUPPORTED,
            bounded_processes=self.info.limits_pids,
            others=frozenset({options.HOLDER_UID}),
        )


def measure(run: Run, promise: Promise) -> tuple[Property, ...]:
    """Every property. Raises ChannelClosed when the sandbox goes away meanwhile."""
    return (*inside.measure(run, promise.inside), *_from_host(promise), *_as_the_engine_says(promise))


# -- from the host


def _from_host(promise: Promise) -> Iterable[Property]:
    if not promise.local:
        yield lacking("host's view", "seen from the host too", _NO_HOST, "host")
        return
    for container in (promise.work, promise.hands):
        yield from _process(container)
    yield from _limits(promise)


def _process(container: Container) -> Iterable[Property]:
    part = container.part.name

    def host(name: str, promised: str, measured: object, holds: bool) -> Property:
        return check(f"{part} {name}", promised, measured, holds, "host")

    proc = Path("/proc", str(container.server_pid))
    status = status_of(proc)
    belongs = container.id in _read(proc / "cgroup")
    depth = len(status.get("NSpid", "").split())
    yield host("server", "in its container, not PID 1 of it", status.get("NSpid", "gone"), belongs and depth > 1)
    sets = {key: value for key, value in status.items() if key.startswith("Cap")}
    yield host("capabilities", "none, in all five sets", sets, all_empty(sets))
    yield host("no_new_privileges", "1", status.get("NoNewPrivs", ""), status.get("NoNewPrivs") == "1")
    yield host("seccomp", "a filter", status.get("Seccomp", ""), status.get("Seccomp") == "2")
    uids, expected = status.get("Uid", "").split(), str(_outside(proc, INSIDE_UID))
    yield host("user", f"uid {expected}, not root", uids, uids == [expected] * 4 and expected not in {"0", "-1"})
    first = status_of(Path("/proc", str(container.init_pid)))
    owner = first.get("Uid", "").split()[:1]
    yield host("init", "under another uid than work", owner, bool(owner) and owner[0] not in {expected, "0"})
    yield from _namespaces(host_check=host, proc=proc)
    yield _mounts(host_check=host, proc=proc)


def _namespaces(*, host_check: Any, proc: Path) -> Iterable[Property]:
    devices = [line.partition(":")[0].strip() for line in _read(proc / "net/dev").splitlines() if ":" in line]
    yield host_check("network", "only lo", devices, devices == ["lo"])
    shared: list[str] = []
    try:
        for name in _NAMESPACES:
            if (proc / "ns" / name).readlink() == Path("/proc/self/ns", name).readlink():
                shared.append(name)
    except PermissionError:
        if os.geteuid() != 0:
            text = "the kernel shows them to root only; the network's devices and the process's numbers were seen"
            yield lacking(f"{proc.name} namespaces", ", ".join(_NAMESPACES), text, "host")
            return
        shared.append("cannot be read")
    except OSError as error:
        shared.append(str(error.strerror))
    yield host_check("namespaces", ", ".join(_NAMESPACES), shared or "all its own", not shared)


def _mounts(*, host_check: Any, proc: Path) -> Property:
    """Every mount is read-only, or in memory, or of the kernel's own, or the engine's own file."""
    wrong: list[str] = []
    lines = _read(proc / "mountinfo").splitlines()
    for line in lines:
        fields, _, rest = line.partition(" - ")
        place, options_ = fields.split(" ")[4:6]
        kind, flags = rest.split(" ")[0], options_.split(",")
        fine = (
            (place == "/" and "ro" in flags)
            or kind in {"tmpfs", "proc", "devpts", "mqueue"}
            or (kind in _KERNEL_KINDS and "ro" in flags)
            or (place in _ENGINE_FILES and "ro" in flags)
        )
        if not fine:
            wrong.append(f"{place} ({kind}, {options_})")
    measured: object = wrong or f"{len(lines)} mounts"
    return host_check("mounts", "read-only, in memory, or the kernel's own", measured, bool(lines) and not wrong)


def _limits(promise: Promise) -> Iterable[Property]:
    limits, info = promise.spec.limits, promise.info
    memory, cpus = total_memory(limits), options.processors(limits, info)
    wanted = {
        "memory": (info.limits_memory, str(memory), f"{memory // MIB} MiB, files in memory included"),
        "pids": (info.limits_pids, str(limits.processes), f"{limits.processes} processes"),
        "cpu": (info.limits_cpu, str(int(cpus * 100_000)), f"{cpus:g} processors"),
    }
    instead = {"memory": "watched ten times a second instead", "pids": "not bounded", "cpu": "not bounded"}
    held = promise.cgroup.holds(promise.work.init_pid) if promise.work.init_pid else frozenset[str]()
    for controller, (given, value, promised) in wanted.items():
        if not given:
            yield lacking(f"cgroup {controller}", promised, f"this engine sets none: {instead[controller]}", "host")
            continue
        found = promise.cgroup.limit(controller)
        in_force = controller in held and _same_number(found.split(" ")[0], value)
        yield check(f"cgroup {controller}", promised, found or "none", in_force, "host")


def _same_number(found: str, wanted: str) -> bool:
    """The kernel keeps memory in whole pages."""
    return found.isdigit() and int(wanted) - 65536 < int(found) <= int(wanted)


def _outside(proc: Path, uid: int) -> int:
    """What a uid of a process's user namespace is here; -1 where it is none."""
    for line in _read(proc / "uid_map").splitlines():
        first, outside, count = (int(number) for number in line.split())
        if first <= uid < first + count:
            return outside + uid - first
    return -1


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


# -- as the engine says


def _as_the_engine_says(promise: Promise) -> Iterable[Property]:
    for container in (promise.work, promise.hands):
        found = promise.engine.inspect_container(container.id)
        part = container.part.name
        if found is None:
            yield check(f"{part} container", "known to the engine", "gone", False, "engine")
            continue
        yield from _flags(part, found, promise)


def _flags(part: str, found: ContainerView, promise: Promise) -> Iterable[Property]:
    host = found.host

    def engine(name: str, promised: str, measured: object, holds: bool) -> Property:
        return check(f"{part} {name}", promised, measured, holds, "engine")

    gained = {
        "privileged": ["yes"] if host.get("Privileged") else [],
        "capabilities": list_of(host, "CapAdd"),
        "devices": list_of(host, "Devices") + list_of(host, "DeviceRequests"),
        "device rules": list_of(host, "DeviceCgroupRules"),
        "groups": list_of(host, "GroupAdd"),
    }
    extra = {name: value for name, value in gained.items() if value}
    yield engine("privileges", "no privilege, capability, device or group", extra or "none", not extra)
    dropped = [str(name).upper() for name in list_of(host, "CapDrop")]
    yield engine("capabilities dropped", "all", dropped, dropped == ["ALL"])
    options_ = [str(option) for option in list_of(host, "SecurityOpt")]
    names = [option.partition("=")[0].partition(":")[0] for option in options_]
    loosened = [option for option in options_ if "unconfined" in option or "disable" in option or ":false" in option]
    secure = {"no-new-privileges", "seccomp"} <= set(names) and not loosened
    yield engine("security options", "no new privileges, a seccomp profile", loosened or names, secure)
    modes = ("PidMode", "UTSMode", "IpcMode", "UsernsMode", "CgroupnsMode")
    shared = {name: host[name] for name in modes if str(host.get(name) or "") not in {"", "private"}}
    network = host.get("NetworkMode")
    yield engine("namespaces", "none shared, network none", shared or network, not shared and network == "none")
    yield engine("root", "read-only", host.get("ReadonlyRootfs"), host.get("ReadonlyRootfs") is True)
    workspace = ("volume", promise.volume, "/workspace")
    strange = [
        f"{mount.get('Type')} {mount.get('Destination')}"
        for mount in found.mounts
        if (mount.get("Type"), mount.get("Name"), mount.get("Destination")) != workspace
        and mount.get("Type") != "tmpfs"
    ]
    strange += [str(other) for other in (*list_of(host, "Binds"), *list_of(host, "VolumesFrom"))]
    yield engine("mounts", "the workspace, and no path of a host's", strange or "the workspace", not strange)
    paths = {f"PATH={options.environment(one.part.image)['PATH']}" for one in (promise.work, promise.hands)}
    pairs = [str(pair) for pair in list_of(found.config, "Env")]
    values = [pair.partition("=")[0] for pair in pairs if "=" in pair and pair not in paths]
    yield engine("environment", "nothing but a search path", values or "a search path", not values)
    log = str(object_of(host, "LogConfig").get("Type"))
    yield engine("log", "none", log, log == "none")
    yield engine("init", "reaps what is left", host.get("Init"), host.get("Init") is True)
