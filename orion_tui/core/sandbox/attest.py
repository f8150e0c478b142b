"""What was promised of a sandbox, measured: from inside by trying, and from the host's view of its PID 1.

A measurement that cannot be made counts as a promise broken. What the backend cannot give on this machine is listed as
lacking instead, and is known before: it is never what a measurement happens to find.
"""

import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from orion_tui.core.sandbox import inside, seccomp
from orion_tui.core.sandbox.arguments import ENVIRONMENT, NAMESPACES, Shape
from orion_tui.core.sandbox.base import MIB, Limits, Property
from orion_tui.core.sandbox.cgroup import Cgroup, total_memory
from orion_tui.core.sandbox.inside import Run, all_empty, check, lacking

_TOP_LEVEL = frozenset(
    {
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
)


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

    @property
    def inside(self) -> inside.Expected:
        """What is to be found inside."""
        return inside.Expected(
            limits=self.limits,
            python=self.python,
            machine=platform.machine(),
            environment=ENVIRONMENT,
            resources=self.resources,
            canary=seccomp.CANARY_CALL,
            top_level=_TOP_LEVEL,
            bounded_entries=self.shape.mounts,
        )


def measure(run: Run, promise: Promise) -> tuple[Property, ...]:
    """Every property. Raises ChannelClosed when the sandbox goes away meanwhile."""
    return (*inside.measure(run, promise.inside), *_from_host(promise))


# -- from the host


def _from_host(promise: Promise) -> Iterable[Property]:
    def host(name: str, promised: str, measured: object, holds: bool) -> Property:
        return check(name, promised, measured, holds, "host")

    proc = Path("/proc", str(promise.child))
    status = status_of(proc)
    inside_pid = status.get("NSpid", "").split()[-1:]
    ours = status.get("PPid") == str(promise.parent) and inside_pid == ["1"]
    yield host("init", "PID 1 of a namespace, started by our bubblewrap", status.get("NSpid", "gone"), ours)
    sets = {key: value for key, value in status.items() if key.startswith("Cap")}
    yield host("capabilities", "none, in all five sets", sets, all_empty(sets))
    yield host("no_new_privileges", "1", status.get("NoNewPrivs", ""), status.get("NoNewPrivs") == "1")
    yield host("seccomp", "a filter", status.get("Seccomp", ""), status.get("Seccomp") == "2")
    uids = status.get("Uid", "").split()
    yield host("user", f"uid {promise.uid}, not root", uids, uids == [str(promise.uid)] * 4 and promise.uid != 0)
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
    return check("namespaces", ", ".join(NAMESPACES), measured, not shared, "host")


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
    yield check("mounts", "read-only or in memory, nosuid", measured, bool(lines) and not wrong, "host")


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
            yield lacking(f"cgroup {controller}", promised, f"no cgroup: {instead[controller]}", "host")
            continue
        found = cgroup.limit(controller)
        in_force = controller in held and found.split(" ")[0] == value
        yield check(f"cgroup {controller}", promised, found or "none", in_force, "host")


def status_of(proc: Path) -> dict[str, str]:
    """A process's `status` as the kernel tells it; empty where it is gone."""
    try:
        lines = (proc / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
