"""What a sandbox uses at one moment, and what it may."""

import attrs


@attrs.frozen(kw_only=True)
class Used:
    """None for what cannot be told. Bytes, and seconds of a processor since the sandbox began."""

    #: Names the sandbox: only what the same one used before can be compared.
    sandbox: str
    #: When it was read, in seconds of a monotonic clock.
    at: float
    #: Of processes, and of files in memory where a cgroup counts; what the kernel can take back at once is left out.
    memory: int | None = None
    memory_limit: int | None = None
    processes: int | None = None
    processes_limit: int | None = None
    cpu_seconds: float | None = None
    #: Processors that it may use at a time.
    cpus: float | None = None
    workspace: int | None = None
    workspace_limit: int | None = None


def processor_share(before: Used | None, now: Used) -> float | None:
    """How much of one processor it used between two readings (2.0 is two, all the time); None where that is unknown."""
    if before is None or before.sandbox != now.sandbox or before.cpu_seconds is None or now.cpu_seconds is None:
        return None
    passed = now.at - before.at
    return max(0.0, now.cpu_seconds - before.cpu_seconds) / passed if passed > 0 else None
