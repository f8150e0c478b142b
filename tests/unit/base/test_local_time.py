"""Times to come, as people say them."""

import time
from collections.abc import Iterator

import pytest

from orion_tui.base.clock import local_time

pytestmark = pytest.mark.unit

#: 2025-06-15 15:06:40 UTC, a Sunday.
NOON = 1_750_000_000.0


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_a_time_of_today_is_hours_and_minutes_of_the_machines_zone() -> None:
    assert local_time(NOON + 60, now=NOON) == "17:07"


@pytest.mark.usefixtures("berlin")
def test_a_time_of_another_day_names_the_day() -> None:
    assert local_time(NOON + 8 * 3600, now=NOON) == "Mon 16 Jun 01:06"
    assert local_time(NOON, now=NOON + 86_400) == "Sun 15 Jun 17:06"
