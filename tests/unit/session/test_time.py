"""Sleep of the machine and a clock that is set: noticed, told, and without harm to work in progress (THREATS 19)."""

import pytest

from orion_tui.base.clock import FixedClock, SystemClock, WorkingClock
from orion_tui.core.session.timekeeper import Gap, Timekeeper

pytestmark = pytest.mark.unit


def test_time_that_goes_by_is_nothing_to_tell() -> None:
    clock = FixedClock()
    keeper = Timekeeper(clock)
    for seconds in (0.1, 30.0, 3600.0):
        clock.advance(seconds)
        assert keeper.look() is None


def test_sleep_is_told_with_its_length_once() -> None:
    clock = FixedClock()
    keeper = Timekeeper(clock)
    clock.advance(1)
    clock.sleep(7200)
    assert keeper.look() == Gap(slept=7200.0)
    assert keeper.look() is None


@pytest.mark.parametrize("seconds", [3600.0, -3600.0])
def test_a_clock_that_was_set_is_told_with_its_direction(seconds: float) -> None:
    clock = FixedClock()
    keeper = Timekeeper(clock)
    clock.advance(1)
    clock.step_wall(seconds)
    assert keeper.look() == Gap(stepped=seconds)
    assert keeper.look() is None


def test_a_slewing_clock_is_not_a_jump() -> None:
    clock = FixedClock()
    keeper = Timekeeper(clock)
    clock.advance(60)
    clock.step_wall(0.03)  # as fast as NTP may go
    assert keeper.look() is None


def test_both_at_once_are_told_apart() -> None:
    clock = FixedClock()
    keeper = Timekeeper(clock)
    clock.sleep(600)
    clock.step_wall(-86_400)
    assert keeper.look() == Gap(slept=600.0, stepped=-86_400.0)


def test_work_is_not_charged_for_sleep() -> None:
    clock = FixedClock()
    working = WorkingClock(clock)
    began, at = working.monotonic(), working.now()
    clock.advance(10)
    clock.sleep(3600)
    assert working.monotonic() - began == 10
    assert working.now() - at == 3610


def test_the_machines_clocks_agree_on_which_one_leaves_sleep_out() -> None:
    clock = SystemClock()
    assert clock.awake() <= clock.monotonic() + 0.01
