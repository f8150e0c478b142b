"""How far a question has come: what can be said of its cost when no whole answer comes of it."""

from collections.abc import Callable

import attrs

from orion_tui.core.agent.model import Begun, Usage
from orion_tui.core.agent.tokens import tokens_in

#: Statuses by which a server says that whoever worked on the question took too long.
_TOOK_TOO_LONG = frozenset({504, 524})


@attrs.define(eq=False)
class Underway:
    """One question on its way. The loop that asks it writes; whoever has given it up reads, from another thread."""

    #: Whether all of the question went out.
    sent: bool = False
    #: The status of the answer; 0 while there is none.
    status: int = 0
    #: Bytes of words, thoughts and calls that came.
    heard: int = 0
    #: What the provider has counted up to now.
    counted: Callable[[], Usage] = Usage

    def begun(self) -> Begun | None:
        """What is known of the work on it; None where nobody began: it did not get there, or was refused."""
        refused = self.status and not 200 <= self.status < 300 and self.status not in _TOOK_TOO_LONG
        return None if refused or not self.sent else Begun(heard=tokens_in(self.heard))
