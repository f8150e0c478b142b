"""Changes by one's own commit: whole or not at all, told by events, one at a time."""

import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orion_tui.base.errors import StoreError
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import Store, Transaction, changes, events, meta, plans, sessions
from orion_tui.core.store.connection import WriteSide, connect
from orion_tui.core.store.faults import store_error

if TYPE_CHECKING:
    from conftest import Records

pytestmark = pytest.mark.unit


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def work(tx: Transaction) -> None:
        meta.put(tx, "k", "v")
        _ = 1 // 0

    with pytest.raises(ZeroDivisionError):
        store.transact(work)
    assert meta.get(store.reader(), "k") is None
    with store.transaction() as tx:
        meta.put(tx, "k", "again")
    assert meta.get(store.reader(), "k") == "again"


def test_transact_returns_what_the_work_returned(store: Store) -> None:
    assert store.transact(lambda tx: (meta.put(tx, "k", "v"), 7)[1]) == 7
    assert meta.get(store.reader(), "k") == "v"


def test_what_is_not_committed_is_seen_by_nobody_else(store: Store) -> None:
    with store.transaction() as tx:
        meta.put(tx, "k", "v")
        assert meta.get(tx, "k") == "v"
        assert meta.get(store.reader(), "k") is None


def test_a_change_without_its_event_is_refused_whole(store: Store, records: "Records") -> None:
    records.session()
    with pytest.raises(StoreError, match="a plan of session aaaaaaaaaaaa was recorded without an event"):
        store.transact(lambda tx: plans.save(tx, "a" * 12, {"title": "x"}, 1))
    assert store.reader().rows("SELECT * FROM plans") == []


def test_an_event_of_another_session_does_not_tell_the_change(store: Store, records: "Records") -> None:
    records.session()
    records.session("b" * 12)

    def work(tx: Transaction) -> None:
        plans.save(tx, "a" * 12, {"title": "x"}, 1)
        events.append(tx, "b" * 12, "plan.accepted", "user", {"tasks": 1})

    with pytest.raises(StoreError, match="without an event"):
        store.transact(work)
    assert store.reader().rows("SELECT * FROM plans") == []


def test_what_one_change_owed_is_not_held_against_the_next(store: Store, records: "Records") -> None:
    records.session()

    def work(tx: Transaction) -> None:
        plans.save(tx, "a" * 12, {"title": "x"}, 1)
        _ = 1 // 0

    with pytest.raises(ZeroDivisionError):
        store.transact(work)
    store.transact(lambda tx: meta.put(tx, "k", "v"))
    assert meta.get(store.reader(), "k") == "v"


def test_a_change_inside_a_change_is_refused_instead_of_waiting_for_itself(store: Store) -> None:
    with store.transaction() as tx:
        meta.put(tx, "k", "v")
        with pytest.raises(StoreError, match="pass the transaction on"), store.transaction():
            pass
        with pytest.raises(StoreError, match="pass the transaction on"):
            store.transact(lambda _: None)
    assert meta.get(store.reader(), "k") == "v"


def test_a_transaction_that_is_over_cannot_write(store: Store) -> None:
    with store.transaction() as tx:
        meta.put(tx, "k", "v")
    with pytest.raises(StoreError, match="this change is over"):
        meta.put(tx, "k", "late")
    assert meta.get(store.reader(), "k") == "v"


def test_threads_take_turns(store: Store) -> None:
    store.transact(lambda tx: meta.put(tx, "n", "0"))

    def count() -> None:
        for _ in range(25):
            store.transact(lambda tx: meta.put(tx, "n", str(int(meta.get(tx, "n") or 0) + 1)))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meta.get(store.reader(), "n") == "200"


def test_a_lock_held_by_another_process_is_told_after_the_wait(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    # The deadline passes between two tries.
    ticks = iter(range(0, 1000, 3))
    monkeypatch.setattr("orion_tui.core.store.connection.time.monotonic", lambda: next(ticks))
    with pytest.raises(StoreError, match="another Orion process kept") as caught:
        store.transact(lambda tx: meta.put(tx, "k", "v"))
    assert "try again" in caught.value.hint
    other.execute("COMMIT")
    other.close()
    store.transact(lambda tx: meta.put(tx, "k", "v"))


def test_a_writer_waits_until_another_process_is_done(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tries: list[float] = []

    def pause(seconds: float) -> None:
        tries.append(seconds)
        if len(tries) == 3:
            other.execute("COMMIT")

    monkeypatch.setattr("orion_tui.core.store.connection.time.sleep", pause)
    store.transact(lambda tx: meta.put(tx, "k", "v"))
    other.close()
    assert len(tries) == 3
    assert max(tries) < 0.005
    assert meta.get(store.reader(), "k") == "v"


def test_a_commit_that_fails_leaves_nothing_and_is_told(store: Store) -> None:
    def work(tx: Transaction) -> None:
        # Checked at COMMIT: a real failure of the commit itself.
        tx.run("PRAGMA defer_foreign_keys = ON")
        tx.run("INSERT INTO plans (session_id, version, json) VALUES ('nobody', 1, '{}')")

    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.transact(work)
    assert store.reader().rows("SELECT * FROM plans") == []
    store.transact(lambda tx: meta.put(tx, "k", "v"))


def test_data_version_moves_with_every_commit_of_anyone_and_only_then(path: Path, store: Store) -> None:
    reader = store.reader()
    first = changes.data_version(reader)
    assert changes.data_version(reader) == first
    store.transact(lambda tx: meta.put(tx, "k", "own"))
    second = changes.data_version(reader)
    assert second != first
    with Store.open(path) as other:
        other.transact(lambda tx: meta.put(tx, "k", "other's"))
    assert changes.data_version(reader) != second

    def undone(tx: Transaction) -> None:
        meta.put(tx, "k", "undone")
        _ = 1 // 0

    with pytest.raises(ZeroDivisionError):
        store.transact(undone)
    third = changes.data_version(reader)
    assert changes.data_version(reader) == third


def open_files(path: Path) -> int:
    """How many descriptors of the database this process has."""
    return sum(link.resolve() == path for link in Path("/proc/self/fd").iterdir())


def test_each_thread_has_one_reader_that_is_closed_with_it(path: Path, store: Store) -> None:
    mine = store.reader()
    assert store.reader() is mine
    before = open_files(path)
    during: list[int] = []

    def look() -> None:
        reader = store.reader()
        assert store.reader() is reader
        assert reader is not mine
        reader.rows("SELECT 1")
        during.append(open_files(path))

    for _ in range(5):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    # SQLite keeps one descriptor for the next to come, while others hold locks on the file.
    assert during == [before + 1] * 5
    store.close()
    assert open_files(path) == 0


def test_a_record_that_cannot_be_read_is_a_store_error(store: Store, records: "Records") -> None:
    records.session()
    with store.transaction() as tx:
        tx.run("UPDATE sessions SET state = 'dancing'")
    with pytest.raises(StoreError, match="a record of sessions cannot be read"):
        sessions.get(store.reader(), "a" * 12)


def test_a_value_that_json_does_not_have_is_refused_before_it_is_written(store: Store, records: "Records") -> None:
    records.session()
    with pytest.raises(ValueError, match="Out of range float"):
        store.transact(lambda tx: events.append(tx, "a" * 12, "x.y", "orion", {"n": float("nan")}))
    assert records.types() == ["session.created"]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("full", "no room left"),
        ("read-only", "cannot write"),
        ("misuse", "refused a request"),
    ],
)
def test_each_fault_of_the_database_says_what_happened_where(path: Path, statement: str, says: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE t (x)")
    prepare, provoke = {
        "full": ("PRAGMA max_page_count = 3", "INSERT INTO t VALUES (zeroblob(100000))"),
        "read-only": ("PRAGMA query_only = ON", "INSERT INTO t VALUES (1)"),
        "misuse": ("SELECT 1", "SELECT no_such_column FROM t"),
    }[statement]
    connection.execute(prepare)
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(provoke)
    connection.close()
    told = store_error(caught.value, path)
    assert says in told.message
    assert str(path) in told.message


def test_a_full_database_rolls_the_change_back_and_goes_on(path: Path, store: Store) -> None:
    # SQLite rolls back by itself here: the write side must notice.
    connection = connect(path)
    side = WriteSide(connection, path, store.clock)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    def grow() -> None:
        with side.turn, side.change() as tx:
            meta.put(tx, "small", "v")
            meta.put(tx, "big", "x" * 100_000)

    with pytest.raises(StoreError, match="no room left"):
        grow()
    with side.turn, side.change() as tx:
        meta.put(tx, "after", "v")
    side.tx.close()
    assert store.reader().rows("SELECT key FROM meta") == [("after",)]


def test_states_in_the_unique_index_are_the_active_ones(store: Store) -> None:
    row = store.reader().row("SELECT sql FROM sqlite_schema WHERE name = 'sessions_active'")
    assert row is not None
    assert {state for state in SessionState if f"'{state.value}'" in row[0]} == sessions.ACTIVE
