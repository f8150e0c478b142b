"""What a sandbox uses at this moment, read from the host's side: its cgroup, else its processes in `/proc`.

Nothing inside is asked, and nothing that work inside could write is believed. What the system does not tell is None.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from orion_tui.core.models.meters import Used
from orion_tui.core.sandbox import cgroup
from orion_tui.core.sandbox.base import Limits
from orion_tui.core.sandbox.cgroup import Cgroup
from orion_tui.core.session import lock

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
#: What a hierarchy of version 1 says where nothing is bounded is some number near the greatest; no machine has that.
_NO_BOUND = 1 << 60


@attrs.frozen(kw_only=True)
class Gauges:
    """Where one sandbox is read: its first process as the host numbers it, and its cgroup."""

    pid: int
    #: `lock.process_start` of it: another process that has its number later is not it.
    started: int
    boot: str
    version: int
    #: By controller, as in `Cgroup`; empty where there is no cgroup.
    directories: Mapping[str, str]
    memory_bytes: int
    processes: int
    cpus: float
    workspace_bytes: int


def gauges(pid: int, bounds: Cgroup, limits: Limits) -> Gauges | None:
    """Those of the sandbox whose first process is `pid`; None where that is not a process of this machine."""
    started = lock.process_start(pid) if pid > 0 else 0
    if not started:
        return None
    return Gauges(
        pid=pid,
        started=started,
        boot=lock.boot_id(),
        version=bounds.version,
        directories={name: str(path) for name, path in bounds.directories.items()},
        memory_bytes=limits.memory_bytes,
        processes=limits.processes,
        cpus=limits.cpus,
        workspace_bytes=limits.workspace_bytes,
    )


def read(where: Gauges, at: float) -> Used | None:
    """A few small files of the kernel's, at a time of a monotonic clock; None when the sandbox has ended."""
    if not lock.alive(where.pid, where.started, where.boot):
        return None
    pids = _pids(where)
    memory, memory_limit = _memory(where, pids)
    workspace, workspace_limit = _workspace(where)
    counted = _number(_file(where, "pids", "pids.current", "pids.current"))
    return Used(
        sandbox=f"{where.pid}.{where.started}.{where.boot}",
        at=at,
        memory=memory,
        memory_limit=memory_limit,
        processes=counted if counted is not None else len(pids) or None,
        processes_limit=_number(_file(where, "pids", "pids.max", "pids.max")) or where.processes,
        cpu_seconds=_cpu(where, pids),
        cpus=where.cpus,
        workspace=workspace,
        workspace_limit=workspace_limit,
    )


def _memory(where: Gauges, pids: Iterable[int]) -> tuple[int | None, int | None]:
    used = _number(_file(where, "memory", "memory.usage_in_bytes", "memory.current"))
    if used is None:
        held = [_resident(pid) for pid in pids]
        return (sum(held), where.memory_bytes) if held else (None, None)
    counts = _file(where, "memory", "memory.stat", "memory.stat")
    idle = _counted(counts, "total_inactive_file" if where.version == 1 else "inactive_file") or 0
    limit = _number(_file(where, "memory", "memory.limit_in_bytes", "memory.max"))
    return max(0, used - idle), limit if limit is not None and limit < _NO_BOUND else None


def _cpu(where: Gauges, pids: Iterable[int]) -> float | None:
    text = _file(where, "cpu", "cpuacct.usage", "cpu.stat")
    if where.version == 2 and (micro := _counted(text, "usage_usec")) is not None:
        return micro / 1e6
    if where.version == 1 and (nano := _number(text)) is not None:
        return nano / 1e9
    ticks = [sum(map(int, fields[11:15])) for pid in pids if (fields := _stat(pid))]
    return sum(ticks) / _TICK if ticks else None


def _workspace(where: Gauges) -> tuple[int | None, int | None]:
    """What its file system says of itself, seen through the first process; not every user may look through it."""
    flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(f"/proc/{where.pid}/root/workspace", flags)
    except OSError:
        return None, None
    try:
        found = os.fstatvfs(descriptor)
    except OSError:
        return None, None
    finally:
        os.close(descriptor)
    size = found.f_blocks * found.f_frsize
    if size > where.workspace_bytes + _PAGE:
        return None, None  # some other file system: nothing was mounted there
    return (found.f_blocks - found.f_bfree) * found.f_frsize, size


def _pids(where: Gauges) -> list[int]:
    """Its processes: those of the cgroup, else the first and all that come from it."""
    for controller in ("pids", "memory", "cpu"):
        if listed := _file(where, controller, "cgroup.procs", "cgroup.procs").split():
            return [int(pid) for pid in listed]
    parents: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        for name in (path.name for path in Path("/proc").iterdir()):
            if name.isdigit() and (fields := _stat(int(name))):
                parents.setdefault(int(fields[1]), []).append(int(name))
    found = [where.pid]
    for pid in found:
        found += parents.get(pid, [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the process's name, from its state on; none when it has ended."""
    return cgroup.read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _resident(pid: int) -> int:
    fields = cgroup.read(Path(f"/proc/{pid}/statm")).split()
    # What is mapped from files is shared, and can be had again.
    return max(0, int(fields[1]) - int(fields[2])) * _PAGE if len(fields) > 2 else 0


def _file(where: Gauges, controller: str, first: str, second: str) -> str:
    """A file of the controller's, by its name in either version; empty where there is none."""
    directory = where.directories.get(controller)
    return cgroup.read(Path(directory, first if where.version == 1 else second)) if directory is not None else ""


def _counted(text: str, key: str) -> int | None:
    lines = (line.split() for line in text.splitlines())
    return next((_number(fields[1]) for fields in lines if len(fields) == 2 and fields[0] == key), None)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None
