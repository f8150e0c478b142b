"""Waiting times that do not march in step.

After an outage every client waits and asks again. When all wait equally long, all ask at the same moment. Each function
here takes the time a client would have waited and gives one that is spread around it.
"""

import random

__version__ = "1.0.0"
__all__ = ["equal", "full"]

_RANDOM = random.Random()


def full(seconds: float, rng: random.Random = _RANDOM) -> float:
    """Anywhere between nothing and `seconds`."""
    return rng.uniform(0, seconds)


def equal(seconds: float, rng: random.Random = _RANDOM) -> float:
    """At least half of `seconds`, at most all of it."""
    return seconds / 2 + rng.uniform(0, seconds / 2)
