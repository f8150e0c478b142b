"""Taking a sandbox away from under a command, as a person or a crash would."""

import os
import re
import signal
from pathlib import Path


def processes_with(marker: str) -> list[int]:
    """Processes of the machine that have `marker` in their command line, this one left out."""
    found: list[int] = []
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit() or int(directory.name) == os.getpid():
            continue
        try:
            words = (directory / "cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in words:
            found.append(int(directory.name))
    return found


def first_of_namespace(pid: int) -> int:
    """PID 1 of the process namespace that `pid` is in, as this one numbers it; 0 when that is not a nested one."""
    while pid > 1:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return 0
        if re.search(r"^NSpid:\t\d+\t.*\b1$", status, re.MULTILINE):
            return pid
        parent = re.search(r"^PPid:\t(\d+)$", status, re.MULTILINE)
        pid = int(parent[1]) if parent else 0
    return 0


def kill_sandbox_of(marker: str, spared: set[int]) -> bool:
    """Kill the sandbox in which a command with `marker` runs, unless `spared` has it, and add it there.

    Whether there was one.
    """
    for pid in processes_with(marker):
        first = first_of_namespace(pid)
        if first and first not in spared:
            os.kill(first, signal.SIGKILL)
            spared.add(first)
            return True
    return False
