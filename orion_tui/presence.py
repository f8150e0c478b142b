"""How far the person has looked: what was on show while somebody was there, kept while they look (HOME-5)."""

from typing import TYPE_CHECKING

from orion_tui.base.clock import Clock

if TYPE_CHECKING:
    from orion_tui.bridge.bridge import Bridge

#: Seconds after the last key or click in which what is shown counts as seen: who sleeps beside an open terminal sees
#: nothing, and a line that drops at night must not take away what the morning has to be told.
THERE = 600.0


class Presence:
    """Follows keys and snapshots. A terminal can die without a word, so that nothing waits for a good-bye."""

    def __init__(self, bridge: "Bridge", clock: Clock) -> None:
        self._bridge = bridge
        self._clock = clock
        self._touched = clock.monotonic()
        self._shown = 0
        self._seen = 0
        self._kept = 0

    @property
    def _there(self) -> bool:
        return self._clock.monotonic() - self._touched <= THERE

    def touched(self) -> None:
        """A key or the mouse: somebody is there, and sees what is on show."""
        self._touched = self._clock.monotonic()
        self._seen = self._shown

    def shown(self, seq: int) -> None:
        """Everything up to this event is on show."""
        self._shown = seq
        if self._there:
            self._seen = seq

    def keep(self) -> None:
        """Have the engine remember it, where something new was seen since the last time."""
        if self._seen > self._kept:
            self._tell()

    def leave(self) -> None:
        """As `keep`, at the end: then also the time counts, where somebody was there up to it."""
        if self._seen and (self._there or self._seen > self._kept):
            self._tell()

    def _tell(self) -> None:
        if self._bridge.read_only:
            return
        seen = self._kept = self._seen
        self._bridge.command(lambda engine: engine.looked(seen))
