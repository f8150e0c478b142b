"""A store with a million events, made by one statement; and a count of what a reader reads of it."""

import sqlite3
from pathlib import Path

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.store_reads import StoreReads
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import Store, sessions
from orion_tui.core.store.connection import Parameters, Reader, Row, connect
from tests.support.records import NOON
from tests.support.screens.rows import session

EVENTS = 1_000_000
#: Sessions that they belong to, in turn; the first has every other one beside.
SESSIONS = 50
BIG = "a" * 12
#: The only event that says so.
NEEDLE_AT, NEEDLE = 777_777, "the one needle"


def session_of(seq: int) -> str:
    """Whose event it is."""
    return BIG if seq % 2 else f"{seq % SESSIONS:012x}"


def million(folder: Path) -> OrionHome:
    """A state directory whose store holds `EVENTS` events. Some seconds and 150 MiB: share it."""
    home = OrionHome(folder)
    home.prepare()
    with Store.open(home.database) as store, store.transaction() as tx:
        sessions.save_policy(tx, "p", "{}")
        sessions.insert(tx, session(BIG, SessionState.COMPLETED, "A goal that took long", policy="p"))
        # It takes the first of a million places.
        tx.run("DROP TRIGGER events_keep_newest")
        tx.run("DELETE FROM events")
        tx.run("DELETE FROM event_blocks")
    connection = sqlite3.connect(home.database, isolation_level=None)
    trigger = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'events_block'").fetchone()[0]
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    # A trigger that runs a million times would take longer than all the rest.
    connection.execute("DROP TRIGGER events_block")
    connection.execute(
        """
        WITH RECURSIVE counted (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM counted WHERE seq < ?1)
        INSERT INTO events (seq, at, session_id, type, actor, data, policy)
        SELECT seq, ?2 + seq, iif(seq % 2, ?3, printf('%012x', seq % ?4)),
            iif(seq % 1000 = 0, 'action.blocked', 'action.started'), 'orion',
            iif(seq = ?5, '{"text":"run ' || ?6 || '"}', '{"text":"run step ' || seq || '"}'), ''
        FROM counted
        """,
        (EVENTS, NOON, BIG, SESSIONS, NEEDLE_AT, NEEDLE),
    )
    connection.execute("INSERT INTO event_blocks (session_id, block) SELECT DISTINCT session_id, seq >> 8 FROM events")
    connection.execute(trigger)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return home


@attrs.define
class Counted:
    """What was read: statements, rows that came back, and steps of SQLite's machine (in hundreds)."""

    statements: int = 0
    rows: int = 0
    steps: int = 0

    def forget(self) -> None:
        """Count from here."""
        self.statements = self.rows = self.steps = 0


class CountingReader(Reader):
    """A read side that counts."""

    def __init__(self, connection: sqlite3.Connection, path: Path, counted: Counted) -> None:
        super().__init__(connection, path)
        self._counted = counted
        connection.set_progress_handler(self._step, 100)

    def _step(self) -> int:
        self._counted.steps += 1
        return 0

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """See Reader."""
        found = super().rows(sql, parameters)
        self._counted.statements += 1
        self._counted.rows += len(found)
        return found

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """See Reader."""
        self._counted.statements += 1
        self._counted.rows += 1
        return super().row(sql, parameters)


class CountingReads(StoreReads):
    """`Reads` of the real store that count."""

    def __init__(self, home: OrionHome, counted: Counted) -> None:
        super().__init__(home)
        self._reader = CountingReader(connect(home.database), home.database, counted)

    def close(self) -> None:
        """See Reads."""
        self._reader.close()
        super().close()
