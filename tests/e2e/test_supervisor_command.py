"""`orion daemon`: one supervisor a home, apart from every terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Program

pytestmark = pytest.mark.e2e


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
    assert program.json("daemon", "status") == {**status, "running": False, "pid": None, "version": ""}
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


def test_the_doctor_sees_it(program: Program) -> None:
    program.run("daemon", "start")
    done = program.run("doctor", "--only", "supervisor", "--json")
    (check,) = json.loads(done.stdout)["checks"]
    assert check["outcome"] == "ok"
    assert str(program.json("daemon", "status")["pid"]) in check["value"]
