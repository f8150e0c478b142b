"""A moment in the past as people write it, and the place in the history that it stands for."""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orion_tui.base.errors import UsageError

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

_AGO = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def moment_of(text: str, now: float) -> float:
    """Seconds since the epoch of `2h`, `03:12`, `2026-11-23 03:12` or an ISO time; `now` is the same of this moment.

    A time without a day is the last one that it was. Raises UsageError for anything else.
    """
    written = text.strip()
    if ago := _AGO.fullmatch(written):
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", written):
            at = datetime.strptime(written, "%H:%M:%S" if written.count(":") == 2 else "%H:%M").time()
            then = datetime.combine(datetime.fromtimestamp(now).date(), at)
            return (then if then.timestamp() <= now else then - timedelta(days=1)).timestamp()
        return datetime.fromisoformat(written).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no moment", hint="say how long ago (20m, 2h, 1d), or when (03:12, 2026-11-23 03:12)"
        ) from None


def cursor_at(engine: "Engine", at: float) -> int:
    """The position of the newest event before that moment, 0 where there is none.

    Positions are halved until it is found: some twenty reads of one event, however many there are. A clock that was set
    back meanwhile makes it a little inexact.
    """
    low, high = 0, engine.overview().last_seq
    while low < high:
        middle = (low + high) // 2
        found = engine.events(after=middle, limit=1)
        if found and found[0].at < at:
            low = found[0].seq
        else:
            high = middle
    return low
