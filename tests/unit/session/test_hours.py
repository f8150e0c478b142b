"""ROLE-2 working hours: a session waits for the next window."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.session.hours import opens_at
from orion_tui.roles.schema import Day, WorkingHours

pytestmark = pytest.mark.unit

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)
NIGHTS = WorkingHours(days=WEEKDAYS, start=22 * 60, end=6 * 60, time_zone="Europe/Berlin")
OFFICE = WorkingHours(days=WEEKDAYS, start=9 * 60, end=17 * 60, time_zone="Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


# 2026-11-23 is a Monday.
@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (OFFICE, "2026-11-23 09:00", None),
        (OFFICE, "2026-11-23 16:59", None),
        (OFFICE, "2026-11-23 17:00", "2026-11-24 09:00"),
        (OFFICE, "2026-11-23 08:59", "2026-11-23 09:00"),
        (OFFICE, "2026-11-27 18:00", "2026-11-30 09:00"),
        (NIGHTS, "2026-11-23 23:00", None),
        (NIGHTS, "2026-11-24 05:59", None),
        (NIGHTS, "2026-11-24 06:00", "2026-11-24 22:00"),
        (NIGHTS, "2026-11-28 05:00", None),  # Saturday morning belongs to Friday's night
        (NIGHTS, "2026-11-28 22:30", "2026-11-30 22:00"),
        (OFFICE, "2026-03-28 12:00", "2026-03-30 09:00"),  # the clock goes forward in between
    ],
)
def test_the_next_window(hours: WorkingHours, now: str, opens: str | None) -> None:
    assert opens_at(hours, at(now)) == (None if opens is None else at(opens))


def test_without_hours_work_may_always_go_on() -> None:
    assert opens_at(None, 0.0) is None


@given(
    st.sets(st.sampled_from(list(Day)), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.floats(1_700_000_000, 1_900_000_000),
)
def test_when_it_opens_it_is_open_and_never_more_than_a_week_away(
    days: set[Day], start: int, end: int, now: float
) -> None:
    hours = WorkingHours(days=tuple(days), start=start, end=end, time_zone="America/New_York")
    opens = opens_at(hours, now)
    if opens is not None:
        assert now < opens <= now + 8 * 86400
        assert opens_at(hours, opens) is None
