"""Stopping a worker: at the next step, or at once."""

import pytest

from orion_tui.core.session.stop_signal import StopSignal

pytestmark = pytest.mark.unit


def test_a_request_lets_the_step_finish() -> None:
    stop, called = StopSignal(), list[str]()
    with stop.aborting(lambda: called.append("closed")):
        stop.request()
        assert stop.is_set()
    assert called == []


def test_an_abort_ends_what_runs_exactly_once() -> None:
    stop, called = StopSignal(), list[str]()
    with stop.aborting(lambda: called.append("closed")):
        stop.abort()
        stop.abort()
    assert called == ["closed"]
    assert stop.is_set()


def test_an_abort_before_the_sandbox_stood_ends_it_as_soon_as_it_does() -> None:
    stop, called = StopSignal(), list[str]()
    stop.abort()
    with stop.aborting(lambda: called.append("closed")):
        assert called == ["closed"]


def test_nothing_is_ended_after_the_block() -> None:
    stop, called = StopSignal(), list[str]()
    with stop.aborting(lambda: called.append("closed")):
        pass
    stop.abort()
    assert called == []
