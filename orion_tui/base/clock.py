"""Time, passed in so that tests hold it still."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Wall-clock seconds since the epoch: for records that people read."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back, from boot: for durations, leases and locks."""
        ...

    def awake(self) -> float:
        """Seconds that never step back and stand still while the machine sleeps: for work and heartbeats."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since boot, sleep included, shared by all processes of this boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def awake(self) -> float:
        """Seconds since boot without sleep, shared by all processes of this boot."""
        return time.monotonic()


class WorkingClock:
    """Another clock, for work that is paid by time: what it takes for a duration leaves the machine's sleep out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that count only while the machine is awake."""
        return self._clock.awake()

    def awake(self) -> float:
        """The same."""
        return self._clock.awake()


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self._now = now
        self._monotonic = 1_000.0
        self._slept = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return self._monotonic

    def awake(self) -> float:
        """Seconds since an arbitrary start, without sleep."""
        return self._monotonic - self._slept

    def advance(self, seconds: float) -> None:
        """Let time pass on both scales."""
        self._now += seconds
        self._monotonic += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass as a machine that is suspended does: nothing runs meanwhile."""
        self.advance(seconds)
        self._slept += seconds

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock, as an administrator or NTP would; monotonic time does not notice."""
        self._now += seconds


def iso(seconds: float) -> str:
    """`2026-11-23T03:12:00.123Z`: UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_time(seconds: float, *, now: float) -> str:
    """A time to come as people say it, in the machine's zone: `22:06`, or `Sat 28 Nov 22:06` on another day."""
    at, today = datetime.fromtimestamp(seconds).astimezone(), datetime.fromtimestamp(now).astimezone()
    clock = at.strftime("%H:%M")
    return clock if at.date() == today.date() else f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {clock}"


# Not strftime's: those speak the locale's language, in the middle of an English sentence.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
