"""Working hours of a role: outside them a session waits, it does not fail (ROLE-2)."""

from datetime import date as Date
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from orion_tui.roles.schema import Day, WorkingHours

_WEEK = tuple(Day)


def opens_at(hours: WorkingHours | None, now: float) -> float | None:
    """When work may go on, in seconds since the epoch; None when it may go on now."""
    if hours is None:
        return None
    zone = ZoneInfo(hours.time_zone)
    here = datetime.fromtimestamp(now, zone)
    # Yesterday's window may still be open, when it runs over midnight; a week from today some window opens.
    windows = [_window(hours, here, offset, zone) for offset in range(-1, 8)]
    current = [window for window in windows if window is not None]
    if any(start <= now < end for start, end in current):
        return None
    return min(start for start, _ in current if start > now)


def _window(hours: WorkingHours, here: datetime, offset: int, zone: tzinfo) -> tuple[float, float] | None:
    """Start and end of the window that begins `offset` days from today; None on a day off."""
    date = here.date() + timedelta(days=offset)
    if _WEEK[date.weekday()] not in hours.days:
        return None
    # `end` before or at `start` runs over midnight. Wall-clock arithmetic: a window keeps its hours over a DST change.
    last = date + timedelta(days=1) if hours.end <= hours.start else date
    return _instant(date, hours.start, zone), _instant(last, hours.end, zone)


def _instant(date: Date, minutes: int, zone: tzinfo) -> float:
    midnight = datetime(date.year, date.month, date.day, tzinfo=zone)
    return (midnight + timedelta(minutes=minutes)).timestamp()
