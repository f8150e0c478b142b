"""`orion doctor --prove`: the proof itself holds, fails when it should, and leaves nothing behind (HOME-5, RUN-7)."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from orion_tui.core.session import lock
from tests.support.program import Program

pytestmark = [pytest.mark.e2e, pytest.mark.bubblewrap, pytest.mark.timeout(240)]


def program(tmp_path: Path, **environment: str) -> Program:
    place = tmp_path / "tmp"
    place.mkdir()
    return Program.at(tmp_path / "home", TMPDIR=str(place), **environment)


def supervisors(tmp_path: Path) -> list[str]:
    """Processes whose state lies below this test's directory."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"ORION_HOME={tmp_path / 'tmp'}/".encode() in environment and lock.process_start(int(process.name)):
            found.append(process.name)
    return found


def nothing_left(tmp_path: Path) -> None:
    assert list((tmp_path / "tmp").glob("orion-proof-*")) == []
    assert supervisors(tmp_path) == []


def test_it_holds_here_and_every_line_says_what_was_measured(tmp_path: Path) -> None:
    done = program(tmp_path).run("doctor", "--prove", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads(done.stdout)
    assert record["proven"] is True
    assert [line["name"] for line in record["lines"]] == [
        *("apart", "in-flight", "killed", "contained", "nobody", "restarted", "interrupted", "finished"),
        *("once", "lines", "same", "store", "cleanup"),
    ]
    assert all(line["measured"] for line in record["lines"])
    assert not (tmp_path / "home").exists(), "the person's own state is not touched"
    nothing_left(tmp_path)


def test_a_step_that_counts_twice_is_found_out(tmp_path: Path) -> None:
    """A supervisor that forgets which steps are finished: the proof must fail."""
    running = program(tmp_path, **forgetful(tmp_path))
    done = running.run("doctor", "--prove", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    failed = {line["name"] for line in json.loads(done.stdout)["lines"] if not line["holds"]}
    assert "once" in failed
    nothing_left(tmp_path)


def forgetful(tmp_path: Path) -> Mapping[str, str]:
    """A copy of the program in which no step counts as finished."""
    from tests.support.other_version import copy_of_the_program

    copy = copy_of_the_program(tmp_path / "copy", "9.0.0b1")
    runner = copy / "orion_tui/core/session/task_loop.py"
    text = runner.read_text("utf-8")
    broken = text.replace("step.status is StepStatus.DONE\n", "step.status is StepStatus.DONE and step.n < 0\n")
    assert broken != text
    runner.write_text(broken, "utf-8")
    return {"PYTHONPATH": str(copy)}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_broken_off_it_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    running = program(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-m", "orion_tui.cli.main", "doctor", "--prove"],
        env=running.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=tmp_path, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    tick = threading.Event()
    while not supervisors(tmp_path) and child.poll() is None:
        tick.wait(0.05)
    os.kill(child.pid, number)
    said, _ = child.communicate(timeout=90)
    assert child.returncode == 130, said
    nothing_left(tmp_path)
