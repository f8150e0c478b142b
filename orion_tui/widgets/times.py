"""Times and amounts as people read them.

Moments are shown as clock times, not as ages: an age would have to be painted again and again, and an idle screen says
nothing to the terminal.
"""

from datetime import datetime
from typing import cast

from textual.widget import Widget

from orion_tui.base.clock import Clock, SystemClock
from orion_tui.base.spans import span
from orion_tui.themes import app_of

_SYSTEM = SystemClock()


def now_of(widget: Widget) -> float:
    """The app's time; the machine's in an app that has none."""
    clock = cast("Clock | None", getattr(app_of(widget), "clock", None))
    return (clock or _SYSTEM).now()


def moment(at: float, now: float) -> str:
    """`03:12` today, `yesterday 22:41`, `12 Nov 22:41`, `2025-11-12` in another year. Local time."""
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    days = (today.date() - then.date()).days
    clock = f"{then:%H:%M}"
    if days == 0:
        return clock
    if days == 1:
        return f"yesterday {clock}"
    if then.year == today.year:
        return f"{then.day} {then:%b} {clock}"
    return f"{then:%Y-%m-%d}"


def short_moment(at: float, now: float) -> str:
    """At most six cells: `03:12`, `22 Nov`, `2025`."""
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then:%Y}"


def exact(at: float) -> str:
    """`03:12:09`."""
    return f"{datetime.fromtimestamp(at):%H:%M:%S}"


def hours(seconds: float) -> str:
    """`8h`, `2h10`, `12m`, `0m`."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" + (f"{minutes % 60:02d}" if minutes % 60 else "")


def worked(seconds: float) -> str:
    """How long was worked: `41s`, `41m`, `2h10`."""
    return span(seconds) if seconds < 60 else hours(seconds)


def minutes(least: float | None, most: float | None) -> str:
    """A range of seconds as people plan: `<1m`, `4-9m`, `1-2.5h`; "" where nothing is known."""
    if least is None or most is None:
        return ""
    if most < 60:
        return "<1m"
    if most < 90 * 60:
        low, high = max(1, round(least / 60)), max(1, round(most / 60))
        return f"{high}m" if low >= high else f"{low}-{high}m"
    low, high = f"{least / 3600:.1f}".removesuffix(".0"), f"{most / 3600:.1f}".removesuffix(".0")
    return f"{high}h" if low == high else f"{low}-{high}h"


def count(number: int, one: str, many: str = "") -> str:
    """`1 file`, `7 files`, `1,204 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def age(seconds: float) -> str:
    """`just now`, `12m ago`, `5h ago`, `3 days ago`. Only where it is composed anew when something is looked at."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes}m ago"
    if minutes < 48 * 60:
        return f"{minutes // 60}h ago"
    return f"{minutes // (24 * 60)} days ago"
