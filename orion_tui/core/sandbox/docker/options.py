"""What a container is started with (BOX-1), as the engine's API takes it: every flag, in one place."""

import os
from collections.abc import Mapping
from typing import Any

import attrs

from orion_tui.core.sandbox.arguments import ENVIRONMENT
from orion_tui.core.sandbox.base import MIB, Limits
from orion_tui.core.sandbox.cgroup import total_memory
from orion_tui.core.sandbox.docker.engine import EngineInfo, ImageInfo
from orion_tui.core.sandbox.identity import INSIDE_UID
from orion_tui.core.sandbox.seccomp import engine_profile

#: The container's main process runs under this uid: out of the range that belongs to nobody, and not the work's, so
#: that work which kills everything it can reach does not reach it.
HOLDER_UID = 60_599

#: Waits for the end of its input. The engine closes that when Orion's connection goes, however Orion ends.
_HOLDER = ("cat",)

_PERIOD = 1_000_000_000

#: Kernel interfaces that tell about the machine or act on it; the first are the engine's own choice, which a list of
#: one's own replaces.
MASKED = (
    *("/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list"),
    *("/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"),
    *("/proc/interrupts", "/proc/kallsyms", "/proc/kpagecount", "/proc/kpageflags", "/proc/kpagecgroup"),
    *("/sys/devices/virtual/dmi", "/sys/kernel", "/sys/fs/bpf", "/sys/module", "/sys/hypervisor"),
)
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


@attrs.frozen(kw_only=True)
class Part:
    """One of a session's two containers."""

    #: `work` runs commands in the role's image; `hands` answers for the tree, in Orion's own.
    name: str
    image: ImageInfo
    limits: Limits
    labels: Mapping[str, str]
    volume: str
    workspace_entries: int


def hands_limits(limits: Limits) -> Limits:
    """Files in memory are charged to whoever wrote them first: the hands fill the workspace."""
    return attrs.evolve(
        limits,
        memory_bytes=256 * MIB,
        processes=16,
        scratch_bytes=4 * MIB,
        tmp_bytes=4 * MIB,
    )


def resources(limits: Limits) -> dict[str, int]:
    """Hard resource limits by the names of the `resource` module. Processes are bounded by the cgroup."""
    return {
        # A little more than any place holds, so that what is told is "no space left" and not a signal.
        "FSIZE": max(limits.workspace_bytes, limits.scratch_bytes) + MIB,
        "CORE": 0,
        "NOFILE": 4096,
        "MEMLOCK": 64 * 1024,
        "MSGQUEUE": 64 * 1024,
    }


def environment(image: ImageInfo) -> dict[str, str]:
    """All that a command finds: the image's own, without which its tools may not work, under what Orion sets."""
    own = {name: value for name, _, value in (pair.partition("=") for pair in image.environment)}
    path = own.get("PATH") or ENVIRONMENT["PATH"]
    return {**own, **ENVIRONMENT, "PATH": path}


def processors(limits: Limits, info: EngineInfo) -> float:
    """Never more than the machine has: the engine would refuse."""
    return min(limits.cpus, float(info.cpus)) if info.cpus else limits.cpus


def configuration(part: Part, info: EngineInfo) -> dict[str, Any]:
    """The body of a request to create the container."""
    own = [pair.partition("=")[0] for pair in part.image.environment]
    return {
        "Image": part.image.id,
        "User": f"{HOLDER_UID}:{HOLDER_UID}",
        "Entrypoint": list(_HOLDER),
        "Cmd": [],
        # A name without a value takes the image's variable away: what commands find is given to each of them.
        "Env": [f"PATH={environment(part.image)['PATH']}", *(name for name in own if name != "PATH")],
        "WorkingDir": "/",
        "Hostname": "sandbox",
        "Labels": dict(part.labels),
        "Healthcheck": {"Test": ["NONE"]},
        "StopSignal": "SIGKILL",
        "Tty": False,
        "AttachStdin": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "HostConfig": _host(part, info),
    }


def _host(part: Part, info: EngineInfo) -> dict[str, Any]:
    limits = part.limits
    config: dict[str, Any] = {
        "CapDrop": ["ALL"],
        "CapAdd": [],
        "SecurityOpt": ["no-new-privileges", f"seccomp={engine_profile.profile()}"],
        "Privileged": False,
        "ReadonlyRootfs": True,
        "NetworkMode": "none",
        "IpcMode": "private",
        "PidMode": "",
        "UTSMode": "",
        "CgroupnsMode": "private",
        "Init": True,
        "AutoRemove": True,
        "RestartPolicy": {"Name": "no"},
        # Its main process says nothing, and what was started later is never logged.
        "LogConfig": {"Type": "none", "Config": {}},
        "Tmpfs": _tmpfs(part),
        "Mounts": [
            {
                "Type": "volume",
                "Source": part.volume,
                "Target": "/workspace",
                "ReadOnly": False,
                "VolumeOptions": {"NoCopy": True},
            }
        ],
        "Binds": [],
        "Devices": [],
        "MaskedPaths": list(MASKED),
        "ReadonlyPaths": list(READ_ONLY),
        "Ulimits": [{"Name": name.lower(), "Soft": value, "Hard": value} for name, value in resources(limits).items()],
    }
    if info.limits_memory:
        memory = total_memory(limits)
        config |= {"Memory": memory, "MemorySwap": memory}
    if info.limits_pids:
        config["PidsLimit"] = limits.processes
    if info.limits_cpu:
        config["NanoCpus"] = int(processors(limits, info) * _PERIOD)
    return config


def _tmpfs(part: Part) -> dict[str, str]:
    limits = part.limits
    base = f"rw,nosuid,nodev,nr_inodes={part.workspace_entries}"
    owned = f"uid={INSIDE_UID},gid={INSIDE_UID}"
    places = {
        # What an image declares to be a volume would be a writable one of no known size.
        os.path.normpath(path): "ro,nosuid,nodev,noexec,size=4k,nr_inodes=2"
        for path in part.image.volumes
    }
    return places | {
        # Its queues can be used without it; here it would be one more place for files.
        "/dev/mqueue": "ro,nosuid,nodev,noexec,size=4k,nr_inodes=2",
        "/tmp": f"{base},noexec,size={limits.tmp_bytes},mode=1777",
        "/dev/shm": f"{base},noexec,size={limits.tmp_bytes},mode=1777",
        "/home/agent": f"{base},exec,size={limits.scratch_bytes},mode=0755,{owned}",
    }
