"""What happened in a stretch of events, counted."""

from collections.abc import Mapping

import attrs

from orion_tui.core.store.connection import Reader

#: Types that are counted by themselves; `session.state` is counted by the state that was reached.
TYPES = ("task.done", "action.blocked", "approval.asked")
STATES = ("completed", "failed", "cancelled", "interrupted", "unrecoverable")
#: Types that say what a model cost.
_COST = ("model.answered", "model.failed", "model.stopped")
#: Types with which an action comes to its end.
_ACTIONS = ("action.done", "action.failed", "action.blocked")


@attrs.frozen(kw_only=True)
class Tally:
    """Counts by type, or for `session.state` by the state that was reached."""

    counts: Mapping[str, int]
    #: Dollars that models cost.
    cost_usd: float


def between(reader: Reader, after: int, upto: int) -> Tally:
    """Events behind `after`, up to and with `upto`: one walk over them, nothing is rebuilt."""
    types = (*TYPES, "session.state", *_COST)
    columns = [
        *("sum(type = ?)" for _ in TYPES),
        *("sum(type = 'session.state' AND json_extract(data, '$.to') = ?)" for _ in STATES),
        f"sum(CASE WHEN type IN ({', '.join('?' * len(_COST))}) THEN json_extract(data, '$.cost_usd') END)",
    ]
    row = reader.row(
        f"SELECT {', '.join(columns)} FROM events WHERE seq > ? AND seq <= ? AND type IN"
        f" ({', '.join('?' * len(types))})",
        (*TYPES, *STATES, *_COST, after, upto, *types),
    )
    *counted, cost = row or (0.0,)
    names = (*TYPES, *STATES)
    return Tally(
        counts={name: int(count) for name, count in zip(names, counted, strict=False) if count},
        cost_usd=float(cost or 0.0),
    )


@attrs.frozen(kw_only=True)
class Pace:
    """How much happened in a stretch."""

    #: Actions that came to an end, however.
    actions: int = 0
    #: Dollars that models cost.
    cost_usd: float = 0.0


def pace(reader: Reader, after: int, upto: int) -> Pace:
    """Actions and dollars of the events behind `after`, up to and with `upto`: one walk over them."""
    types = (*_ACTIONS, *_COST)
    row = reader.row(
        f"SELECT sum(type IN ({', '.join('?' * len(_ACTIONS))})), total(json_extract(data, '$.cost_usd'))"
        f" FROM events WHERE seq > ? AND seq <= ? AND type IN ({', '.join('?' * len(types))})",
        (*_ACTIONS, after, upto, *types),
    )
    actions, cost = row or (0, 0.0)
    return Pace(actions=int(actions or 0), cost_usd=float(cost or 0.0))
