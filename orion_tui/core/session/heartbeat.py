"""The supervisor's sign of life in the store, and how long it has been silent.

The lock says that its process exists; only a fresh beat says that it still does its work. Age is counted on a clock
that stands still while the machine sleeps: a laptop that wakes up has not found a dead supervisor.
"""

import json
from typing import Any

import attrs

from orion_tui.base.clock import Clock
from orion_tui.core.session import lock
from orion_tui.core.store import Reader, Transaction, meta

#: Seconds between heartbeats, and after how many without one a supervisor or a lease is stale (RUN-7).
HEARTBEAT = 30.0
STALE = 120.0

_KEY = "supervisor.beat"


@attrs.frozen(kw_only=True)
class Beat:
    """What a supervisor says of itself."""

    owner: str
    pid: int
    version: str
    #: "on demand", "service" or "embedded".
    how: str
    boot: str
    #: Seconds since the epoch: when it started, and when it last said so.
    started_at: float
    at: float
    #: The same moment on the clock that leaves sleep out.
    awake: float
    #: Sessions that it works on now.
    running: int = 0
    #: Whether it was asked to end and finishes the steps in flight.
    leaving: bool = False
    #: Whether it said good-bye. One that vanished without was killed or crashed.
    ended: bool = False


def put(tx: Transaction, beat: Beat) -> None:
    """Replace the last beat."""
    meta.put(tx, _KEY, json.dumps(attrs.asdict(beat), separators=(",", ":")))


def last(reader: Reader) -> Beat | None:
    """The newest beat of any supervisor of this store; None where there is none that can be read."""
    text = meta.get(reader, _KEY)
    if text is None:
        return None
    try:
        fields: dict[str, Any] = json.loads(text)
        return Beat(**{name: fields[name] for name in attrs.fields_dict(Beat) if name in fields})
    except (ValueError, TypeError):
        return None


def silent_for(beat: Beat, clock: Clock) -> float | None:
    """Seconds since the beat, sleep of the machine left out; None for a beat before the last boot."""
    return max(0.0, clock.awake() - beat.awake) if beat.boot == lock.boot_id() else None
