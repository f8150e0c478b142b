"""`orion daemon`: one supervisor a home, apart from every terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.program import Program
from tests.support.records import Records

pytestmark = pytest.mark.e2e

A = "a" * 12


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program.at(tmp_path / "home")
    yield running
    running.stop()


def test_it_starts_once_and_stops(program: Program) -> None:
    assert program.json("daemon", "status")["running"] is False
    assert program.run("daemon", "start").returncode == 0
    status = program.json("daemon", "status")
    assert status["running"] is True
    assert os.getsid(status["pid"]) != os.getsid(0), "it is apart from this terminal"
    assert program.run("daemon", "start").returncode == 0
    assert program.json("daemon", "status")["pid"] == status["pid"]
    assert program.run("daemon", "stop").returncode == 0
    ended = program.json("daemon", "status")
    assert ended.keys() == status.keys()
    assert (ended["running"], ended["pid"], ended["version"], ended["memory"]) == (False, None, "", None)
    assert "no supervisor was running" in program.run("daemon", "stop").stdout


def test_a_second_supervisor_gives_way_to_the_first(program: Program) -> None:
    assert program.run("daemon", "start").returncode == 0
    first = program.json("daemon", "status")["pid"]
    second = subprocess.run(
        [sys.executable, "-m", "orion_tui.server.daemon"],
        env=program.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert program.json("daemon", "status")["pid"] == first


def test_work_whose_supervisor_is_gone_is_taken_up_by_whoever_follows_it(program: Program) -> None:
    # As after a crash or a new start of the machine: the store says running, and nobody is.
    home = OrionHome(program.home)
    home.prepare()
    records = Records(home)
    records.session(A)
    assert "work stands still; let it go on: orion daemon start" in program.run("status").stdout
    followed = program.run("logs", "-f", A)
    assert "one was started" in followed.stderr
    assert "session is interrupted: the supervisor that ran it ended" in followed.stdout
    assert followed.returncode == 20, "there is nothing behind these records, and somebody looked"
    assert program.json("daemon", "status")["running"] is True


def test_the_doctor_sees_it(program: Program) -> None:
    program.run("daemon", "start")
    done = program.run("doctor", "--only", "supervisor", "--json")
    (check,) = json.loads(done.stdout)["checks"]
    assert check["outcome"] == "ok"
    assert str(program.json("daemon", "status")["pid"]) in check["value"]
