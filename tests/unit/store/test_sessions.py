"""Sessions: one active a workspace, states that move only from where they may, pages that stay cheap."""

from typing import TYPE_CHECKING

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import Busy, NotFound, StateError, StoreError, UsageError
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import Store, Transaction, events, overview, sessions

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A, B = "a" * 12, "b" * 12


def test_a_session_comes_back_as_it_was_written(store: Store, records: "Records") -> None:
    session = records.session(
        workspace="/caf\udce9/\u65e5\u672c",
        base_branch="feature/\udcff",
        goal="line one\nline two 'quoted'",
        snapshot="1" * 40,
        started_at=1.5,
        cost_usd=0.25,
        tokens=12,
    )
    assert sessions.get(store.reader(), A) == session


def test_a_new_session_is_told(store: Store, records: "Records") -> None:
    session = records.session()
    (event,) = events.after(store.reader(), 0)
    assert (event.type, event.actor, event.policy) == ("session.created", "user", "p1")
    assert event.data == {
        "goal": session.goal,
        "role": session.role,
        "workspace": session.workspace,
        "base": session.base_commit,
    }


def test_a_session_needs_its_policy_kept(store: Store, records: "Records") -> None:
    session = attrs.evolve(records.session(), id=B, workspace="/b", policy="never saved")
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.transact(lambda tx: sessions.insert(tx, session))


def test_a_policy_is_kept_to_the_letter_and_never_replaced(store: Store) -> None:
    store.transact(lambda tx: sessions.save_policy(tx, "h", '{ "b":1,  "a":2}\n'))
    store.transact(lambda tx: sessions.save_policy(tx, "h", "other"))
    assert sessions.policy(store.reader(), "h") == '{ "b":1,  "a":2}\n'
    with pytest.raises(NotFound, match="no policy x"):
        sessions.policy(store.reader(), "x")


def test_what_a_session_lacks_is_told_with_its_state_and_goes_with_it(store: Store, records: "Records") -> None:
    records.session()
    before = events.last_seq(store.reader())
    anywhere = set(SessionState)
    store.transact(lambda tx: sessions.set_state(tx, A, anywhere, SessionState.PAUSED, halt=Halt.PERSON))
    assert sessions.get(store.reader(), A).halt is Halt.PERSON
    store.transact(lambda tx: sessions.set_state(tx, A, anywhere, SessionState.RUNNING))
    assert sessions.get(store.reader(), A).halt is Halt.NONE
    assert [event.data.get("halt") for event in events.after(store.reader(), before)] == ["person", None]


@pytest.mark.parametrize("state", sorted(sessions.ACTIVE))
def test_a_second_session_on_a_workspace_is_refused_by_name_while_the_first_is_active(
    store: Store, records: "Records", state: SessionState
) -> None:
    records.session(state=state, workspace="/w")
    with pytest.raises(Busy, match=f"session {A} .{state}. is working on this repository") as caught:
        records.session(B, workspace="/w")
    assert f"orion cancel {A}" in caught.value.hint
    assert [session.id for session in sessions.page(store.reader())] == [A]
    active = sessions.active_for_workspace(store.reader(), "/w")
    assert active is not None
    assert active.id == A


@pytest.mark.parametrize("state", sorted(set(SessionState) - sessions.ACTIVE))
def test_a_workspace_is_free_once_its_session_has_ended(store: Store, records: "Records", state: SessionState) -> None:
    records.session(state=state, workspace="/w")
    assert sessions.active_for_workspace(store.reader(), "/w") is None
    records.session(B, workspace="/w")


def test_a_workspace_that_is_not_utf8_is_recognised(store: Store, records: "Records") -> None:
    records.session(workspace="/caf\udce9")
    with pytest.raises(Busy):
        records.session(B, workspace="/caf\udce9")
    found = sessions.active_for_workspace(store.reader(), "/caf\udce9")
    assert found is not None
    assert found.workspace == "/caf\udce9"


def test_a_session_cannot_come_back_to_a_workspace_that_another_one_took(store: Store, records: "Records") -> None:
    records.session(state=SessionState.COMPLETED, workspace="/caf\udce9")
    records.session(B, workspace="/caf\udce9")
    with pytest.raises(Busy, match=f"session {B}"):
        store.transact(
            lambda tx: sessions.set_state(tx, A, {SessionState.COMPLETED}, SessionState.RUNNING, "sent back")
        )
    assert sessions.get(store.reader(), A).state is SessionState.COMPLETED


def test_a_change_of_state_is_told_with_both_ends_and_the_reason(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    records.session()
    clock.advance(3)
    left = store.transact(
        lambda tx: sessions.set_state(
            tx, A, {SessionState.CREATED}, SessionState.RUNNING, "claimed", started_at=clock.now(), backend="bubblewrap"
        )
    )
    assert left is SessionState.CREATED
    session = sessions.get(store.reader(), A)
    assert (session.state, session.reason, session.backend) == (SessionState.RUNNING, "claimed", "bubblewrap")
    assert (session.started_at, session.updated_at) == (clock.now(), clock.now())
    event = events.latest(store.reader(), A, 1)[0]
    assert (event.type, event.actor) == ("session.state", "orion")
    assert event.data == {"from": "created", "to": "running", "reason": "claimed"}


def test_a_state_that_was_not_expected_stays(store: Store, records: "Records") -> None:
    records.session(state=SessionState.PROMOTED)
    with pytest.raises(StateError, match=f"session {A} is promoted, so it cannot become running"):
        store.transact(
            lambda tx: sessions.set_state(tx, A, {SessionState.CREATED, SessionState.WAITING}, SessionState.RUNNING)
        )
    assert sessions.get(store.reader(), A).state is SessionState.PROMOTED
    assert records.types() == ["session.created"]


def test_a_wish_of_the_user_is_kept_and_told(store: Store, records: "Records") -> None:
    records.session()
    store.transact(lambda tx: sessions.set_control(tx, A, "pause"))
    assert sessions.get(store.reader(), A).control == "pause"
    assert events.latest(store.reader(), A, 1)[0].data == {"control": "pause"}


def test_bookkeeping_sets_its_columns_only(store: Store, records: "Records") -> None:
    before = records.session()
    store.transact(lambda tx: sessions.update(tx, A, cost_usd=1.5, tokens=7, tasks_done=2))
    assert sessions.get(store.reader(), A) == attrs.evolve(before, cost_usd=1.5, tokens=7, tasks_done=2)


@pytest.mark.parametrize("column", ["state", "fence", "lease_owner", "id", "reason"])
def test_columns_that_mean_something_have_no_back_door(store: Store, records: "Records", column: str) -> None:
    records.session()
    changes: dict[str, object] = {column: "x"}
    with pytest.raises(ValueError, match=f"not a column to set: {column}"):
        store.transact(lambda tx: sessions.update(tx, A, **changes))  # type: ignore[arg-type]  # what the types forbid
    assert sessions.get(store.reader(), A).state is SessionState.CREATED


def test_what_does_not_exist_is_not_found(store: Store) -> None:
    reader = store.reader()
    with pytest.raises(NotFound, match="no session zzz"):
        sessions.get(reader, "zzz")
    with pytest.raises(NotFound):
        sessions.get(reader, "not utf-8: \udcff")
    with pytest.raises(NotFound, match="no session zzz"):
        store.transact(lambda tx: sessions.update(tx, "zzz", tokens=1))
    with pytest.raises(NotFound, match="no session zzz"):
        store.transact(lambda tx: sessions.set_state(tx, "zzz", set(SessionState), SessionState.RUNNING))


def test_a_session_is_found_by_a_prefix_that_only_it_has(store: Store, records: "Records") -> None:
    for name in ("abc000000000", "abd000000000", "b00000000000"):
        records.session(name)
    reader = store.reader()
    assert sessions.find(reader, "abc").id == "abc000000000"
    assert sessions.find(reader, "b").id == "b00000000000"
    assert sessions.find(reader, "abd000000000").id == "abd000000000"
    with pytest.raises(UsageError, match="several sessions begin with ab: abc000000000, abd000000000"):
        sessions.find(reader, "ab")
    for missing in ("abe", "abc0000000000", "%", "a_c", "c", "\udcff", "ABC"):
        with pytest.raises(NotFound):
            sessions.find(reader, missing)
    with pytest.raises(UsageError, match="the id is empty"):
        sessions.find(reader, "")


def test_a_whole_id_is_found_though_longer_ones_begin_with_it(store: Store, records: "Records") -> None:
    records.session("abc")
    records.session("abcd")
    assert sessions.find(store.reader(), "abc").id == "abc"


def fill(tx: Transaction, count: int, clock: FixedClock, states: list[SessionState]) -> None:
    sessions.save_policy(tx, "p1", "{}")
    for number in range(count):
        sessions.insert(
            tx,
            Session(
                id=f"{number:012x}",
                workspace=f"/w/{number}",
                goal="g" * 50,
                role="r",
                policy="p1",
                state=states[number % len(states)],
                base_commit="0" * 40,
                # Several of one instant: the order among them must hold too.
                created_at=clock.now() + number // 3,
                updated_at=clock.now(),
                cost_usd=0.5,
                tokens=3,
            ),
        )


STATES = [SessionState.COMPLETED, SessionState.RUNNING, SessionState.FAILED, SessionState.ARCHIVED]


@pytest.mark.parametrize("states", [None, {SessionState.RUNNING}, {SessionState.RUNNING, SessionState.FAILED}])
def test_pages_follow_each_other_newest_first_without_gap_or_repeat(
    store: Store, clock: FixedClock, states: set[SessionState] | None
) -> None:
    store.transact(lambda tx: fill(tx, 101, clock, STATES))
    read: list[Session] = []
    while found := sessions.page(store.reader(), states=states, limit=8, before=read[-1].id if read else None):
        read += found
    wanted = [number for number in range(101) if states is None or STATES[number % 4] in states]
    assert [session.id for session in read] == [f"{number:012x}" for number in reversed(wanted)]


def test_a_page_that_is_read_again_makes_anew_only_what_was_changed(store: Store, records: "Records") -> None:
    records.session()
    store.transact(lambda tx: sessions.insert(tx, attrs.evolve(sessions.get(tx, A), id=B, workspace="/b")))
    before = {session.id: session for session in sessions.page(store.reader())}
    store.transact(lambda tx: sessions.update(tx, A, tokens=7))
    after = {session.id: session for session in sessions.page(store.reader())}
    assert after[B] is before[B]
    assert (before[A].tokens, after[A].tokens) == (0, 7)


def test_a_page_of_no_states_or_before_nobody_is_empty(store: Store, clock: FixedClock) -> None:
    store.transact(lambda tx: fill(tx, 5, clock, STATES))
    assert sessions.page(store.reader(), states=[]) == []
    assert sessions.page(store.reader(), before="nobody") == []


def test_counts_and_sums_over_everything(store: Store, clock: FixedClock) -> None:
    store.transact(lambda tx: fill(tx, 10, clock, STATES))
    seen = overview.overview(store.reader())
    assert seen.states == {
        SessionState.COMPLETED: 3,
        SessionState.RUNNING: 3,
        SessionState.FAILED: 2,
        SessionState.ARCHIVED: 2,
    }
    assert (seen.pending_approvals, seen.last_seq) == (0, 10)
    assert overview.spending(store.reader()) == overview.Spending(cost_usd=5.0, tokens=30, sessions=10)
    late = overview.spending(store.reader(), since=clock.now() + 3)
    assert late == overview.Spending(cost_usd=0.5, tokens=3, sessions=1)
