"""What a session asks of external tools, and what comes back."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from orion_tui.base.text import clean
from orion_tui.core.models.actions import UseTool

#: Bytes of an answer that are kept, as of a command's output; of a longer one head and tail.
MAX_ANSWER = 1024 * 1024


@attrs.frozen(kw_only=True)
class Listed:
    """A tool as its server describes it: all of it the server's own words."""

    name: str
    description: str
    schema: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Listing:
    """The tools of a server."""

    tools: tuple[Listed, ...]
    #: Whether there are more than were read.
    cut: bool = False

    @property
    def mark(self) -> str:
        """64 hex digits that change with any name, description or schema."""
        each = (json.dumps([tool.name, tool.description, tool.schema], sort_keys=True) for tool in self.tools)
        return hashlib.sha256("\n".join([*sorted(each), str(self.cut)]).encode("ascii")).hexdigest()


@attrs.frozen(kw_only=True)
class Answer:
    """What a tool answered, cleaned and bounded."""

    text: str
    #: Whether the tool itself says that it failed.
    failed: bool = False
    #: Bytes from the middle that were not kept.
    dropped: int = 0
    seconds: float = 0.0


class ExternalTools(Protocol):
    """The external tools of one session."""

    def use(self, action: UseTool) -> Answer:
        """Carry out what the gate let through.

        Raises ActionError where it cannot be done, or no answer came (the text says whether it may have had its
        effect); ChannelClosed when the session was called off meanwhile.
        """
        ...


def answer_of(parts: Sequence[str], *, failed: bool, seconds: float) -> Answer:
    """An answer from the texts that a tool gave."""
    raw = "\n".join(parts).encode("utf-8", "replace")
    dropped = max(0, len(raw) - MAX_ANSWER)
    if dropped:
        half = MAX_ANSWER // 2
        raw = raw[:half] + b"\n" + raw[-half:]
    return Answer(text=str(clean(raw)), failed=failed, dropped=dropped, seconds=seconds)
