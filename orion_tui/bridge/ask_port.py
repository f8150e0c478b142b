"""What the approval screens ask of the engine beyond one yes or no, and the values that come back."""

from collections.abc import Sequence
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class Seen:
    """One question as it was on the screen."""

    id: str
    binding: str


@attrs.frozen(kw_only=True)
class BatchView:
    """What came of answering many at once."""

    answered: int
    #: Title and why, of each that was not answered with the others.
    left_out: tuple[tuple[str, str], ...] = ()


class AskCommands(Protocol):
    """Answers that cover more than one question, or change it."""

    def answer_all(self, seen: Sequence[Seen], *, approve: bool, reason: str = "") -> BatchView:
        """Approve or reject exactly what was seen; what is something else by now is left out and named."""
        ...
