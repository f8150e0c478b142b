"""RUN-1: the one table of legal transitions."""

import pytest

from orion_tui.core.models.sessions import SessionState as S
from orion_tui.core.session.machine import ACTIVE, LEGAL, REVIEWABLE, sources

pytestmark = pytest.mark.unit


def test_every_state_has_its_row() -> None:
    assert set(LEGAL) == set(S)


@pytest.mark.parametrize("ended", [S.COMPLETED, S.FAILED, S.CANCELLED])
def test_ended_work_may_go_back_to_running_or_on_to_promoted(ended: S) -> None:
    assert {S.RUNNING, S.PROMOTED} <= LEGAL[ended]


def test_promoted_and_undone_lead_to_each_other() -> None:
    assert S.UNDONE in LEGAL[S.PROMOTED]
    assert S.PROMOTED in LEGAL[S.UNDONE]


@pytest.mark.parametrize("final", [S.REJECTED, S.ARCHIVED])
def test_rejected_and_archived_never_leave(final: S) -> None:
    assert not LEGAL[final]


@pytest.mark.parametrize(
    ("current", "target"),
    [
        (S.CREATED, S.COMPLETED),
        (S.RUNNING, S.PROMOTED),
        (S.WAITING, S.COMPLETED),
        (S.PAUSED, S.COMPLETED),
        (S.INTERRUPTED, S.COMPLETED),
        (S.PROMOTED, S.RUNNING),
        (S.COMPLETED, S.UNDONE),
    ],
)
def test_there_are_no_shortcuts(current: S, target: S) -> None:
    assert target not in LEGAL[current]


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_every_active_state_can_be_left_towards_an_end(state: S) -> None:
    seen, frontier = {state}, [state]
    while frontier:
        for following in LEGAL[frontier.pop()] - seen:
            seen.add(following)
            frontier.append(following)
    assert seen & {S.COMPLETED, S.FAILED, S.CANCELLED}


def test_sources_are_the_table_read_backwards() -> None:
    for target in S:
        assert sources(target) == {state for state in S if target in LEGAL[state]}


def test_what_occupies_a_workspace_cannot_be_promoted_meanwhile() -> None:
    assert not ACTIVE & REVIEWABLE
    assert all(S.PROMOTED in LEGAL[state] for state in REVIEWABLE)
