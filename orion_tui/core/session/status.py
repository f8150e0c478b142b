"""How the supervisor is: whether it runs, whether it answers, what it does, what it weighs."""

import contextlib
import os
from pathlib import Path

import attrs

from orion_tui import __version__
from orion_tui.base.clock import Clock
from orion_tui.base.paths import OrionHome
from orion_tui.base.versions import older
from orion_tui.core.session import heartbeat, lock
from orion_tui.core.store import Reader

LOCK = "supervisor.lock"


@attrs.frozen(kw_only=True)
class SupervisorStatus:
    """Whether a supervisor runs, and which. Read without the store it knows the first four alone."""

    running: bool
    pid: int = 0
    version: str = ""
    #: Whether a signal made it stand still.
    stopped: bool = False
    #: "on demand", "service" or "embedded"; empty where it has not said so.
    how: str = ""
    #: Seconds since the epoch; 0 where unknown.
    started_at: float = 0.0
    #: Sessions that it works on now.
    sessions: int = 0
    #: Seconds since its last sign of life, sleep of the machine left out; None where unknown.
    silent_for: float | None = None
    #: Whether it was asked to end and finishes the steps in flight.
    leaving: bool = False

    @property
    def same_version(self) -> bool:
        """Whether it is of this program's version."""
        return self.version == __version__

    @property
    def outdated(self) -> bool:
        """Whether it is of an older version than this program: then it is replaced when there is something to do."""
        return self.running and older(self.version, __version__)

    @property
    def answers(self) -> bool:
        """Whether it does its work: one that stands still or is silent for long exists, and does nothing."""
        return self.running and not self.stopped and (self.silent_for is None or self.silent_for < heartbeat.STALE)

    @property
    def trouble(self) -> str:
        """Why it does not answer; empty where it does, or none runs."""
        if not self.running or self.answers:
            return ""
        if self.stopped:
            return f"the supervisor (process {self.pid}) does not answer: a signal made it stand still"
        return f"the supervisor (process {self.pid}) does not answer: no sign of life for {self.silent_for:.0f} s"

    @property
    def remedy(self) -> str:
        """What to do about `trouble`."""
        if not self.trouble:
            return ""
        kill = "orion daemon stop --kill, then orion daemon start; only the step in flight is run again"
        return f"let it go on: kill -CONT {self.pid}; or: {kill}" if self.stopped else kill


def status(home: OrionHome, reader: Reader | None = None, clock: Clock | None = None) -> SupervisorStatus:
    """Who supervises this home now. With the store's `reader` and a clock, also how it is."""
    holder = lock.holder(home.run / LOCK)
    if holder is None:
        return SupervisorStatus(running=False)
    found = SupervisorStatus(
        running=True, pid=holder.pid, version=holder.version, stopped=bool(holder.pid) and lock.stopped(holder.pid)
    )
    if reader is None or clock is None:
        return found
    beat = heartbeat.last(reader)
    if beat is None or beat.pid != holder.pid or beat.boot != holder.boot or beat.ended:
        # It has not come to its first beat: silent since it started.
        age = clock.monotonic() - holder.started / os.sysconf("SC_CLK_TCK") if holder.started else None
        return attrs.evolve(found, silent_for=max(0.0, age) if age is not None else None)
    return attrs.evolve(
        found,
        how=beat.how,
        started_at=beat.started_at,
        sessions=beat.running,
        silent_for=heartbeat.silent_for(beat, clock),
        leaving=beat.leaving,
    )


def memory(pid: int) -> tuple[int, int] | None:
    """Bytes of memory of a process: its proportional share (PSS) and what it has resident (RSS); None where unknown."""
    values: dict[str, int] = {}
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace").splitlines():
            name, _, rest = line.partition(":")
            if name in {"Pss", "Rss"}:
                values[name] = int(rest.split()[0]) * 1024
    return (values["Pss"], values["Rss"]) if len(values) == 2 else None
