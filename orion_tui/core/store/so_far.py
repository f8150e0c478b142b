"""What a session had used at each of its checkpoints, as its events tell it."""

from collections.abc import Mapping

import attrs

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.so_far import SoFar
from orion_tui.core.store.connection import Reader

_AT_WORK = frozenset({SessionState.PLANNING.value, SessionState.RUNNING.value})

# As in `events`: only the stretches in which the session has any are walked through.
_WALK = """
SELECT e.at, e.type,
    CASE WHEN e.type = 'session.state' THEN json_extract(e.data, '$.to')
         WHEN e.type = 'checkpoint.made' THEN json_extract(e.data, '$.checkpoint') END,
    CASE WHEN e.type IN ('model.answered', 'model.failed', 'model.stopped') THEN json_extract(e.data, '$.tokens') END,
    CASE WHEN e.type IN ('model.answered', 'model.failed', 'model.stopped') THEN json_extract(e.data, '$.cost_usd') END
FROM event_blocks b
CROSS JOIN events e ON e.seq >= b.block << 8 AND e.seq < (b.block + 1) << 8
WHERE b.session_id = ?1 AND e.session_id = ?1
ORDER BY b.block, e.seq"""


def at_checkpoints(reader: Reader, session_id: str) -> Mapping[str, SoFar]:
    """By the checkpoint's name, those in the trash included: one walk over the session's events."""
    found: dict[str, SoFar] = {}
    now = SoFar()
    #: When the work that goes on began; None while it stands still.
    began: float | None = None
    last = 0.0
    for at, type_, name, tokens, cost in reader.rows(_WALK, (session_id,)):
        if type_ == "session.state":
            if began is not None:
                # Of a supervisor that was killed, or a machine that was off, the last sign is when it worked last.
                end = last if name == SessionState.INTERRUPTED else at
                now = attrs.evolve(now, worked=now.worked + max(0.0, end - began))
            began = at if name in _AT_WORK else None
        elif type_ == "checkpoint.made":
            more = max(0.0, at - began) if began is not None else 0.0
            found[str(name)] = attrs.evolve(now, worked=now.worked + more)
        elif tokens:
            now = attrs.evolve(
                now,
                tokens=now.tokens + int(tokens),
                cost_usd=now.cost_usd + float(cost or 0.0),
                unpriced=now.unpriced or cost is None,
            )
        last = at
    return found
