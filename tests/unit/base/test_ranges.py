"""A range of time in words."""

import pytest

from orion_tui.base.ranges import time_range

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (120, 240, "2 to 4 min"),
        (600, 600, "10 min"),
        (10, 40, "under a minute"),
        (10, 90, "1 to 2 min"),
        (3600, 9000, "1 to 2.5 h"),
        (7200, 7200, "2 h"),
    ],
)
def test_a_range_is_told_in_one_unit(least: float, most: float, said: str) -> None:
    assert time_range(least, most) == said
