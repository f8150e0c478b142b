"""What was worked out of a finished step is not worked out again: finished steps never change.

A conversation is a function of all steps of an attempt, and is built anew after each. Without this, a task of 60 steps
would read its first reply 180 times.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """What one attempt at a task has worked out so far. Not for several threads."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value under `key`, made once. Everything that it depends on has to be part of the key."""
        try:
            return self._known[key]
        except KeyError:
            value = self._known[key] = make()
            return value
