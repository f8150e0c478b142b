"""Reads that a screen makes cost the same however much is stored: on an index, without sorting."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import (
    Reader,
    Store,
    Transaction,
    approvals,
    checkpoints,
    event_pages,
    events,
    leases,
    outcomes,
    overview,
    plans,
    promotions,
    session_pages,
    sessions,
    spent,
    steps,
    tally,
    task_ends,
)
from orion_tui.core.store.connection import Parameters, Row, connect
from orion_tui.core.store.event_pages import Which
from orion_tui.core.store.session_pages import SessionFilter

pytestmark = pytest.mark.unit

A = "0" * 11 + "a"


class Watched(Reader):
    """A reader that notes how SQLite means to answer each query, and how much work that was."""

    def __init__(self, path: Path) -> None:
        self._own = connect(path)
        super().__init__(self._own, path)
        self.plans: list[str] = []
        self.work = 0
        self._own.set_progress_handler(self._count, 1)

    def _count(self) -> int:
        self.work += 1
        return 0

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self._explain(sql, parameters)
        return super().rows(sql, parameters)

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        self._explain(sql, parameters)
        return super().row(sql, parameters)

    def _explain(self, sql: str, parameters: Parameters) -> None:
        before = self.work
        self.plans += [row[3] for row in super().rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        self.work = before


READS: dict[str, Callable[[Reader], object]] = {
    "first page": lambda r: sessions.page(r, limit=20),
    "next page": lambda r: sessions.page(r, limit=20, before=A),
    "page of a state": lambda r: sessions.page(r, states=[SessionState.RUNNING], limit=20),
    "page of states": lambda r: sessions.page(r, states=sessions.ACTIVE, limit=20),
    "next page of states": lambda r: sessions.page(r, states=set(SessionState), limit=20, before=A),
    "list of sessions": lambda r: session_pages.page(r, SessionFilter(), 0, 50),
    "counts": sessions.counts_by_state,
    "sessions with work": lambda r: sessions.count_with_work(r, set(SessionState)),
    "since the last look": lambda r: tally.between(r, 3, 500),
    "pace": lambda r: tally.pace(r, 3, 500),
    "spent today": lambda r: spent.between(r, 3, 9e9),
    "log": lambda r: event_pages.back(r, Which(), 1 << 62, 50),
    "log of a session": lambda r: event_pages.back(r, Which(session_id=A), 1 << 62, 50),
    "count of a log": lambda r: event_pages.count(r, Which(session_id=A), 3),
    "by id": lambda r: sessions.get(r, A),
    "by prefix": lambda r: sessions.find(r, A),
    "by workspace": lambda r: sessions.active_for_workspace(r, "/w/3"),
    "pending": approvals.pending,
    "pending of a session": lambda r: approvals.pending(r, A),
    "pending count": approvals.pending_count,
    "for action": lambda r: approvals.for_action(r, A, "t", 0),
    "events": lambda r: events.after(r, 3, limit=20),
    "events of a session": lambda r: events.after(r, 3, session_id=A, limit=20),
    "newest events": lambda r: events.latest(r, None, 20),
    "newest events of a session": lambda r: events.latest(r, A, 20),
    "seconds of tasks": lambda r: outcomes.seconds(r, A),
    "ends of tasks": lambda r: task_ends.latest(r, A, 5, after=3),
    "cursor": events.last_seq,
    "steps": lambda r: steps.all(r, A),
    "next step": lambda r: steps.next_n(r, A),
    "tasks": lambda r: plans.all(r, A),
    "checkpoints": lambda r: checkpoints.all(r, A),
    "latest checkpoint": lambda r: checkpoints.latest(r, A),
    "latest promotion": lambda r: promotions.latest(r, A),
    "unfinished promotions": promotions.unfinished,
    "wakeable": lambda r: leases.wakeable(r, A),
    "held leases": lambda r: leases.held(r, 0.0),
    "work left": leases.has_work,
    "spending of late": lambda r: overview.spending(r, since=9e9),
}


def fill(store: Store, count: int) -> None:
    def work(tx: Transaction) -> None:
        sessions.save_policy(tx, "p", "{}")
        for number in range(count):
            state = SessionState.RUNNING if number == 10 else SessionState.COMPLETED
            session = Session(
                id=f"{number:012x}",
                workspace=f"/w/{number}",
                goal="g" * 80,
                role="r",
                policy="p",
                state=state,
                base_commit="0" * 40,
                created_at=1e9 + number,
                updated_at=1e9,
            )
            sessions.insert(tx, session)

    store.transact(work)


def filled(folder: Path, count: int) -> Path:
    path = folder / f"{count}.db"
    with Store.open(path, FixedClock()) as store:
        fill(store, count)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # More than one stretch of 256 events.
    return filled(tmp_path_factory.mktemp("small"), 600)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("large"), 10_000)


@pytest.mark.parametrize("what", READS)
def test_a_read_walks_an_index_and_sorts_nothing(small: Path, what: str) -> None:
    watched = Watched(small)
    READS[what](watched)
    watched.close()
    assert watched.plans
    for line in watched.plans:
        assert "TEMP B-TREE" not in line
        # The one whole scan is of the newest rows by their key, cut off by LIMIT.
        if line.startswith("SCAN") and not re.search(r"USING (COVERING )?INDEX|CONSTANT ROW|SUBQUERY|chosen", line):
            # A row for each state that a session can be in.
            if line == "SCAN session_counts":
                continue
            assert line == "SCAN events"
            assert what == "newest events"


@pytest.mark.parametrize("what", READS)
def test_a_read_does_not_grow_with_ten_thousand_sessions(small: Path, large: Path, what: str) -> None:
    work: list[int] = []
    for path in (small, large):
        watched = Watched(path)
        READS[what](watched)
        work.append(watched.work)
        watched.close()
    assert work[1] <= work[0] * 1.5 + 50


def test_a_claim_looks_through_live_sessions_only(large: Path) -> None:
    connection = connect(large)
    transaction = Transaction(connection, large, FixedClock())
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    connection.execute("BEGIN IMMEDIATE")
    claimed = leases.claim(transaction, owner="w", now=2e9, ttl=1)
    assert claimed is not None
    assert claimed.id == A
    connection.execute("ROLLBACK")
    connection.set_trace_callback(None)
    (update,) = [sql for sql in seen if "RETURNING" in sql]
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {update}")]
    transaction.close()
    assert "USING INDEX sessions_claimable" in "\n".join(plan)
    assert not [line for line in plan if "TEMP B-TREE" in line]


def test_the_watch_sees_a_scan_and_a_sort(small: Path) -> None:
    # A positive control: the same watch, a query that no index serves.
    watched = Watched(small)
    watched.rows("SELECT goal FROM sessions ORDER BY goal")
    watched.close()
    assert any("TEMP B-TREE" in line for line in watched.plans)
    assert any(line.startswith("SCAN sessions") for line in watched.plans)
    assert watched.work > 0
    assert sqlite3.sqlite_version_info >= (3, 35)
