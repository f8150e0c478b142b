"""The history and its cursor: in order, without reuse, every event found again."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StoreError
from orion_tui.core.models.events import Event
from orion_tui.core.store import Store, events

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A, B = "a" * 12, "b" * 12


def test_an_event_comes_back_as_it_was_written(store: Store, records: "Records", clock: FixedClock) -> None:
    records.session()
    clock.advance(5)
    data = {"text": 'say "hi"\n\x1b[0m', "path": "caf\udce9/\u202e.py", "n": [1, 2.5, None, True]}
    seq = store.transact(lambda tx: events.append(tx, A, "action.done", "agent", data))
    assert events.after(store.reader(), seq - 1) == [
        Event(seq=seq, at=clock.now(), session_id=A, type="action.done", actor="agent", data=data, policy="p1")
    ]


def test_an_event_names_the_policy_of_its_session_or_the_one_given(store: Store, records: "Records") -> None:
    records.session(policy="p7")
    store.transact(lambda tx: events.append(tx, A, "x.happened", "orion", {}))
    store.transact(lambda tx: events.append(tx, A, "x.happened", "orion", {}, "p8"))
    store.transact(lambda tx: events.append(tx, "", "supervisor.started", "orion", {}))
    assert [event.policy for event in events.after(store.reader(), 1)] == ["p7", "p8", ""]


@pytest.mark.parametrize("type", sorted(events.OWN_TYPES))
def test_events_of_the_stores_own_changes_cannot_be_made_up(store: Store, records: "Records", type: str) -> None:
    records.session()
    with pytest.raises(StoreError, match=f"{type} is written by"):
        store.transact(lambda tx: events.append(tx, A, type, "agent", {}))


def test_seqs_rise_without_reuse_even_when_the_newest_was_undone_or_old_ones_pruned(
    store: Store, records: "Records"
) -> None:
    records.session()
    first = store.transact(lambda tx: events.append(tx, A, "x.happened", "orion", {}))
    with pytest.raises(ZeroDivisionError):
        store.transact(lambda tx: (events.append(tx, A, "x.undone", "orion", {}), 1 // 0))
    second = store.transact(lambda tx: events.append(tx, A, "x.happened", "orion", {}))
    with store.transaction() as tx:
        tx.run("DELETE FROM events WHERE seq < ?", (second,))
    third = store.transact(lambda tx: events.append(tx, A, "x.happened", "orion", {}))
    assert first < second < third
    assert [event.seq for event in events.after(store.reader(), 0)] == [second, third]


def test_the_newest_event_cannot_be_deleted_so_its_seq_is_never_given_again(store: Store, records: "Records") -> None:
    records.session()
    with pytest.raises(StoreError, match="the newest event is never deleted"), store.transaction() as tx:
        tx.run("DELETE FROM events")
    assert records.types() == ["session.created"]


def test_a_cursor_that_goes_on_from_the_last_seq_reads_each_event_once(store: Store, records: "Records") -> None:
    records.session()
    with store.transaction() as tx:
        for number in range(25):
            events.append(tx, A, "x.happened", "orion", {"n": number})
    read: list[Event] = []
    while found := events.after(store.reader(), read[-1].seq if read else 0, limit=7):
        assert len(found) <= 7
        read += found
    assert [event.seq for event in read] == list(range(1, 27))
    assert events.last_seq(store.reader()) == 26


def test_a_reader_that_follows_the_cursor_misses_nothing_while_many_write(store: Store, records: "Records") -> None:
    # A seq that became visible before a smaller one would be skipped for ever.
    writers, each = 6, 40
    records.session()
    store.start_writer()
    over = threading.Event()
    read: list[int] = []

    def follow() -> None:
        reader, cursor = store.reader(), 0
        while True:
            last_look = over.is_set()
            for event in events.after(reader, cursor):
                read.append(event.seq)
                cursor = event.seq
            if last_look:
                return

    def write() -> None:
        for _ in range(each):
            store.transact(lambda tx: events.append(tx, A, "x.happened", "orion", {}))

    follower = threading.Thread(target=follow)
    follower.start()
    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    follower.join()
    assert read == list(range(1, writers * each + 2))


def test_no_event_is_found_where_there_is_none(store: Store) -> None:
    reader = store.reader()
    assert events.after(reader, 0) == []
    assert events.after(reader, 0, session_id=A) == []
    assert events.latest(reader, A, 5) == []
    assert events.last_seq(reader) == 0


@settings(max_examples=40)
@given(
    runs=st.lists(st.tuples(st.sampled_from([A, B, "c" * 12]), st.integers(1, 300)), min_size=1, max_size=8),
    cursor=st.integers(0, 1500),
    limit=st.integers(1, 400),
)
def test_events_of_one_session_are_those_that_a_walk_over_all_would_find(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[str, int]], cursor: int, limit: int
) -> None:
    # The index knows stretches of 256 events only: everything at and around their edges must be found.
    path: Path = tmp_path_factory.mktemp("store") / "orion.db"
    with Store.open(path, FixedClock()) as store:
        with store.transaction() as tx:
            for session, count in runs:
                for _ in range(count):
                    events.append(tx, session, "x.happened", "orion", {})
        reader = store.reader()
        everything = events.after(reader, 0, limit=10_000)
        for session in (A, B):
            own = [event for event in everything if event.session_id == session]
            assert (
                events.after(reader, cursor, session_id=session, limit=limit)
                == [event for event in own if event.seq > cursor][:limit]
            )
            assert events.latest(reader, session, limit) == own[-limit:]
        assert events.latest(reader, None, limit) == everything[-limit:]
