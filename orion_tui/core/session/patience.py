"""How long an answer that is under way may still take when its session is to stop: it is paid for."""

from orion_tui.base.clock import Clock
from orion_tui.core.session.stop_signal import StopSignal

#: Seconds of that.
LAST_WORDS = 20.0


class Patience:
    """Set at once when all is called off, and a little after the session was told to stop."""

    def __init__(self, stop: StopSignal, clock: Clock) -> None:
        self._stop = stop
        self._clock = clock
        self._ended = False
        self._since: float | None = None

    def end(self) -> None:
        """Call it off now."""
        self._ended = True

    def is_set(self) -> bool:
        """Whether it is over."""
        if self._ended or not self._stop.is_set():
            return self._ended
        if self._since is None:
            self._since = self._clock.monotonic()
        return self._clock.monotonic() - self._since >= LAST_WORDS
