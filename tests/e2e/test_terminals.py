"""Terminals that come and go around work that goes on: the real application in a real tmux (HOME-5)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orion_tui.core.session import lock
from tests.support.program import Program
from tests.support.scanner import give_rules
from tests.support.tmux import Pane, Tmux, until

pytestmark = [pytest.mark.e2e, pytest.mark.tmux, pytest.mark.bubblewrap, pytest.mark.timeout(400)]

#: What mission control and the session's own screen always show.
MISSION = "mission"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program.at(tmp_path / "home")
    running.run("sessions")
    give_rules(running.home / "cache")
    yield running
    running.run("daemon", "stop", "--kill")


@pytest.fixture
def tmux(program: Program, tmp_path: Path) -> Iterator[Tmux]:
    # A terminal says its own size; these two would speak for it.
    environment = {k: v for k, v in program.environment.items() if k not in {"COLUMNS", "LINES", "TMUX"}}
    server = Tmux(tmp_path / "tmux.sock", environment)
    yield server
    server.kill()


def session(program: Program) -> Any:
    """The demonstration's session; None before it was submitted."""
    found = program.json("sessions")
    return found[0] if found else None


def begun(program: Program) -> Any:
    """The session, once it is being worked on."""
    until(lambda: (s := session(program)) and s["state"] == "running", lambda: f"no work: {session(program)}")
    return session(program)


def waiting(program: Program) -> None:
    """The demonstration, as far as it goes without a person."""
    begin = "from orion_tui.bridge.demo import begin; begin()"
    subprocess.run([sys.executable, "-c", begin], env=program.environment, check=True, timeout=100)
    until(lambda: session(program)["state"] == "waiting", lambda: str(session(program)))


def gone(pid: int) -> None:
    until(lambda: lock.process_start(pid) == 0, lambda: f"process {pid} lives on")


def test_work_goes_on_whatever_happens_to_the_terminals(program: Program, tmux: Tmux) -> None:
    pane = tmux.open("--demo")
    pane.see("Run the tests")
    first = begun(program)
    supervisor = program.json("daemon", "status")["pid"]
    # Somebody looks, detaches, looks again, and their connection is cut.
    client = tmux.attach()
    tmux.ask("detach-client", "-a", check=False)
    tmux.ask("detach-client", check=False)
    client.wait(30)
    client = tmux.attach()
    client.kill()
    client.wait(30)
    pane.see("Run the tests")
    # The whole tmux goes, and the application with it.
    application = pane.process()
    tmux.kill()
    gone(application)
    assert program.json("daemon", "status")["pid"] == supervisor
    until(
        lambda: (s := session(program))["tasks_done"] > first["tasks_done"] or s["state"] == "waiting",
        lambda: f"nothing went on: {session(program)}",
    )
    # Another terminal: it shows what went on meanwhile, and asks what is to be asked.
    pane = tmux.open()
    pane.see(MISSION, "tidepool")
    until(lambda: session(program)["state"] == "waiting", lambda: str(session(program)))
    pane.see("approve")
    # The application is killed, and killed politely: neither is the end of anything.
    for number in (signal.SIGKILL, signal.SIGHUP):
        application = pane.process()
        os.kill(application, number)
        gone(application)
        assert program.json("daemon", "status")["pid"] == supervisor
        assert session(program)["state"] == "waiting"
        pane = tmux.open()
        pane.see("approve")
    # And what it asks can be answered from the newest of them.
    approval = program.json("approvals")[0]["id"]
    assert program.run("approvals", "approve", approval).returncode == 0
    until(lambda: session(program)["state"] == "completed", lambda: str(session(program)))
    pane.see("review")
    application = pane.process()
    pane.press("q")
    gone(application)
    assert program.json("daemon", "status")["pid"] == supervisor


def test_another_size_is_another_picture_and_the_old_one_comes_back(program: Program, tmux: Tmux) -> None:
    waiting(program)
    pane = tmux.open()
    pane.see(MISSION, "approve")
    settled = _settled(pane)
    assert pane.size() == "80x24"
    pane.resize(120, 40)
    pane.see(MISSION, "approve")
    until(lambda: len(pane.screen().rstrip("\n").splitlines()) > 30, pane.screen)
    pane.resize(60, 15)
    until(lambda: pane.screen() != settled and pane.screen().strip(), pane.screen)
    assert "Traceback" not in pane.screen()
    pane.resize(80, 24)
    until(lambda: _shape(pane.screen()) == _shape(settled), lambda: f"{settled}\n---\n{pane.screen()}")


def _settled(pane: Pane) -> str:
    """The screen, once it has stopped changing."""
    last = [""]

    def still() -> bool:
        before, last[0] = last[0], pane.screen()
        time.sleep(0.3)
        return before == last[0] != ""

    until(still, pane.screen)
    return last[0]


def _shape(screen: str) -> str:
    """The picture without figures: times go on while it is looked at."""
    return "".join("#" if c.isdigit() else c for c in " ".join(screen.split()))


def test_two_terminals_show_the_same_and_change_together(program: Program, tmux: Tmux) -> None:
    waiting(program)
    panes = [tmux.open(), tmux.open(columns=120, lines=40)]
    for pane in panes:
        pane.see(MISSION, "approve")
        assert "cancelled" not in pane.screen()
    began = time.monotonic()
    assert program.run("cancel", session(program)["id"]).returncode == 0
    done = time.monotonic()
    seen: dict[int, float] = {}

    def both() -> bool:
        for number, pane in enumerate(panes):
            if number not in seen and "cancelled" in pane.screen():
                seen[number] = time.monotonic()
        return len(seen) == len(panes)

    until(both, lambda: "\n---\n".join(pane.screen() for pane in panes))
    # For whoever reads it; what a busy machine takes is nothing to fail over.
    apart, after = abs(seen[0] - seen[1]), max(seen.values()) - done
    print(f"the command {done - began:.3f} s, the second terminal {after:.3f} s after it, apart {apart:.3f} s")
