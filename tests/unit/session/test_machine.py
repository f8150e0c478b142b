"""RUN-1: the one table of legal transitions."""

import pytest

from orion_tui.base.errors import StateError
from orion_tui.core.models.sessions import SessionState as S
from orion_tui.core.session.machine import ACTIVE, LEGAL, REVIEWABLE, check, sources

pytestmark = pytest.mark.unit


def test_every_state_has_its_row() -> None:
    assert set(LEGAL) == set(S)


@pytest.mark.parametrize("ended", [S.COMPLETED, S.FAILED, S.CANCELLED])
def test_ended_work_may_go_back_to_running_or_on_to_promoted(ended: S) -> None:
    check(ended, S.RUNNING)
    check(ended, S.PROMOTED)


def test_promoted_and_undone_lead_to_each_other() -> None:
    check(S.PROMOTED, S.UNDONE)
    check(S.UNDONE, S.PROMOTED)


@pytest.mark.parametrize("final", [S.REJECTED, S.ARCHIVED])
@pytest.mark.parametrize("target", list(S))
def test_rejected_and_archived_never_leave(final: S, target: S) -> None:
    with pytest.raises(StateError):
        check(final, target)


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
def test_a_shortcut_is_refused_and_the_error_names_what_is_allowed(current: S, target: S) -> None:
    with pytest.raises(StateError) as caught:
        check(current, target)
    assert f"after {current}" in caught.value.hint


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
