"""What the sandbox of a session at work uses of what it may, for `orion status`."""

from typing import Any

from orion_tui.core.models.meters import Used

_MIB = 1024 * 1024


def meter_words(used: Used | None) -> str:
    """`memory 84 of 1200 MiB, 3 of 128 processes, workspace 12 of 512 MiB`; "" for what cannot be told."""
    if used is None:
        return ""
    parts = (
        _part("memory ", used.memory, used.memory_limit, " MiB", _MIB),
        _part("", used.processes, used.processes_limit, " processes", 1),
        _part("workspace ", used.workspace, used.workspace_limit, " MiB", _MIB),
    )
    return ", ".join(part for part in parts if part)


def meter_record(used: Used | None) -> dict[str, Any] | None:
    """For `--json`: bytes, numbers of processes, processors, and seconds of a processor since the sandbox began."""
    if used is None:
        return None
    return {
        "memory": used.memory,
        "memory_limit": used.memory_limit,
        "processes": used.processes,
        "processes_limit": used.processes_limit,
        "workspace": used.workspace,
        "workspace_limit": used.workspace_limit,
        "cpus": used.cpus,
        "cpu_seconds": used.cpu_seconds,
    }


def _part(name: str, used: int | None, limit: int | None, unit: str, size: int) -> str:
    if used is None:
        return ""
    of = f" of {limit // size}" if limit is not None else ""
    return f"{name}{-(-used // size)}{of}{unit}"
