"""How long a task will take, what it will cost, how often this role's work is accepted: experience (LEARN-2)."""

import math
import statistics
from collections.abc import Sequence

from orion_tui.core.models.plans import CostRange, Estimate

#: Outcomes that it takes before experience counts.
ENOUGH = 5


def estimate(raw_seconds: float, outcomes: Sequence[tuple[float, float]]) -> Estimate:
    """The range for a guess of `raw_seconds`, from `(estimated, actual)` seconds of like tasks that succeeded.

    With fewer than 5 of them: from the guess to twice the guess. Otherwise, with the mean of actual/estimated as ratio
    and its sample standard deviation (divided by n - 1) as spread: raw (ratio - spread), at least 0, to
    raw (ratio + spread). Outcomes without a positive guess say nothing and are not counted.
    """
    ratios = [
        actual / guess for guess, actual in outcomes if guess > 0 and actual >= 0 and math.isfinite(actual / guess)
    ]
    if len(ratios) < ENOUGH:
        had = f"{len(ratios)} like task{'' if len(ratios) == 1 else 's'}"
        made = f"up to twice the guess: {had} so far, and experience counts from {ENOUGH} on"
        return Estimate(least=raw_seconds, most=2 * raw_seconds, made=made)
    ratio = statistics.fmean(ratios)
    spread = statistics.stdev(ratios, ratio)
    return Estimate(
        least=max(0.0, raw_seconds * (ratio - spread)),
        most=raw_seconds * (ratio + spread),
        made=f"{len(ratios)} like tasks took {ratio:.2f} times the guess, with a standard deviation of {spread:.2f}",
        like=len(ratios),
    )


def cost(outcomes: Sequence[float]) -> CostRange | None:
    """The range from the dollars that like tasks cost, those that succeeded: mean less and more one standard deviation
    of the sample, at least 0. None with fewer than 5; work by models without a price says nothing and is not counted.
    """
    known = [dollars for dollars in outcomes if dollars > 0 and math.isfinite(dollars)]
    if len(known) < ENOUGH:
        return None
    mean = statistics.fmean(known)
    spread = statistics.stdev(known, mean)
    return CostRange(least=max(0.0, mean - spread), most=mean + spread, like=len(known))


def approval_rate(outcomes: Sequence[bool]) -> float | None:
    """The share that the person accepted, 0 to 1; None with fewer than 5 outcomes."""
    return sum(outcomes) / len(outcomes) if len(outcomes) >= ENOUGH else None
