"""Calling the command line in this process, as a person without a terminal would."""

import json
from typing import Any, Protocol

import attrs


@attrs.frozen
class Ran:
    """How one command line ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Orion(Protocol):
    """`orion("role", "list")` in a state directory of its own."""

    def __call__(self, *arguments: str, stdin: str = "") -> Ran: ...
