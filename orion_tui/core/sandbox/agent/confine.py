"""The last steps into the sandbox, taken by PID 1 itself before it serves anyone.

bubblewrap made the namespaces and the read-only root and handed over with CAP_SYS_ADMIN in its own user namespace (and
nothing outside). From here: mounts with the bounds that bubblewrap cannot express, a second user namespace in which
those mounts cannot be touched and in which no third can be made, then every capability away, limits, and the filter.
"""

from __future__ import annotations

import base64
import contextlib
import os
import resource
import signal
from typing import Any

from orion_tui.core.sandbox.agent import kernel

_BASE = kernel.MS_NOSUID | kernel.MS_NODEV

#: Kernel interfaces that tell about the machine or act on it, as container engines mask them.
_MASKED_FILES = (
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/interrupts",
    "/proc/kallsyms",
    "/proc/kpagecount",
    "/proc/kpageflags",
    "/proc/kpagecgroup",
)
_MASKED_DIRECTORIES = ("/proc/acpi", "/proc/asound", "/proc/scsi")
_READ_ONLY = ("/proc/sys", "/proc/sysrq-trigger", "/proc/bus", "/proc/fs", "/proc/irq")


def mount_all(config: dict[str, Any]) -> None:
    """The bounded places, and what of `/proc` and `/` may not be written or read."""
    workspace, scratch, shared, tmp = (config[name] for name in ("workspace", "scratch", "shared", "tmp"))
    _tmpfs("/workspace", workspace["bytes"], workspace["entries"], "755", 0)
    _tmpfs("/home/agent", scratch["bytes"], scratch["entries"], "755", 0)
    _tmpfs("/tmp", tmp["bytes"], tmp["entries"], "1777", kernel.MS_NOEXEC)
    _tmpfs("/dev/shm", shared["bytes"], shared["entries"], "1777", kernel.MS_NOEXEC)
    for path in _MASKED_FILES:
        if os.path.exists(path):
            kernel.mount("/dev/null", path, "", kernel.MS_BIND)
    for path in _MASKED_DIRECTORIES:
        if os.path.isdir(path):
            kernel.mount("tmpfs", path, "tmpfs", _BASE | kernel.MS_NOEXEC | kernel.MS_RDONLY, "size=4k,nr_inodes=2")
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("1")
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _BASE
    for path in _READ_ONLY:
        if os.path.exists(path):
            kernel.mount(path, path, "", kernel.MS_BIND | kernel.MS_REC)
            kernel.mount("", path, "", flags | kernel.MS_NOEXEC)
    kernel.mount("", "/dev", "", flags | kernel.MS_NOEXEC)
    kernel.mount("", "/", "", flags)


def _tmpfs(path: str, size: int, entries: int, mode: str, flags: int) -> None:
    kernel.mount("tmpfs", path, "tmpfs", _BASE | flags, f"size={size},nr_inodes={entries},mode={mode}")


def enter_user_namespace(uid: int, gid: int) -> None:
    """Leave the user namespace that owns the mounts for one below it, as `uid` and `gid` there."""
    kernel.unshare(kernel.CLONE_NEWUSER)
    for path, text in (
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"{uid} 0 1"),
        ("/proc/self/gid_map", f"{gid} 0 1"),
    ):
        with open(path, "w") as file:
            file.write(text)


def limit(limits: dict[str, int]) -> None:
    """Set resource limits, soft and hard alike, by the names of the `resource` module. None is raised."""
    for name, value in limits.items():
        which = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(which)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (allowed, allowed))


def _close_inherited() -> None:
    """Whatever bubblewrap or its caller left open beside the standard three."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.close(int(name))


def start(config: dict[str, Any]) -> None:
    """Everything, in the one order that works; then the server, in a fresh image of the interpreter.

    The new image belongs to the second user namespace, in which there is no root: the kernel then gives its `/proc`
    entries to nobody, once it hides from its peers.
    """
    os.umask(0o022)
    _close_inherited()
    if config["mounts"]:
        mount_all(config)
        enter_user_namespace(config["uid"], config["gid"])
    limit(config["limits"])
    kernel.leave_keyring()
    kernel.drop_capabilities()
    kernel.load_filter(base64.b64decode(config["filter"]))
    kernel.die_with_parent(signal.SIGKILL)
    os.execv(config["command"][0], config["command"])  # noqa: S606  the same interpreter again; there is no shell
