"""A store with ten thousand sessions, made by one statement."""

import sqlite3
from pathlib import Path

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import Store, sessions
from tests.support.records import NOON

SESSIONS = 10_000
#: How many of them wait for a person, go on, and are to be reviewed; the rest is promoted.
WAITING, RUNNING, DONE = 30, 20, 3_000


def ident(number: int) -> str:
    """A session's id by its number; the higher, the newer."""
    return f"{number:012x}"


def many(folder: Path, count: int = SESSIONS) -> OrionHome:
    """A state directory whose store holds `count` sessions, the newest of them those that wait."""
    home = OrionHome(folder)
    home.prepare()
    template = Session(
        id=ident(0),
        workspace="/srv/project-0",
        goal="Goal number 0: make one thing better",
        role="software-engineer",
        policy="p",
        state=SessionState.PROMOTED,
        base_commit="4f1e2a" + "0" * 34,
        base_branch="main",
        backend="bubblewrap",
        created_at=NOON,
        updated_at=NOON,
        tasks_total=8,
        tasks_done=8,
    )
    with Store.open(home.database) as store, store.transaction() as tx:
        sessions.save_policy(tx, "p", "{}")
        sessions.insert(tx, template)
    connection = sqlite3.connect(home.database)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(sessions)")]
    own = {
        "id": "printf('%012x', n)",
        # One active session a workspace.
        "workspace": "'/srv/project-' || n",
        "goal": "'Goal number ' || n || ': make one thing better'",
        "created_at": "s.created_at + n",
        "updated_at": "s.updated_at + n",
        "state": f"CASE WHEN n >= {count - WAITING} THEN 'waiting' WHEN n >= {count - WAITING - RUNNING} THEN 'running'"
        f" WHEN n >= {count - WAITING - RUNNING - DONE} THEN 'completed' ELSE 'promoted' END",
        "cost_usd": "n % 7 / 10.0",
    }
    chosen = ", ".join(own.get(column, f's."{column}"') for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    connection.execute(
        f"WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count - 1})"
        f" INSERT INTO sessions ({named}) SELECT {chosen} FROM counted, sessions s WHERE s.id = ? AND n < {count}",
        (ident(0),),
    )
    connection.commit()
    connection.close()
    return home
