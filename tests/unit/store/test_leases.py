"""Leases: one live holder, the oldest work first, waiting sessions woken by answers."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import LeaseLost
from orion_tui.core.models.sessions import ApprovalStatus, Session, SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store import Store, Transaction, approvals, events, leases, plans, sessions

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A, B, C = "a" * 12, "b" * 12, "c" * 12


def claim(store: Store, clock: FixedClock, owner: str = "w", *, ttl: float = 120, id: str | None = None) -> str | None:
    found = store.transact(lambda tx: leases.claim(tx, owner=owner, now=clock.now(), ttl=ttl, session_id=id))
    return None if found is None else found.id


@pytest.fixture
def waiting(store: Store, records: "Records") -> Session:
    """A session that waits with two tasks, each with its question."""
    session = records.session(state=SessionState.WAITING)
    for position, task in enumerate(("deps", "docs")):
        records.task(task, TaskStatus.WAITING, position=position)
        records.approval(f"q-{task}", task=task)
    return session


def answer(store: Store, clock: FixedClock, id: str, status: ApprovalStatus = ApprovalStatus.APPROVED) -> None:
    store.transact(lambda tx: approvals.answer(tx, id, status, "", clock.now(), clock.now() + 3600))


def test_a_claim_takes_the_lease_and_a_new_fence(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    claimed = store.transact(lambda tx: leases.claim(tx, owner="w1", now=clock.now(), ttl=120))
    assert claimed is not None
    assert (claimed.lease_owner, claimed.lease_until, claimed.fence) == ("w1", clock.now() + 120, 1)
    assert sessions.get(store.reader(), A) == claimed
    assert leases.held(store.reader(), clock.now()) == 1
    assert claim(store, clock, "w2") is None


def test_the_oldest_session_comes_first(store: Store, records: "Records", clock: FixedClock) -> None:
    for id in (B, C, A):
        records.session(id)
        clock.advance(1)
    assert [claim(store, clock) for _ in range(4)] == [B, C, A, None]


@pytest.mark.parametrize("state", list(SessionState))
def test_only_sessions_with_work_are_claimed(
    store: Store, records: "Records", clock: FixedClock, state: SessionState
) -> None:
    records.session(state=state)
    records.approval()  # for the waiting one: nothing is answered yet
    has_work = state in {
        SessionState.CREATED,
        SessionState.PLANNING,
        SessionState.RUNNING,
        SessionState.INTERRUPTED,
    }
    assert (claim(store, clock) == A) is has_work


def test_one_session_can_be_asked_for(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session(A)
    records.session(B)
    assert claim(store, clock, id=B) == B
    assert claim(store, clock, id=B) is None
    assert claim(store, clock, id="nobody") is None


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fence(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    first = records.claimed(ttl=120)
    clock.advance(120)
    assert claim(store, clock, "w2") is None
    clock.advance(0.001)
    assert claim(store, clock, "w2") == A
    assert sessions.get(store.reader(), A).fence == first.fence + 1


def test_a_heartbeat_keeps_the_lease(store: Store, records: "Records", clock: FixedClock) -> None:
    held = records.claimed(ttl=120)
    for _ in range(5):
        clock.advance(100)
        store.transact(lambda tx: leases.renew(tx, A, "worker-1", held.fence, clock.now(), 120))
        assert claim(store, clock, "w2") is None


def test_a_late_heartbeat_holds_while_nobody_else_claimed(store: Store, records: "Records", clock: FixedClock) -> None:
    held = records.claimed(ttl=10)
    clock.advance(60)
    store.transact(lambda tx: leases.renew(tx, A, "worker-1", held.fence, clock.now(), 10))
    assert claim(store, clock, "w2") is None


def test_who_lost_the_lease_can_neither_renew_nor_release_nor_write(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    lost = records.claimed(ttl=10)
    clock.advance(11)
    assert claim(store, clock, "w2") == A
    now_held = sessions.get(store.reader(), A)
    works: list[Callable[[Transaction], None]] = [
        lambda tx: leases.renew(tx, A, "worker-1", lost.fence, clock.now(), 10),
        lambda tx: leases.release(tx, A, "worker-1", lost.fence),
        lambda tx: leases.assert_fence(tx, A, lost.fence),
    ]
    for work in works:
        with pytest.raises(LeaseLost, match="another worker owns session"):
            store.transact(work)
    assert sessions.get(store.reader(), A) == now_held


def test_the_same_owner_with_an_older_fence_has_lost_it_too(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    old = records.claimed(ttl=10)
    clock.advance(11)
    assert claim(store, clock, "worker-1") == A
    with pytest.raises(LeaseLost):
        store.transact(lambda tx: leases.renew(tx, A, "worker-1", old.fence, clock.now(), 10))


def test_a_session_given_back_is_claimable_at_once_and_its_fence_is_void(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    held = records.claimed()
    store.transact(lambda tx: leases.release(tx, A, "worker-1", held.fence))
    with pytest.raises(LeaseLost):
        store.transact(lambda tx: leases.assert_fence(tx, A, held.fence))
    assert leases.held(store.reader(), clock.now()) == 0
    assert claim(store, clock, "w2") == A


def test_a_session_given_back_until_later_is_left_alone_until_then(
    store: Store, records: "Records", clock: FixedClock
) -> None:
    held = records.claimed()
    later = clock.now() + 3600

    def put_to_sleep(tx: Transaction) -> None:
        sessions.set_state(tx, A, set(SessionState), SessionState.WAITING, "outside working hours", due_at=later)
        leases.release(tx, A, "worker-1", held.fence)

    store.transact(put_to_sleep)
    assert leases.held(store.reader(), clock.now()) == 0
    assert claim(store, clock, "w2") is None
    assert leases.has_work(store.reader())
    clock.advance(3600.5)
    assert claim(store, clock, "w2") == A


def test_leases_of_a_supervisor_that_is_gone_are_ended(store: Store, records: "Records", clock: FixedClock) -> None:
    held = records.claimed()
    records.session(B)
    assert store.transact(leases.end_all) == 1
    with pytest.raises(LeaseLost):
        store.transact(lambda tx: leases.assert_fence(tx, A, held.fence))
    assert claim(store, clock, "w2") == A
    assert sessions.get(store.reader(), A).fence == held.fence + 1


def test_a_session_whose_questions_are_all_open_sleeps(store: Store, clock: FixedClock, waiting: Session) -> None:
    assert not leases.wakeable(store.reader(), waiting.id)
    assert not leases.has_work(store.reader())
    assert claim(store, clock) is None


@pytest.mark.parametrize("status", [ApprovalStatus.APPROVED, ApprovalStatus.REJECTED])
def test_one_answer_wakes_it_though_another_question_is_open(
    store: Store, clock: FixedClock, waiting: Session, status: ApprovalStatus
) -> None:
    answer(store, clock, "q-docs", status)
    assert leases.wakeable(store.reader(), waiting.id)
    assert claim(store, clock) == waiting.id


def test_it_sleeps_again_once_the_answer_was_taken_into_account(
    store: Store, clock: FixedClock, records: "Records", waiting: Session
) -> None:
    # A rejection whose task went on to something else must not wake the session for ever.
    answer(store, clock, "q-docs", ApprovalStatus.REJECTED)
    store.transact(
        lambda tx: (
            plans.set_status(tx, waiting.id, "docs", TaskStatus.BLOCKED, "rejected"),
            events.append(tx, waiting.id, "task.blocked", "orion", {}),
        )
    )
    assert not leases.wakeable(store.reader(), waiting.id)


def test_it_sleeps_again_when_the_task_asked_anew(
    store: Store, clock: FixedClock, records: "Records", waiting: Session
) -> None:
    answer(store, clock, "q-docs", ApprovalStatus.REJECTED)
    records.approval("q-docs-2", task="docs")
    assert not leases.wakeable(store.reader(), waiting.id)
    answer(store, clock, "q-docs-2")
    assert leases.wakeable(store.reader(), waiting.id)


def test_a_given_answer_that_lapsed_wakes_it_to_ask_again(store: Store, clock: FixedClock, waiting: Session) -> None:
    answer(store, clock, "q-docs")
    clock.advance(3601)
    store.transact(lambda tx: approvals.lapse(tx, "q-docs", clock.now()))
    assert leases.wakeable(store.reader(), waiting.id)


def test_a_waiting_session_without_questions_is_claimed(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session(state=SessionState.WAITING)
    assert claim(store, clock) == A


def test_an_answer_elsewhere_wakes_nobody(
    store: Store, clock: FixedClock, records: "Records", waiting: Session
) -> None:
    records.session(B)
    records.task("deps", TaskStatus.WAITING, session=B)
    records.approval("other", session=B, task="deps")
    answer(store, clock, "other")
    assert not leases.wakeable(store.reader(), waiting.id)


def test_processes_that_claim_at_once_get_different_sessions(
    path: Path, store: Store, records: "Records", clock: FixedClock
) -> None:
    ids = [f"{number:012x}" for number in range(60)]
    for id in ids:
        records.session(id)
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from orion_tui.core.store import Store, leases
        with Store.open(Path(sys.argv[1])) as store:
            if sys.argv[2] == "grouped":
                store.start_writer()
            sys.stdin.read(1)
            while True:
                found = store.transact(lambda tx: leases.claim(tx, owner=sys.argv[3], now=2e9, ttl=60))
                if found is None:
                    break
                print(found.id, found.fence, found.lease_owner)
        """
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), kind, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for kind, name in (("direct", "w1"), ("grouped", "w2"), ("direct", "w3"))
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("g")
        child.stdin.flush()
    claimed = [line.split() for child in children for line in child.communicate(timeout=60)[0].splitlines()]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert sorted(id for id, _, _ in claimed) == ids
    assert {fence for _, fence, _ in claimed} == {"1"}
    for id, _, owner in claimed:
        assert sessions.get(store.reader(), id).lease_owner == owner
