"""RUN-3: when a session stops by itself, and when it does not."""

from collections.abc import Sequence

import attrs
import pytest

from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session.stops import reached
from orion_tui.core.store.task_ends import TaskEnd
from orion_tui.roles.schema import Authority, Role, Scope, SessionLimits

pytestmark = pytest.mark.unit

SESSION = Session(
    id="0" * 12,
    workspace="/w",
    goal="g",
    role="r",
    policy="p",
    state=SessionState.RUNNING,
    base_commit="0" * 40,
    created_at=0.0,
    updated_at=0.0,
)


def role(limits: SessionLimits | None = None) -> Role:
    return Role(
        name="r",
        display_name="R",
        scope=Scope.CODING,
        competencies=("c",),
        authority=Authority(),
        limits=limits or SessionLimits(),
    )


def ends(*outcomes: tuple[bool, float]) -> list[TaskEnd]:
    return [TaskEnd(failed=failed, confidence=confidence) for failed, confidence in outcomes]


def limit(of: Role, session: Session = SESSION, ended: Sequence[TaskEnd] = (), seconds: float = 0.0) -> str | None:
    stop = reached(of, session, ended, seconds)
    return stop.limit if stop is not None else None


FAILED, DONE = True, False


def test_running_time_is_what_counts() -> None:
    assert limit(role(), seconds=8 * 3600 - 1) is None
    assert limit(role(), seconds=8 * 3600) == "time"


def test_cost_at_the_limit_stops() -> None:
    assert limit(role(), attrs.evolve(SESSION, cost_usd=4.99)) is None
    assert limit(role(), attrs.evolve(SESSION, cost_usd=5.0)) == "cost"


def test_nothing_may_be_spent_does_not_stop_what_costs_nothing() -> None:
    free = role(SessionLimits(max_cost_usd=0.0))
    assert limit(free) is None
    assert limit(free, attrs.evolve(SESSION, cost_usd=0.01)) == "cost"


def test_no_cost_limit() -> None:
    assert limit(role(SessionLimits(max_cost_usd=None)), attrs.evolve(SESSION, cost_usd=1e6)) is None


def test_tokens_at_the_limit_stop() -> None:
    assert limit(role(), attrs.evolve(SESSION, tokens=1_999_999)) is None
    assert limit(role(), attrs.evolve(SESSION, tokens=2_000_000)) == "tokens"


def test_five_failures_in_a_row_stop_and_a_success_between_them_does_not() -> None:
    assert limit(role(), ended=ends(*[(FAILED, 1.0)] * 5)) == "failures"
    assert limit(role(), ended=ends(*[(FAILED, 1.0)] * 4)) is None
    assert limit(role(), ended=ends(*[(FAILED, 1.0)] * 3, (DONE, 1.0), *[(FAILED, 1.0)] * 4)) is None


def test_three_unsure_tasks_in_a_row_stop() -> None:
    assert limit(role(), ended=ends(*[(DONE, 0.49)] * 3)) == "confidence"
    assert limit(role(), ended=ends(*[(DONE, 0.50)] * 3)) is None
    assert limit(role(), ended=ends((DONE, 0.4), (DONE, 0.9), (DONE, 0.4), (DONE, 0.4))) is None
