"""Noticing that the machine slept, or that somebody set its clock, from three clocks that then disagree."""

import attrs

from orion_tui.base.clock import Clock

#: Seconds of sleep that are worth telling.
SLEPT = 2.0
#: Seconds by which the wall clock may run away from the others between two looks: NTP slews by 0.5 ms a second.
STEPPED = 5.0


@attrs.frozen(kw_only=True)
class Gap:
    """What happened to time between two looks."""

    #: Seconds that the machine slept; 0 when it did not.
    slept: float = 0.0
    #: Seconds by which the wall clock was set forward (or, negative, back); 0 when it was not.
    stepped: float = 0.0


class Timekeeper:
    """Looks at the clocks each time it is asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._boot, self._awake = self._read()

    def look(self) -> Gap | None:
        """What time did since the last look; None when it went by as it should."""
        wall, boot, awake = self._read()
        slept = (boot - self._boot) - (awake - self._awake)
        stepped = (wall - self._wall) - (boot - self._boot)
        self._wall, self._boot, self._awake = wall, boot, awake
        gap = Gap(slept=slept if slept >= SLEPT else 0.0, stepped=stepped if abs(stepped) >= STEPPED else 0.0)
        return gap if gap.slept or gap.stepped else None

    def _read(self) -> tuple[float, float, float]:
        return self._clock.now(), self._clock.monotonic(), self._clock.awake()
