"""Migrations: in order, each whole or not at all."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.errors import StoreError
from orion_tui.core.store.migrate import APPLICATION_ID, MIGRATIONS, migrate, migrations, statements

pytestmark = pytest.mark.unit


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(path, isolation_level=None)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "0001_first.sql").write_text("CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n")
    return made


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_shipped_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(file.name[:4]) for file in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers
    assert {file.suffix for file in MIGRATIONS.iterdir()} == {".sql"}


def test_an_empty_database_comes_to_the_newest_version(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path)
    assert version(connection) == len(migrations())
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables >= {
        "events",
        "sessions",
        "policies",
        "plans",
        "tasks",
        "steps",
        "approvals",
        "checkpoints",
        "promotions",
        "auth_counters",
        "meta",
    }


def test_an_older_database_keeps_its_rows(connection: sqlite3.Connection, path: Path, folder: Path) -> None:
    migrate(connection, path, folder)
    connection.execute("INSERT INTO a VALUES (2)")
    (folder / "0002_second.sql").write_text("ALTER TABLE a ADD COLUMN y DEFAULT 'new';\n")
    migrate(connection, path, folder)
    assert version(connection) == 2
    assert connection.execute("SELECT * FROM a").fetchall() == [(1, "new"), (2, "new")]


def test_what_a_person_said_before_the_format_changed_still_counts(
    connection: sqlite3.Connection, path: Path, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for file in migrations()[:4]:
        (before / file.name).write_text(file.read_text("utf-8"))
    migrate(connection, path, before)
    for name, models, counted_at in (("worked", '{"work": "a/b"}', 20.5), ("by-hand", "{}", None)):
        _old_row(connection, "sessions", id=name, models=models, counted_from=counted_at)
    _old_row(connection, "sessions", id="sleeps", state="waiting", lease_owner="", lease_until=99.5)
    for seq, at in ((1, 10.0), (2, 20.0), (3, 30.0)):
        _old_row(connection, "events", seq=seq, at=at, session_id="worked")
    for n, do, call in ((1, "AskModel", ""), (2, "RunCommand", "call-1"), (3, "RunCommand", ""), (4, "Hint", "")):
        _old_row(connection, "steps", session_id="worked", n=n, action=f'{{"do": "{do}"}}', call=call)
    _old_row(connection, "steps", session_id="worked", n=5, task_id="", action='{"do": "PlanDecision"}')
    _old_row(connection, "steps", session_id="by-hand", n=1, action='{"do": "RunCommand"}')
    for name, status in (("yes", "approved"), ("no", "rejected")):
        _old_row(connection, "approvals", id=name, session_id="worked", status=status)

    migrate(connection, path)

    assert dict(connection.execute("SELECT id, counted_from FROM sessions")) == {
        "worked": 2,
        "by-hand": 0,
        "sleeps": 0,
    }
    assert connection.execute("SELECT id, due_at FROM sessions WHERE due_at > 0").fetchall() == [("sleeps", 99.5)]
    checks = connection.execute("SELECT session_id, n FROM step_log WHERE acceptance").fetchall()
    assert checks == [("worked", 3)]
    assert connection.execute("SELECT id FROM approvals WHERE refused").fetchall() == [("no",)]


def test_what_a_session_lacked_before_it_was_a_word_is_read_from_its_reason_once(
    connection: sqlite3.Connection, path: Path, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for file in migrations()[:7]:
        (before / file.name).write_text(file.read_text("utf-8"))
    migrate(connection, path, before)
    for name, state, due_at, reason in (
        ("key", "paused", 0.0, "no key for acme; then: orion resume key"),
        ("other", "paused", 0.0, "paused by the user"),
        ("hours", "waiting", 9.5, "outside working hours; goes on at 08:00"),
        ("model", "waiting", 9.5, "box/one: nobody listens; asks again at 22:06"),
        ("asked", "waiting", 0.0, "waits for 1 approval"),
        ("sandbox", "interrupted", 9.5, "no sandbox can be had: no engine; tries again at 22:06"),
        ("room", "interrupted", 9.5, "no room left on the disk; goes on when there is some"),
        ("ended", "failed", 0.0, "then: orion resume ended"),
    ):
        _old_row(connection, "sessions", id=name, state=state, due_at=due_at, reason=reason, workspace=name)

    migrate(connection, path)

    halts = dict(connection.execute("SELECT id, halt FROM sessions WHERE halt <> ''"))
    assert halts == {"key": "person", "hours": "hours", "model": "model", "sandbox": "sandbox"}


def _old_row(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """A row with what is said of it, and in every other column that must have something, something."""
    for _, name, kind, must, default, key in connection.execute(f"PRAGMA table_info({table})").fetchall():
        if must and default is None and not key and name not in values:
            values[name] = "x" if kind == "TEXT" else 0
    columns = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))


def test_migrating_again_changes_nothing(connection: sqlite3.Connection, path: Path, folder: Path) -> None:
    migrate(connection, path, folder)
    migrate(connection, path, folder)
    assert connection.execute("SELECT * FROM a").fetchall() == [(1,)]


def test_a_migration_that_fails_leaves_the_version_before_it_whole(
    connection: sqlite3.Connection, path: Path, folder: Path
) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE b (x);\nINSERT INTO b VALUES (1);\nDROP TABLE missing;\n")
    with pytest.raises(sqlite3.OperationalError, match="no such table: missing"):
        migrate(connection, path, folder)
    assert version(connection) == 1
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("a",)]
    assert not connection.in_transaction


def test_a_newer_version_is_refused(connection: sqlite3.Connection, path: Path, folder: Path) -> None:
    connection.execute("CREATE TABLE theirs (x)")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match=r"newer Orion \(format 2, this one reads up to 1\)"):
        migrate(connection, path, folder)
    assert version(connection) == 2


def test_a_script_is_taken_apart_at_its_statements_not_at_its_semicolons() -> None:
    script = """\
CREATE TABLE a (x); -- one; two
CREATE TRIGGER t AFTER INSERT ON a
BEGIN
    DELETE FROM a WHERE x = ';';
    SELECT 1;
END;
SELECT 2;
"""
    assert [statement.split()[0:2] for statement in statements(script)] == [
        ["CREATE", "TABLE"],
        ["CREATE", "TRIGGER"],
        ["SELECT", "2;"],
    ]


def test_a_script_that_ends_in_the_middle_is_an_error() -> None:
    with pytest.raises(ValueError, match="unfinished statement"):
        list(statements("SELECT 1;\nSELECT 2"))
