"""Going in circles: told once, stopped when it goes on; work that gets somewhere is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.agent.loops import GRACE, IDLE, Concern, Watch
from tests.support.agent_steps import Attempt, call

pytestmark = pytest.mark.unit

_Call = tuple[str, str, bool]


def _course(calls: list[_Call]) -> str:
    """What a watch says after each call that is a turn of its own: `.` nothing, `w` a warning, `S` a stop."""
    watch = Watch()
    said = ""
    for name, result, changed in calls:
        watch.executed("run", {"command": name}, result, changed)
        said += {Concern.NONE: ".", Concern.WARN: "w", Concern.STOP: "S"}[watch.verdict().concern]
        watch.turn_ends()
    return said


def test_the_same_call_with_the_same_result_is_warned_of_and_then_stopped() -> None:
    assert _course([("a", "x", False)] * 7) == "..w..SS"


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_cycle_is_warned_of_after_three_rounds_and_then_stopped(length: int) -> None:
    calls = [(str(n % length), str(n % length), True) for n in range(3 * length + GRACE)]
    assert _course(calls) == "." * (3 * length - 1) + "w" + "." * (GRACE - 1) + "S"


def test_calls_that_bring_nothing_new_are_warned_of_and_then_stopped() -> None:
    calls = [("first", "x", False), *((f"other {n}", "x", False) for n in range(IDLE + GRACE))]
    assert _course(calls) == "." * IDLE + "w" + "." * (GRACE - 1) + "S"


def test_another_result_or_a_change_is_progress() -> None:
    assert "w" not in _course([("test", f"{n} failed", False) for n in range(30)])
    assert "w" not in _course([(f"write {n}", "done", True) for n in range(30)])


def test_times_and_addresses_make_no_other_result() -> None:
    calls = [("test", f"1 failed in 0.{n}3s at 12:00:0{n} <object at 0x7f{n}>", False) for n in range(3)]
    assert _course(calls) == "..w"


def test_the_count_of_failures_makes_another_one() -> None:
    assert _course([("test", f"{3 - n} failed", False) for n in range(3)]) == "..."


def test_after_something_else_there_is_a_warning_again_before_a_stop() -> None:
    same, other = ("a", "x", False), ("b", "y", True)
    assert _course([*[same] * 4, other, *[same] * 6]) == "..w....w..S"


def test_words_alone_are_warned_of_and_then_stopped() -> None:
    watch = Watch()
    said: list[Concern] = []
    for _ in range(6):
        watch.said()
        said.append(watch.verdict().concern)
        watch.turn_ends()
    assert said == [Concern.NONE] * 2 + [Concern.WARN] + [Concern.NONE] * 2 + [Concern.STOP]
    watch.executed("run", {}, "x", False)
    assert watch.verdict().concern is Concern.NONE


def test_many_calls_in_one_turn_are_warned_of_before_they_stop_anything() -> None:
    watch = Watch()
    for _ in range(10):
        watch.executed("run", {}, "x", False)
    assert watch.verdict().concern is Concern.WARN
    watch.turn_ends()
    for _ in range(GRACE):
        watch.executed("run", {}, "x", False)
    verdict = watch.verdict()
    assert verdict.concern is Concern.STOP
    assert "13 times in a row" in verdict.text


def test_a_hint_of_the_person_starts_anew() -> None:
    watch = Watch()
    for _ in range(3):
        watch.executed("run", {}, "x", False)
        watch.turn_ends()
    watch.hinted()
    assert watch.verdict().concern is Concern.NONE


def test_looking_changes_nothing() -> None:
    watch = Watch()
    for _ in range(3):
        watch.executed("run", {}, "x", False)
    assert watch.verdict() == watch.verdict()


def test_a_warning_tells_what_to_do_instead() -> None:
    watch = Watch()
    for _ in range(3):
        watch.executed("run", {}, "x", False)
    assert "3 times in a row" in watch.verdict().text
    assert "finish" in watch.verdict().text


def test_it_is_the_same_when_it_is_rebuilt_from_the_steps() -> None:
    attempt = Attempt()
    attempt.opening()
    said = ""
    for number in range(6):
        attempt.asked("", call(f"c{number}", command="make"))
        attempt.ran(f"c{number}", seconds=number)
        verdict = Watch.of(attempt.steps).verdict()
        said += verdict.concern[0]
        if verdict.concern is Concern.WARN:
            attempt.hint(verdict.text, person=False)
    assert said == "nnwnns"


def test_a_warning_that_was_not_told_is_no_warning() -> None:
    attempt = Attempt()
    for number in range(8):
        attempt.asked("", call(f"c{number}", command="make"))
        attempt.ran(f"c{number}")
        attempt.hint("A check failed.", person=False)
    assert Watch.of(attempt.steps).verdict().concern is Concern.WARN


def test_a_turn_that_is_not_over_is_judged_by_what_was_done_of_it() -> None:
    attempt = Attempt()
    attempt.asked("", *(call(f"c{n}", command="make") for n in range(9)))
    for number in range(2):
        attempt.ran(f"c{number}")
    assert Watch.of(attempt.steps).verdict().concern is Concern.NONE


def test_a_persons_hint_among_the_steps_starts_anew() -> None:
    attempt = Attempt()
    for number in range(5):
        attempt.asked("", call(f"c{number}", command="make"))
        attempt.ran(f"c{number}")
    attempt.hint("keep trying")
    for number in range(5, 7):
        attempt.asked("", call(f"c{number}", command="make"))
        attempt.ran(f"c{number}")
    assert Watch.of(attempt.steps).verdict().concern is Concern.NONE


def test_a_write_that_changes_the_work_is_progress_among_the_steps() -> None:
    attempt = Attempt()
    for number in range(30):
        attempt.asked("", call(f"c{number}", "write_file", path=f"f{number}", content="x"))
        attempt.wrote(f"c{number}", f"f{number}")
    assert Watch.of(attempt.steps).verdict().concern is Concern.NONE


_CALLS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans()), max_size=60)


@given(_CALLS)
def test_there_is_no_stop_without_a_warning_before(calls: list[_Call]) -> None:
    course = _course(calls)
    assert "S" not in course or "w" in course[: course.index("S")]


@given(_CALLS)
def test_steps_and_calls_say_the_same(calls: list[_Call]) -> None:
    attempt = Attempt()
    said = ""
    for number, (name, output, changed) in enumerate(calls):
        attempt.asked("", call(f"c{number}", command=name))
        attempt.ran(f"c{number}", name, output=output, delta=b"d" if changed else None)
        verdict = Watch.of(attempt.steps).verdict()
        said += {Concern.NONE: ".", Concern.WARN: "w", Concern.STOP: "S"}[verdict.concern]
        if verdict.concern is Concern.WARN:
            attempt.hint(f"{verdict.text}\n\n9 steps are left", person=False)
    assert said == _course(calls)
