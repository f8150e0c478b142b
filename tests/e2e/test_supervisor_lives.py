"""The supervisor through what happens to processes: upgrades, hangs, damage, a lock that vanishes (HOME-7, RUN-7)."""

import os
import signal
import sqlite3
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pytest

from orion_tui import __version__
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import lock
from orion_tui.core.store.faults import backups_of
from tests.support.other_version import other_version
from tests.support.program import Program, repository

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

T = TypeVar("T")

#: Seconds for each thing that is waited for.
PATIENCE = 60.0

PLAN = """\
playbook: 1
title: Take a while
tasks:
  - id: one
    title: Prepare
    kind: write_tests
    actions:
      - write:
          path: test_patient.py
          content: |
            import time, unittest
            class S(unittest.TestCase):
                def test(self):
                    time.sleep(3)
  - id: two
    title: Take a while
    kind: run_tests
    needs: [one]
    actions: [{run: python3 -m unittest -q test_patient}]
  - id: three
    title: Write
    kind: write_docs
    needs: [two]
    actions: [{write: {path: docs/three.md, content: three}}]
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program.at(tmp_path / "home")
    yield running
    running.run("daemon", "stop", "--kill")


def until(look: Callable[[], T | None], what: str) -> T:
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        tick.wait(0.05)
    raise AssertionError(f"it did not come to that: {what}")


@attrs.frozen
class Work:
    program: Program
    id: str

    def status(self) -> Any:
        return self.program.json("status", self.id)

    def events(self, kind: str) -> list[Any]:
        import json

        done = self.program.run("logs", self.id, "-n", "1000", "--details", "--json")
        assert done.returncode == 0, done.stderr
        return [e for e in map(json.loads, done.stdout.splitlines()) if e["type"] == kind]

    def in_flight(self) -> bool | None:
        begun = [
            e for e in self.events("action.started") if "test_patient" in str(e["data"]) and "run" in e["data"]["text"]
        ]
        return True if begun else None

    def completed(self) -> Any:
        found = until(lambda: ((s := self.status())["state"] not in ACTIVE and s) or None, "the end of the session")
        assert found["state"] == "completed", found["reason"]
        return found


ACTIVE = {"created", "running", "interrupted", "waiting", "paused", "planning"}


def submit(program: Program, tmp_path: Path) -> Work:
    repo = repository(tmp_path / "repo", {"a.txt": "a\n"})
    plan = tmp_path / "plan.yaml"
    plan.write_text(textwrap.dedent(PLAN))
    done = program.json("work", "-r", "software-engineer", "-w", str(repo), "-p", str(plan))
    return Work(program, done["id"])


@pytest.mark.bubblewrap
def test_an_upgrade_lets_the_old_supervisor_finish_its_step_and_goes_on_with_the_new(
    program: Program, tmp_path: Path
) -> None:
    old = other_version(program.home, tmp_path / "old", "0.9.0")
    work = submit(old, tmp_path)
    before = old.json("daemon", "status")
    assert before["version"] == "0.9.0"
    until(work.in_flight, "a step in flight")
    # The new program, with work for it. It says what it waits for.
    done = program.run("daemon", "start")
    assert done.returncode == 0, done.stderr
    assert "replacing the supervisor of version 0.9.0" in done.stderr
    assert "test_patient" in done.stderr
    after = program.json("daemon", "status")
    assert after["version"] == __version__
    assert after["pid"] != before["pid"]
    work.completed()
    started = [e["data"]["step"] for e in work.events("action.started")]
    assert started == sorted(set(started)), "no step ran twice: the one in flight was finished by the old one"
    assert lock.process_start(before["pid"]) == 0


@pytest.mark.bubblewrap
def test_the_other_commands_replace_it_too_and_an_old_program_does_not_replace_a_new_supervisor(
    program: Program, tmp_path: Path
) -> None:
    old = other_version(program.home, tmp_path / "old", "0.9.0")
    assert old.run("daemon", "start").returncode == 0
    assert "older version" in program.run("daemon", "status").stdout
    assert program.json("daemon", "status")["outdated"] is True
    work = submit(program, tmp_path)
    now = program.json("daemon", "status")
    assert now["version"] == __version__
    # The old program again: it uses what runs.
    assert old.run("daemon", "start").returncode == 0
    assert program.json("daemon", "status")["pid"] == now["pid"]
    work.completed()


def test_a_store_of_a_newer_format_is_refused_by_an_older_program_and_left_as_it_is(program: Program) -> None:
    assert program.run("sessions").returncode == 0
    database = OrionHome(program.home).database
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = database.read_bytes()
    for command in (("status",), ("daemon", "start"), ("sessions",)):
        done = program.run(*command)
        assert done.returncode == 11, command
        assert "newer Orion (format 999" in done.stderr
        assert "upgrade Orion" in done.stderr
    assert database.read_bytes() == before


def test_a_store_of_an_older_format_is_not_changed_under_a_supervisor_of_the_older_version(
    program: Program, tmp_path: Path
) -> None:
    old = other_version(program.home, tmp_path / "old", "0.9.0")
    newer = tmp_path / "new"
    new = other_version(program.home, newer, "99.0.0")
    folder = newer / "orion_tui/core/store/migrations"
    number = len(list(folder.glob("*.sql"))) + 1
    (folder / f"{number:04}_more.sql").write_text("CREATE TABLE more (x TEXT);\n")
    assert old.run("daemon", "start").returncode == 0
    first = old.json("daemon", "status")
    # It is replaced by whatever opens the store, and only then the format is changed.
    done = new.run("sessions")
    assert done.returncode == 0, done.stderr
    assert "replacing the supervisor" in done.stderr
    now = new.json("daemon", "status")
    assert now["version"] == "99.0.0"
    assert lock.process_start(first["pid"]) == 0
    with sqlite3.connect(OrionHome(program.home).database) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (number,)
    connection.close()
    refused = old.run("sessions")
    assert refused.returncode == 11
    assert "newer Orion" in refused.stderr
    new.run("daemon", "stop")


def test_a_supervisor_that_hangs_is_told_by_everything_that_looks(program: Program) -> None:
    assert program.run("daemon", "start").returncode == 0
    pid = program.json("daemon", "status")["pid"]
    os.kill(pid, signal.SIGSTOP)
    until(lambda: lock.stopped(pid) or None, "it stands still")
    try:
        status = program.json("daemon", "status")
        assert (status["running"], status["answers"]) == (True, False)
        for command in (("daemon", "status"), ("status",)):
            shown = program.run(*command).stdout
            assert "does not answer" in shown
            assert f"kill -CONT {pid}" in shown
        assert program.run("doctor", "--only", "supervisor").returncode == 1
        refused = program.run("daemon", "stop")
        assert refused.returncode == 10
        assert "--kill" in refused.stderr
        assert program.run("daemon", "stop", "--kill").returncode == 0
        assert lock.process_start(pid) == 0
    finally:
        if lock.process_start(pid):
            os.kill(pid, signal.SIGCONT)
    assert program.run("daemon", "start").returncode == 0
    assert program.json("daemon", "status")["answers"] is True


def test_a_damaged_store_is_refused_at_start_and_comes_back_from_its_copy(program: Program) -> None:
    assert program.run("sessions").returncode == 0
    home = OrionHome(program.home)
    with sqlite3.connect(home.database) as connection:
        connection.execute("CREATE TABLE filler (text)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 900,)] * 500)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    backups_of(home.database).mkdir(mode=0o700)
    copy = backups_of(home.database) / "orion-20250615T150640Z.db"
    copy.write_bytes(home.database.read_bytes())
    # In the middle, where opening it does not look: only the check does.
    with home.database.open("r+b") as file:
        file.seek(home.database.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    done = program.run("daemon", "start")
    assert done.returncode == 11, done.stderr
    assert "is damaged" in done.stderr
    assert "orion doctor --restore" in done.stderr
    assert program.json("daemon", "status")["running"] is False
    restored = program.run("doctor", "--restore", "--yes")
    assert restored.returncode == 0, restored.stderr
    assert program.run("daemon", "start").returncode == 0
    assert program.json("daemon", "status")["answers"] is True


def test_a_recycled_pid_and_another_boot_are_not_taken_for_a_supervisor(program: Program) -> None:
    assert program.run("daemon", "start").returncode == 0
    pid = program.json("daemon", "status")["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: lock.process_start(pid) == 0 or None, "its end")
    # What a reboot leaves: a lock file that names a process that may be anybody's now.
    path = OrionHome(program.home).run / "supervisor.lock"
    for boot in (lock.boot_id(), "another boot"):
        path.write_text(f'{{"pid": {os.getpid()}, "started": 1, "boot": "{boot}", "version": "1"}}')
        assert program.json("daemon", "status")["running"] is False
        assert "no supervisor was running" in program.run("daemon", "stop").stdout
    assert program.run("daemon", "start").returncode == 0
    assert program.json("daemon", "status")["pid"] not in {pid, os.getpid()}
