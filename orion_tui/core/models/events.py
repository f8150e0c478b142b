"""History, a line at a time."""

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Event:
    """One line of history: every state change writes one in the same transaction."""

    #: Position in the store: 1, 2, 3 ... without reuse; the cursor readers follow.
    seq: int
    at: float
    session_id: str
    #: Dotted past tense: `task.done`, `action.blocked`, `approval.asked`.
    type: str
    #: orion, user, agent or aegis.
    actor: str
    data: dict[str, Any]
    policy: str = ""
