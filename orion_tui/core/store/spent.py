"""What language models cost in a stretch of time, as their events tell it."""

from orion_tui.core.store import events
from orion_tui.core.store.connection import Reader


def between(reader: Reader, after: int, since: float) -> float:
    """Dollars of questions behind event `after`, and not before `since` (seconds since the epoch), answered or not."""
    after = max(after, events.first_since(reader, since) - 1)
    row = reader.row(
        "SELECT coalesce(sum(json_extract(data, '$.cost_usd')), 0.0) FROM events"
        " WHERE seq > ? AND at >= ? AND type IN ('model.answered', 'model.failed', 'model.stopped')",
        (after, since),
    )
    return float(row[0]) if row else 0.0
