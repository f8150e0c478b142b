"""`orion watch` as a process of its own: while things happen, and when whoever watches leaves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from tests.support.records import Records

A, B = "a" * 12, "b" * 12

Watch = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def records(tmp_path: Path) -> Records:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    return Records(home)


@pytest.fixture
def watch(records: Records) -> Iterator[Watch]:
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "orion_tui.cli.main", "watch", *arguments],
            env={**os.environ, "ORION_HOME": str(records.home.root), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(process: "subprocess.Popen[str]", text: str) -> list[str]:
    """The lines up to the one that contains the text."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError(f"ended before {text!r}: {lines}")


def test_what_begins_to_wait_is_said_again_with_what_waited_before(records: Records, watch: Watch) -> None:
    records.session(A, SessionState.PAUSED, workspace="/srv/shop")
    records.approval("c" * 12, A)
    process = watch()
    assert until(process, "Leaving stops nothing.")[0] == "1 thing waits for you."
    records.session(B, SessionState.PAUSED, workspace="/srv/docs")
    records.approval("d" * 12, B)
    # A look may come between the two changes; the question is told in the end, with the one from before behind it.
    lines = until(process, "2 things wait for you.") + until(process, "shop aaaaaaaa: wants leave")
    assert "docs bbbbbbbb: asks for your leave, approval dddddddddddd: pip install httpx" in "\n".join(lines)
    assert lines[-2].startswith("new, docs bbbbbbbb: wants leave to run pip install httpx")
    assert "orion approvals approve dddddddddddd" in lines[-2]
    assert not lines[-1].startswith("new")


def test_a_session_that_ends_ends_the_watch_with_its_exit_code(records: Records, watch: Watch) -> None:
    records.session(A, SessionState.PAUSED)
    process = watch("aaaa")
    until(process, "Leaving stops nothing.")
    records.state(A, SessionState.AWAITING_PLAN)
    until(process, "waits for you to look at its plan")
    records.state(A, SessionState.FAILED)
    assert until(process, "The watch ends")[-1].startswith("The watch ends: aaaaaaaaaaaa aaaaaaaa has failed")
    assert process.wait(60) == 20


def test_a_watch_goes_on_where_another_left(records: Records, watch: Watch) -> None:
    records.session(A, SessionState.PAUSED)
    first = watch("--json")
    last = json.loads(until(first, "watch.session")[-1])
    first.send_signal(signal.SIGINT)
    first.wait(60)
    records.event("task.started", A, task="t1", title="Missed by nobody")
    second = watch("--json", "--from", str(last["seq"]))
    told = json.loads(until(second, "task.started")[-1])
    assert told["seq"] == last["seq"] + 1
    assert told["text"] == "begins task t1: Missed by nobody"


def test_an_interrupt_leaves_without_a_word(records: Records, watch: Watch) -> None:
    records.session(A, SessionState.PAUSED)
    process = watch()
    until(process, "Leaving stops nothing.")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("", "", 130)


def test_it_ends_when_its_reader_is_gone_although_nothing_happens(records: Records, watch: Watch) -> None:
    records.session(A, SessionState.PAUSED)
    process = watch()
    until(process, "Leaving stops nothing.")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == ""
    process.stdout = None
