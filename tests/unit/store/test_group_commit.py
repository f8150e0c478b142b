"""Group commit: in order, acknowledged after the sync, one failure spoils nobody else's change."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StoreError
from orion_tui.core.store import Store, Transaction, events, meta, plans
from orion_tui.core.store.connection import WriteSide, connect
from orion_tui.core.store.writer import GroupWriter

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit

A = "a" * 12


@pytest.fixture
def side(store: Store, path: Path, clock: FixedClock) -> Iterator[WriteSide]:
    made = WriteSide(connect(path), path, clock)
    yield made
    made.tx.close()


@pytest.fixture
def writer(side: WriteSide) -> Iterator[GroupWriter]:
    made = GroupWriter(side)
    yield made
    made.stop()


class Crowd:
    """Threads that submit one change each, in a known order, so that they share one commit."""

    def __init__(self, writer: GroupWriter, side: WriteSide) -> None:
        self.writer, self.side = writer, side
        self.results: dict[int, object] = {}

    def submit(self, works: Sequence[Callable[[Transaction], object]]) -> list[object]:
        """The result or the error of each."""
        threads: list[threading.Thread] = []
        # While this thread has the turn everybody has to queue.
        with self.side.turn:
            for place, work in enumerate(works):
                threads.append(threading.Thread(target=self._one, args=(place, work)))
                threads[-1].start()
                while self.writer.waiting <= place:
                    pass
        for thread in threads:
            thread.join()
        return [self.results[place] for place in range(len(works))]

    def _one(self, place: int, work: Callable[[Transaction], object]) -> None:
        try:
            self.results[place] = self.writer.submit(work)
        except Exception as error:  # noqa: BLE001 - each submitter's own outcome is what is looked at
            self.results[place] = error


@pytest.fixture
def crowd(writer: GroupWriter, side: WriteSide) -> Crowd:
    return Crowd(writer, side)


def note(place: int) -> Callable[[Transaction], int]:
    return lambda tx: events.append(tx, "", "x.happened", "orion", {"n": place})


def commits(side: WriteSide) -> list[str]:
    """Filled with each COMMIT that the write side makes from now on."""
    seen: list[str] = []
    side.connection.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)
    return seen


def test_changes_that_wait_share_one_commit_in_order_of_arrival(crowd: Crowd, side: WriteSide, store: Store) -> None:
    seen = commits(side)
    assert crowd.submit([note(place) for place in range(20)]) == list(range(1, 21))
    assert len(seen) == 1
    assert [event.data["n"] for event in events.after(store.reader(), 0)] == list(range(20))


def test_a_failure_undoes_its_own_changes_and_nobody_elses(crowd: Crowd, store: Store) -> None:
    def fail(tx: Transaction) -> None:
        meta.put(tx, "half", "done")
        events.append(tx, "", "x.half", "orion", {})
        raise ZeroDivisionError("mine")

    results = crowd.submit([note(0), fail, note(2), fail, note(4)])
    assert [str(result) for result in results] == ["1", "mine", "2", "mine", "3"]
    assert isinstance(results[1], ZeroDivisionError)
    assert results[1] is not results[3]
    assert [event.data["n"] for event in events.after(store.reader(), 0)] == [0, 2, 4]
    assert meta.get(store.reader(), "half") is None


def test_a_mistake_in_sql_or_an_owed_event_is_a_failure_like_any_other(
    crowd: Crowd, store: Store, records: "Records"
) -> None:
    records.session()
    results = crowd.submit(
        [
            note(0),
            lambda tx: tx.run("INSERT INTO nowhere VALUES (1)"),
            lambda tx: plans.save(tx, A, {}, 1),
            note(3),
        ]
    )
    assert isinstance(results[1], StoreError)
    assert isinstance(results[2], StoreError)
    assert "without an event" in results[2].message
    assert [event.data.get("n") for event in events.after(store.reader(), 1)] == [0, 3]
    assert store.reader().rows("SELECT * FROM plans") == []


def test_what_a_failed_change_owed_is_not_held_against_the_next(crowd: Crowd, store: Store, records: "Records") -> None:
    records.session()

    def fail(tx: Transaction) -> None:
        plans.save(tx, A, {}, 1)
        raise ZeroDivisionError("mine")

    results = crowd.submit([fail, lambda tx: meta.put(tx, "k", "v")])
    assert [str(result) for result in results] == ["mine", "None"]
    assert meta.get(store.reader(), "k") == "v"


def test_what_a_change_reads_includes_those_before_it_in_the_same_commit(crowd: Crowd, store: Store) -> None:
    def count(tx: Transaction) -> None:
        meta.put(tx, "n", str(int(meta.get(tx, "n") or 0) + 1))

    crowd.submit([count] * 15)
    assert meta.get(store.reader(), "n") == "15"


def test_a_commit_that_fails_is_told_to_all_and_leaves_nothing(crowd: Crowd, store: Store) -> None:
    def poison(tx: Transaction) -> None:
        # Checked at COMMIT: a real failure of the commit itself.
        tx.run("PRAGMA defer_foreign_keys = ON")
        tx.run("INSERT INTO plans (session_id, version, json) VALUES ('nobody', 1, '{}')")

    results = crowd.submit([note(0), poison, note(2)])
    assert all(isinstance(result, StoreError) for result in results)
    assert len({id(result) for result in results}) == 3
    assert events.after(store.reader(), 0) == []
    assert crowd.submit([note(7)]) == [1]


def test_a_full_disk_is_told_to_all_and_the_writer_goes_on(crowd: Crowd, side: WriteSide, store: Store) -> None:
    # SQLite rolls the whole transaction back by itself, savepoints and all.
    pages = side.connection.execute("PRAGMA page_count").fetchone()[0]
    side.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    results = crowd.submit([note(0), lambda tx: meta.put(tx, "big", "x" * 100_000), note(2)])
    assert [type(result) for result in results] == [StoreError] * 3
    assert all("no room left" in str(result) for result in results)
    assert events.after(store.reader(), 0) == []
    assert crowd.submit([note(7)]) == [1]


def test_an_acknowledged_change_is_on_disk(crowd: Crowd, path: Path) -> None:
    other = sqlite3.connect(path)

    def look() -> int:
        return int(other.execute("SELECT count(*) FROM events").fetchone()[0])

    assert look() == 0
    crowd.submit([note(0), note(1)])
    assert look() == 2
    other.close()


def test_a_change_is_not_acknowledged_before_its_commit(
    writer: GroupWriter, side: WriteSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    side.connection.set_trace_callback(lambda sql: order.append(sql) if sql == "COMMIT" else None)

    def submit() -> None:
        writer.submit(note(0))
        order.append("acknowledged")

    thread = threading.Thread(target=submit)
    with side.turn:
        thread.start()
    thread.join()
    assert order == ["COMMIT", "acknowledged"]


def test_a_change_alone_is_made_by_its_own_thread(writer: GroupWriter) -> None:
    assert writer.submit(lambda _: threading.get_ident()) == threading.get_ident()


def test_a_change_in_company_is_made_by_the_writer(crowd: Crowd) -> None:
    def where(_: Transaction) -> str:
        return threading.current_thread().name

    assert crowd.submit([where] * 3) == ["store-writer"] * 3


def test_once_the_company_has_gone_a_change_is_made_by_its_own_thread_again(crowd: Crowd, writer: GroupWriter) -> None:
    crowd.submit([note(0), note(1)])
    writer.submit(note(2))
    assert writer.waiting == 0
    assert writer.submit(lambda _: threading.get_ident()) == threading.get_ident()


@pytest.mark.parametrize("in_company", [True, False])
def test_a_change_inside_a_change_is_refused_instead_of_waiting_for_itself(
    crowd: Crowd, writer: GroupWriter, in_company: bool
) -> None:
    def nested(_: Transaction) -> None:
        writer.submit(note(1))

    if in_company:
        results = crowd.submit([nested, note(2)])
        assert "pass the transaction on" in str(results[0])
        assert results[1] == 1
    else:
        with pytest.raises(StoreError, match="pass the transaction on"):
            writer.submit(nested)


def test_everyone_is_served_in_turn(store: Store) -> None:
    # Shape, not time: when the last one is done, nobody has been overtaken by more than what waits at once.
    threads, each = 12, 30
    store.start_writer()
    done = [0] * threads
    widest = 0
    started = threading.Barrier(threads)

    def work(place: int) -> None:
        nonlocal widest
        started.wait()
        for _ in range(each):
            store.transact(lambda tx: meta.put(tx, str(place), "x"))
            done[place] += 1
            behind = [count for count in done if count < each]
            if len(behind) == threads:
                widest = max(widest, max(done) - min(done))

    running = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert done == [each] * threads
    assert widest <= each // 2


class SlowTurn:
    """A turn that is free for whoever tries, and slow to come for whoever waits: the writer."""

    def __init__(self) -> None:
        self.free = False
        self.asked = threading.Event()
        self.gate = threading.Event()

    def acquire(self, blocking: bool = True) -> bool:
        if blocking:
            self.asked.set()
            self.gate.wait()
            return True
        return self.free

    def release(self) -> None:
        pass

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def test_a_newcomer_does_not_overtake_a_change_that_the_writer_is_about_to_make(
    writer: GroupWriter, side: WriteSide, store: Store
) -> None:
    turn = SlowTurn()
    side.turn = turn  # type: ignore[assignment]  # the part of a lock that is used
    threads = [threading.Thread(target=writer.submit, args=(note(place),)) for place in range(2)]
    threads[0].start()
    turn.asked.wait()
    turn.free = True
    threads[1].start()
    while writer.waiting < 2 and threads[1].is_alive():
        pass
    turn.gate.set()
    for thread in threads:
        thread.join()
    assert [event.data["n"] for event in events.after(store.reader(), 0)] == [0, 1]


def test_stopping_finishes_what_was_submitted(store: Store) -> None:
    store.start_writer()
    results: list[int] = []

    def submit(place: int) -> None:
        results.append(store.transact(note(place)))

    threads = [threading.Thread(target=submit, args=(place,)) for place in range(10)]
    for thread in threads:
        thread.start()
    store.stop_writer()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(1, 11))
    assert events.last_seq(store.reader()) == 10
    assert not [thread for thread in threading.enumerate() if thread.name == "store-writer"]


def test_a_change_after_the_end_is_made_by_its_own_thread(writer: GroupWriter, store: Store) -> None:
    writer.stop()
    writer.stop()
    assert writer.submit(note(0)) == 1
    assert events.last_seq(store.reader()) == 1


def test_direct_changes_and_the_writer_take_turns(store: Store) -> None:
    store.start_writer()

    def grouped() -> None:
        for _ in range(20):
            store.transact(lambda tx: meta.put(tx, "n", str(int(meta.get(tx, "n") or 0) + 1)))

    def direct() -> None:
        for _ in range(20):
            with store.transaction() as tx:
                meta.put(tx, "n", str(int(meta.get(tx, "n") or 0) + 1))

    threads = [threading.Thread(target=target) for target in (grouped, direct, grouped, direct)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meta.get(store.reader(), "n") == "80"


def test_the_writer_can_be_started_and_stopped_again(store: Store) -> None:
    for _ in range(3):
        store.start_writer()
        store.start_writer()
        store.transact(lambda tx: meta.put(tx, "k", "v"))
        store.stop_writer()
        store.stop_writer()
    assert meta.get(store.reader(), "k") == "v"
