"""The main job by keyboard alone, at 80 by 24: begin, approve, read, promote, undo, leave, come back."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import PIN, Program, git
from tests.support.scanner import give_rules
from tests.support.tmux import Pane, Tmux, until

pytestmark = [pytest.mark.e2e, pytest.mark.tmux, pytest.mark.bubblewrap, pytest.mark.timeout(400)]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program.at(tmp_path / "home")
    running.run("sessions")
    give_rules(running.home / "cache")
    yield running
    running.run("daemon", "stop", "--kill")


@pytest.fixture
def tmux(program: Program, tmp_path: Path) -> Iterator[Tmux]:
    environment = {k: v for k, v in program.environment.items() if k not in {"COLUMNS", "LINES", "TMUX"}}
    server = Tmux(tmp_path / "tmux.sock", environment)
    yield server
    server.kill()


def approve(pane: Pane) -> None:
    """Open the card and say yes, and see the work through."""
    # Keys count once what they are about has been there for half a second: in the list, and then on the card.
    time.sleep(1.0)
    pane.press("a")
    pane.see("why it asks", "approve once")
    time.sleep(1.0)
    pane.press("a")
    pane.see("all tasks done")


def test_the_main_job_by_keyboard_alone(program: Program, tmux: Tmux) -> None:
    pane = tmux.open("--demo")
    # The work is seen, as far as it goes without a person.
    pane.see("plan", "actions", "approval")
    approve(pane)
    # What changed, file by file.
    pane.press("d")
    pane.see("CHANGELOG.md", "seen 0 of")
    pane.press("Space", "]")
    pane.see("seen 1 of")
    # The gate, the PIN that is set on the way, the promotion.
    pane.press("P")
    pane.see("APPROVED")
    pane.press("Enter")
    pane.see("Where shall the PIN be kept?")
    pane.press("Down", "Enter")
    pane.see("new PIN")
    pane.press("-l", PIN)
    pane.press("Enter")
    pane.see("again")
    pane.press("-l", PIN)
    pane.press("Enter")
    pane.see("takes it back")
    assert PIN not in pane.screen()
    workspace = program.home / "demo" / "tidepool"
    assert git(workspace, "log", "-1", "--format=%s").startswith("orion(ara): ")
    promoted = git(workspace, "rev-parse", "main")
    # And back again.
    pane.press("u")
    pane.see("Your PIN.")
    pane.press("-l", PIN)
    pane.press("Enter")
    until(lambda: git(workspace, "diff", "--stat", f"{promoted}^1", "main") == "", pane.screen)
    # Out, to the outermost screen and then altogether; the work and its supervisor stay.
    application = pane.process()
    supervisor = program.json("daemon", "status")["pid"]

    def gone() -> bool:
        return not Path(f"/proc/{application}").exists()

    while not gone():
        tmux.ask("send-keys", "-t", pane.id, "q", check=False)
        time.sleep(0.3)
    assert program.json("daemon", "status")["pid"] == supervisor
    # Another day.
    pane = tmux.open()
    pane.see("mission", "tidepool", "undone")
    pane.press("2")
    pane.see("filter", "undone")  # words of that screen alone
    pane.press("Enter")
    pane.see("plan")


def test_the_supervisor_goes_and_its_places_are_garbage_and_the_answer_is_carried_out(
    program: Program, tmux: Tmux
) -> None:
    pane = tmux.open("--demo")
    pane.see("waits for an approval")
    until(lambda: program.json("approvals"), pane.screen)
    program.run("daemon", "stop", "--kill")
    run = program.home / "run"
    for name, content in (
        ("supervisor.sock", b"\x00\xff" * 500),
        ("supervisor.lock", b"\x1b]0;x\x07{"),
        ("keys.sock", b""),
    ):
        path = run / name
        path.unlink(missing_ok=True)
        path.write_bytes(content)
    pane.see("approval")
    approve(pane)
