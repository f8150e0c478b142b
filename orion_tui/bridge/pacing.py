"""How much was done and spent of late, half hour by half hour: counted once, then only what is new."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from orion_tui.core.store.tally import Pace

if TYPE_CHECKING:
    from orion_tui.bridge.port import Reads

#: Seconds of a stretch, and stretches that are shown: twelve hours.
STRETCH = 1800.0
STRETCHES = 24
#: Events that are looked at when counting begins, the newest: the older ones of a very busy night are left out.
MOST_EVENTS = 200_000


class Pacer:
    """Remembers sums by stretch and a cursor."""

    def __init__(self, reads: "Reads", now: Callable[[], float]) -> None:
        self._reads = reads
        self._now = now
        self._sums: dict[int, Pace] | None = None
        self._cursor = 0

    def upto(self, seq: int) -> tuple[Pace, ...]:
        """The stretches, the oldest first; the last one is that of this moment, and not over yet."""
        newest = int(self._now() // STRETCH)
        if self._sums is None:
            self._sums = self._begin(newest, seq)
        elif seq > self._cursor:
            new, known = self._reads.pace(self._cursor, seq), self._sums.get(newest, Pace())
            self._sums[newest] = Pace(actions=known.actions + new.actions, cost_usd=known.cost_usd + new.cost_usd)
        self._cursor = seq
        numbers = range(newest - STRETCHES + 1, newest + 1)
        self._sums = {number: self._sums[number] for number in numbers if number in self._sums}
        return tuple(self._sums.get(number, Pace()) for number in numbers)

    def _begin(self, newest: int, seq: int) -> dict[int, Pace]:
        numbers = range(newest - STRETCHES + 1, newest + 1)
        oldest = max(0, seq - MOST_EVENTS)
        starts = [max(oldest, self._reads.first_since(number * STRETCH) - 1) for number in numbers]
        ends = [*starts[1:], seq]
        spans = zip(numbers, starts, ends, strict=True)
        return {number: self._reads.pace(start, end) for number, start, end in spans if end > start}
