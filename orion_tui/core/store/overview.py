"""What mission control shows of everything at once, in few queries."""

import attrs

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import approvals, events, sessions
from orion_tui.core.store.connection import Reader


@attrs.frozen(kw_only=True)
class Overview:
    """Counts and sums over all sessions."""

    #: Sessions by state; states with none are left out.
    states: dict[SessionState, int]
    #: Questions that wait for an answer.
    pending_approvals: int
    #: Cursor: everything up to this event is counted in.
    last_seq: int


@attrs.frozen(kw_only=True)
class Spending:
    """What models cost."""

    cost_usd: float
    tokens: int
    sessions: int


def overview(reader: Reader) -> Overview:
    """Three queries, each on an index."""
    # The cursor first: an event that comes between the queries is then read again, never missed.
    last_seq = events.last_seq(reader)
    return Overview(
        states=sessions.counts_by_state(reader),
        pending_approvals=approvals.pending_count(reader),
        last_seq=last_seq,
    )


def spending(reader: Reader, *, since: float = 0.0) -> Spending:
    """Cost and tokens of the sessions created at `since` (seconds since the epoch) or later."""
    row = reader.row(
        "SELECT coalesce(sum(cost_usd), 0.0), coalesce(sum(tokens), 0), count(*) FROM sessions WHERE created_at >= ?",
        (since,),
    )
    cost, tokens, count = row or (0.0, 0, 0)
    return Spending(cost_usd=float(cost), tokens=int(tokens), sessions=int(count))
