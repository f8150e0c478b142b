"""The machine's clock, set forward by the test: what waits for its time need not be waited for."""

from orion_tui.base.clock import SystemClock


class MovedClock(SystemClock):
    """Runs like the machine's clock; `advance` lets time pass on all scales at once."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return super().now() + self._ahead

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return super().monotonic() + self._ahead

    def awake(self) -> float:
        """The same: nothing sleeps here."""
        return super().awake() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let that much time have passed."""
        self._ahead += seconds
