"""SAVE-4 as properties: what is never pruned, what always is, and in which order."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.trash import KEPT_FOR, TrashKind
from orion_tui.core.session import machine
from orion_tui.core.timeline.retention import (
    ARCHIVED_AFTER,
    CHECKPOINTS,
    DAY,
    DISK_FULL,
    EVERY,
    GIB,
    HOUR,
    ORION_BYTES,
    SESSION_BYTES,
    SESSIONS,
    Facts,
    Item,
    SessionFact,
    TrashFact,
    What,
    keep,
    plan,
)

pytestmark = pytest.mark.unit

NOW = 1_795_403_520.0

#: Whole minutes, which spread over the whole range as arbitrary fractions do not.
_ages = st.integers(0, 90 * 24 * 60).map(lambda minutes: 60.0 * minutes)


def _numbered(ages: list[float]) -> tuple[tuple[int, float], ...]:
    return tuple(enumerate(sorted(NOW - age for age in ages)))


_checkpoints = st.lists(_ages, max_size=80).map(_numbered)


@st.composite
def _sessions(draw: st.DrawFn) -> tuple[SessionFact, ...]:
    count = draw(st.integers(1, 8))
    made: list[SessionFact] = []
    for n in range(count):
        state = draw(st.sampled_from(list(SessionState)))
        trash = tuple(
            TrashFact(
                id=100 * n + k,
                kind=draw(st.sampled_from(list(TrashKind))),
                thrown_at=NOW - draw(_ages),
                bytes=draw(st.integers(0, 2 * GIB)),
            )
            for k in range(draw(st.integers(0, 4)))
        )
        made.append(
            SessionFact(
                id=f"{n:012x}",
                state=state,
                ended_at=NOW - draw(_ages),
                promoted=state is SessionState.PROMOTED or draw(st.booleans()),
                has_repo=draw(st.booleans()),
                bytes=draw(st.integers(0, 3 * GIB)),
                checkpoints=draw(_checkpoints),
                trash=trash,
            )
        )
    return tuple(made)


_facts = st.builds(
    Facts,
    now=st.just(NOW),
    sessions=_sessions(),
    disk_used=st.floats(0, 1),
    disk_bytes=st.just(100 * GIB),
    orion_bytes=st.integers(0, 40 * GIB),
)


def _of(items: tuple[Item, ...], what: What) -> list[Item]:
    return [item for item in items if item.what is what]


@given(_checkpoints)
def test_up_to_twenty_checkpoints_stay_the_first_and_the_newest_among_them(made: tuple[tuple[int, float], ...]) -> None:
    kept = keep(NOW, made)
    assert kept <= {number for number, _ in made}
    assert len(kept) == min(len(made), CHECKPOINTS)
    if made:
        assert {made[0][0], made[-1][0]} <= kept


@given(_checkpoints)
def test_they_are_thinned_from_the_old_end(made: tuple[tuple[int, float], ...]) -> None:
    kept = keep(NOW, made)
    dropped = [(number, NOW - at) for number, at in made if number not in kept]
    old = [number for number, at in made if NOW - at > DAY]
    if any(age <= HOUR for _, age in dropped):
        # One of the last hour goes only when all that may go before it is gone.
        day = {number for number, at in made if HOUR < NOW - at <= DAY and number % EVERY}
        assert kept.isdisjoint(day - {made[0][0], made[-1][0]})
    if any(HOUR < age <= DAY for _, age in dropped):
        assert kept.isdisjoint(set(old[1:-1]) - {made[0][0], made[-1][0]})


@given(_checkpoints, st.lists(st.floats(0, 600), min_size=1, max_size=5))
def test_thinning_is_stable_while_time_goes_on(made: tuple[tuple[int, float], ...], steps: list[float]) -> None:
    now, standing = NOW, made
    for step in steps:
        stay = keep(now, standing)
        standing = tuple(row for row in standing if row[0] in stay)
        assert keep(now, standing) == stay  # a second look finds nothing more
        now += step


@given(_facts)
def test_every_item_is_of_something_that_exists_and_comes_once(facts: Facts) -> None:
    items = plan(facts, branches=True)
    assert len({(item.what, item.session_id, item.number) for item in items}) == len(items)
    by_id = {session.id: session for session in facts.sessions}
    for item in items:
        session = by_id[item.session_id]
        match item.what:
            case What.CHECKPOINT:
                assert item.number in {number for number, _ in session.checkpoints}
            case What.TRASH:
                assert item.number in {entry.id for entry in session.trash}
            case What.ARCHIVE:
                assert SessionState.ARCHIVED in machine.LEGAL[session.state]
            case _:
                assert session.has_repo


@given(_facts, st.booleans())
def test_work_that_was_never_promoted_is_never_deleted_at_once(facts: Facts, branches: bool) -> None:
    by_id = {session.id: session for session in facts.sessions}
    items = plan(facts, branches=branches)
    for item in _of(items, What.REPOSITORY):
        assert by_id[item.session_id].promoted
    for item in _of(items, What.BRANCH):
        assert not by_id[item.session_id].promoted
        assert by_id[item.session_id].state not in machine.ACTIVE
    put_away = {item.session_id for item in _of(items, What.ARCHIVE)}
    thrown = {item.session_id for item in _of(items, What.BRANCH)}
    for ident in put_away:
        session = by_id[ident]
        assert session.promoted or session.thrown_away or not session.has_repo or ident in thrown


@given(_facts)
def test_trash_goes_after_its_time_and_before_it_only_for_want_of_room(facts: Facts) -> None:
    gone = {item.number: item for item in _of(plan(facts), What.TRASH)}
    for session in facts.sessions:
        for entry in session.trash:
            if NOW - entry.thrown_at > KEPT_FOR:
                assert entry.id in gone
            elif entry.id in gone:
                too_big = session.bytes > SESSION_BYTES
                crowded = facts.disk_used > DISK_FULL and facts.orion_bytes > ORION_BYTES
                assert too_big or crowded


@given(_facts)
def test_a_full_disk_alone_prunes_nothing_while_orion_holds_little(facts: Facts) -> None:
    small = attrs.evolve(facts, orion_bytes=ORION_BYTES, disk_used=1.0)
    empty = attrs.evolve(facts, orion_bytes=40 * GIB, disk_used=DISK_FULL)
    assert not [item for item in (*plan(small), *plan(empty)) if item.reason == "the disk is full"]


@given(_facts)
def test_a_full_disk_takes_the_oldest_trash_first(facts: Facts) -> None:
    full = attrs.evolve(facts, orion_bytes=1000 * GIB, disk_used=1.0, disk_bytes=1000 * GIB)
    items = plan(full)
    gone = {item.number for item in _of(items, What.TRASH)}
    entries = sorted(
        ((entry.thrown_at, entry.id) for session in full.sessions for entry in session.trash), reverse=True
    )
    if any(item.what is What.REPOSITORY and item.reason == "the disk is full" for item in items):
        assert gone == {ident for _, ident in entries}
    for_room = [item.number for item in items if item.what is What.TRASH and item.reason == "the disk is full"]
    at = {ident: when for when, ident in entries}
    if for_room:
        youngest = max(at[number] for number in for_room)
        assert all(when >= youngest or ident in gone for when, ident in entries)


@given(_facts)
def test_work_in_progress_is_left_alone_but_for_names(facts: Facts) -> None:
    active = {session.id for session in facts.sessions if session.state in machine.ACTIVE}
    for item in plan(facts, branches=True):
        if item.session_id in active:
            assert item.what in {What.CHECKPOINT, What.TRASH}


def _ended(n: int, age: float, state: SessionState = SessionState.COMPLETED) -> SessionFact:
    return SessionFact(id=f"{n:012x}", state=state, ended_at=NOW - age, promoted=state is SessionState.PROMOTED)


def test_sessions_are_archived_after_thirty_days() -> None:
    facts = Facts(now=NOW, sessions=(_ended(1, ARCHIVED_AFTER + 1), _ended(2, ARCHIVED_AFTER - 1)))
    items = plan(facts)
    assert [(item.what, item.session_id) for item in items] == [
        (What.ARCHIVE, f"{1:012x}"),
        (What.BRANCH, f"{1:012x}"),
    ]


def test_of_more_than_fifty_sessions_the_oldest_ended_are_archived() -> None:
    running = SessionFact(id="f" * 12, state=SessionState.RUNNING, ended_at=0.0, promoted=False)
    ended = tuple(_ended(n, DAY + n) for n in range(SESSIONS + 1))
    archived = _of(plan(Facts(now=NOW, sessions=(running, *ended))), What.ARCHIVE)
    assert {item.session_id for item in archived} == {f"{SESSIONS:012x}", f"{SESSIONS - 1:012x}"}


def test_after_promotion_three_checkpoints_stay() -> None:
    made = tuple((number, NOW - 60 + number) for number in range(10))
    session = attrs.evolve(_ended(1, 60, SessionState.PROMOTED), checkpoints=made)
    gone = _of(plan(Facts(now=NOW, sessions=(session,))), What.CHECKPOINT)
    assert [item.number for item in gone] == list(range(7))


def test_a_session_that_is_too_big_loses_its_oldest_trash_and_no_more_than_needed() -> None:
    trash = tuple(
        TrashFact(id=n, kind=TrashKind.ROLLBACK, thrown_at=NOW - DAY + n, bytes=SESSION_BYTES // 2) for n in range(3)
    )
    session = attrs.evolve(_ended(1, 60), bytes=2 * SESSION_BYTES, trash=trash)
    assert [item.number for item in _of(plan(Facts(now=NOW, sessions=(session,))), What.TRASH)] == [0, 1]


@pytest.mark.parametrize("state", [SessionState.REJECTED, SessionState.CANCELLED, SessionState.FAILED])
def test_branches_of_unwanted_work_go_to_the_trash_when_asked(state: SessionState) -> None:
    facts = Facts(now=NOW, sessions=(_ended(1, 60, state),))
    assert plan(facts) == ()
    assert [item.what for item in plan(facts, branches=True)] == [What.BRANCH]
