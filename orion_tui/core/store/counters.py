"""Counters of wrong credentials: durable, so that neither restart nor a kill resets them."""

import attrs

from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table


@attrs.frozen(kw_only=True)
class Counter:
    """One credential's counter: one row of `auth_counters`."""

    #: What it counts for: `pin`, `totp`.
    key: str
    #: Wrong attempts since the last right one or lock.
    failures: int = 0
    #: Locks since the last right attempt: each doubles the next one's length.
    locks: int = 0
    #: When the lock ends, on the monotonic clock of the boot `boot_id`, and on the wall clock.
    locked_until_mono: float = 0.0
    locked_until_wall: float = 0.0
    boot_id: str = ""
    #: The last time step whose code was accepted (TOTP): none before or at it is accepted again.
    last_step: int = 0


_COUNTERS = Table("auth_counters", Counter)


def get(reader: Reader, key: str) -> Counter | None:
    """The counter of that key. None where there is none, which for an enrolled credential means *locked*."""
    row = reader.row(f"SELECT {_COUNTERS.columns} FROM auth_counters WHERE key = ?", (key,))
    return None if row is None else _COUNTERS.model_of(row)


def save(tx: Transaction, counter: Counter) -> None:
    """Write a counter, in place of the one of the same key."""
    marks = ", ".join("?" * len(_COUNTERS.fields))
    tx.run(f"INSERT OR REPLACE INTO auth_counters ({_COUNTERS.columns}) VALUES ({marks})", _COUNTERS.values(counter))


def delete(tx: Transaction, key: str) -> None:
    """Forget a counter along with its credential."""
    tx.run("DELETE FROM auth_counters WHERE key = ?", (key,))
