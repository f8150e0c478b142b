"""Memory held by everything in the sandbox, watched where no cgroup bounds it.

Weaker than a cgroup: what is taken between two looks, and memory that no process has mapped, is not seen.
"""

from __future__ import annotations

import os

_PAGE = os.sysconf("SC_PAGE_SIZE")


class MemoryWatch:
    """Compares what all processes but this one hold with a limit in bytes."""

    #: Seconds between two looks.
    interval = 0.1

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def exceeded(self) -> bool:
        """Whether they hold more. Pages that several of them share are counted once, where the kernel tells."""
        own = str(os.getpid())
        pids = [name for name in os.listdir("/proc") if name.isdigit() and name != own]
        resident = {pid: _resident(pid) for pid in pids}
        if sum(resident.values()) <= self._limit:
            return False
        return sum(_proportional(pid, held) for pid, held in resident.items()) > self._limit


def _resident(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _proportional(pid: str, resident: int) -> int:
    """Its share of the pages it holds. A process that hides its maps from its peers is counted in full."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except PermissionError:
        return resident
    except (OSError, ValueError):
        return 0  # it is just ending
    return 0
