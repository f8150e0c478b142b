"""Wrong attempts: counted before they are checked, locked out beyond five (AUTH-2).

The counter is a row of the store whose key holds the random id of the credential that it counts for: another database,
or none, has no row for it, and a credential without a row is *locked*, for the longest period there is. When that is
over, its owner has five attempts as always; nobody gained any.

How long a lock has still to run is told by the clock that counts seconds since boot: setting the wall clock changes
nothing. After a reboot that clock starts at nothing, and so does the lock: its whole length runs again from boot, the
longest of the possible readings. The wall-clock time beside it is only for showing.

Not covered: somebody who can write this user's files can put an older copy of the whole database in place. They can
also change the repository without asking for a PIN at all.
"""

from pathlib import Path

import attrs

from orion_tui.base.clock import Clock
from orion_tui.core.store import Reader, Transaction, counters
from orion_tui.core.store.counters import Counter

#: Attempts that may be checked before a lock.
ATTEMPTS = 5
FIRST_LOCK_SECONDS = 5 * 60.0
LONGEST_LOCK_SECONDS = 60 * 60.0

# Doubling passes the longest lock here; counting on would only make numbers grow.
_MOST_LOCKS = 5


@attrs.frozen(kw_only=True)
class Moment:
    """Now, as a lock sees it."""

    #: Seconds since boot, sleep included; seconds since the epoch; which boot this is ("" where nobody says).
    since_boot: float
    wall: float
    boot: str

    @classmethod
    def of(cls, clock: Clock, boot: str) -> "Moment":
        """What the clocks say."""
        return cls(since_boot=clock.monotonic(), wall=clock.now(), boot=boot)


@attrs.frozen(kw_only=True)
class Attempt:
    """The answer to "may a PIN be checked now?"."""

    #: It was counted and may be checked. Not granted, it must not even be looked at.
    granted: bool
    #: Attempts left after this one, should it be wrong.
    left: int = 0
    #: Seconds that the lock in force still has to run.
    locked_seconds: float = 0.0
    #: No counter was found where a credential says there must be one.
    missing: bool = False


def boot_id(path: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """A name of this boot; empty where the system gives none."""
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def lock_seconds(locks: int) -> float:
    """Length of the `locks`-th lock in a row: 5 minutes, doubling up to 60; 0 for none."""
    if locks <= 0:
        return 0.0
    return min(FIRST_LOCK_SECONDS * 2.0 ** (min(locks, _MOST_LOCKS) - 1), LONGEST_LOCK_SECONDS)


def remaining(counter: Counter | None, now: Moment) -> float:
    """Seconds until a PIN may be tried again; 0 when it may. A missing counter is locked for the longest period."""
    if counter is None:
        return LONGEST_LOCK_SECONDS
    if counter.locked_until_mono <= 0.0:
        return 0.0
    length = lock_seconds(counter.locks)
    # Further away than its own length: that end was told by another boot's clock.
    if counter.boot_id == now.boot and counter.locked_until_mono - now.since_boot <= length:
        left = counter.locked_until_mono - now.since_boot
    else:
        left = length - now.since_boot
    return max(0.0, left)


def fresh(key: str) -> Counter:
    """The counter of a credential that was just made or just proven."""
    return Counter(key=key)


def begin(tx: Transaction, key: str, now: Moment) -> Attempt:
    """Count one attempt; whether it may be checked. Commit before checking: then a kill in between costs an attempt."""
    counter, attempt = count(counters.get(tx, key), key, now)
    counters.save(tx, counter)
    return attempt


def count(counter: Counter | None, key: str, now: Moment) -> tuple[Counter, Attempt]:
    """The counter after one more attempt, and whether that may be checked.

    The attempt that uses up the last one locks at once; being right lifts it (`succeed`).
    """
    if counter is None:
        longest = Attempt(granted=False, locked_seconds=LONGEST_LOCK_SECONDS, missing=True)
        return _locked(key, _MOST_LOCKS, now), longest
    if (left := remaining(counter, now)) > 0:
        return counter, Attempt(granted=False, locked_seconds=left)
    failures = counter.failures + 1
    if failures < ATTEMPTS:
        # The finished lock's end goes, so that a reboot does not start it over; how many there were stays.
        counted = Counter(key=key, failures=failures, locks=counter.locks)
        return counted, Attempt(granted=True, left=ATTEMPTS - failures)
    locks = min(counter.locks + 1, _MOST_LOCKS)
    return _locked(key, locks, now), Attempt(granted=True, left=0, locked_seconds=lock_seconds(locks))


def succeed(tx: Transaction, key: str) -> None:
    """The attempt was right: forget the wrong ones before it."""
    counters.save(tx, fresh(key))


def until(reader: Reader, key: str, now: Moment) -> float | None:
    """Wall-clock time at which the lock ends, for showing; None when there is no lock."""
    left = remaining(counters.get(reader, key), now)
    return now.wall + left if left > 0 else None


def _locked(key: str, locks: int, now: Moment) -> Counter:
    length = lock_seconds(locks)
    return Counter(
        key=key,
        locks=locks,
        locked_until_mono=now.since_boot + length,
        locked_until_wall=now.wall + length,
        boot_id=now.boot,
    )
