"""The walk: the main job from the first look to the undone promotion, then a store with many sessions."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import attrs

from scripts.tour.terminal import BEAT, PATIENCE, LostTheWay, Terminal

BIG, SMALL = (120, 40), (80, 24)
PIN = "480157"
#: In place of the session's random id.
SHOWN_ID = "7c2f19d0ab34"


@attrs.define
class Walk:
    """Takes the pictures on its way into `pictures`."""

    terminal: Terminal
    pictures: Path

    def take(self, name: str, title: str, size: tuple[int, int] = SMALL, theme: str = "dark") -> None:
        """One picture at that size; the terminal is big again afterwards."""
        if size != BIG:
            self.terminal.resize(*size)
        self.terminal.picture(self.pictures / f"{name}.svg", title, theme)
        if size != BIG:
            self.terminal.resize(*BIG)

    def orion(self, *arguments: str) -> str:
        """What the command line says."""
        done = subprocess.run(
            [sys.executable, "-m", "orion_tui.cli.main", *arguments],
            env=dict(self.terminal.environment), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    # The main job.

    def main_job(self) -> None:
        """From `orion-tui --demo` to a promotion that was taken back."""
        screen = self.terminal
        screen.open("--demo")
        screen.see("session waiting", "blocked, as it should be")
        (session,) = json.loads(self.orion("sessions", "--json"))
        ident = str(session["id"])
        screen.names |= {ident: SHOWN_ID, ident[:8]: SHOWN_ID[:8]}
        self.take("live", "A session that waits for its person: plan, actions with their rules, output", BIG)
        self.take("live-small", "The same session in 80 columns")
        screen.press("N")
        screen.press("Enter")
        screen.see("force_push")
        self.take("decision", "Why an action was blocked: what it amounts to, the rule, the exact input")
        screen.press("q")
        screen.press("1")
        screen.see("needs you  1", "why it asks")
        self.take("mission", "Mission control: what waits, what happened, what runs", BIG)
        self.take("mission-small", "Mission control in 80 columns")
        screen.press("a")
        screen.see("approve once")
        screen.press("j", "k")  # ends what the footer said
        self.take("approval", "An approval: what exactly would run, why it asks, what waits on it")
        # The first half second does not count.
        screen.press("a")
        # Leave, and look again in the morning.
        screen.close()
        self.finished()
        self.morning()

    def finished(self) -> None:
        """Until the supervisor is done, with no application open."""
        end = time.monotonic() + PATIENCE
        while json.loads(self.orion("sessions", "--json"))[0]["state"] != "completed":
            if time.monotonic() > end:
                raise LostTheWay("the session never came to its end")
            time.sleep(BEAT)

    def morning(self) -> None:
        """Look, review, promote, take back."""
        screen = self.terminal
        # From within the repository, as one would; a new goal begins with it.
        screen.open(place=Path(screen.environment["ORION_HOME"]) / "demo" / "tidepool")
        screen.see("since ", "✓ review")
        self.take("morning", "The morning after: what happened since one last looked, work to review", BIG)
        self.small_screens()
        screen.press("d")
        screen.see("docs/retry.md")
        screen.press("G", "k")
        screen.see("tidepool/client.py", "from")
        self.take("diff", "The diff, file by file, with words that differ", BIG)
        self.take("diff-small", "The diff in 80 columns")
        screen.press("q", "t")
        screen.see("cp-0000")
        screen.press("j")
        screen.rest()
        self.take("timeline", "Checkpoints, each of which the session can be taken back to")
        screen.press("q", "P")
        screen.see("APPROVED")
        self.take("gate", "The gate: every check, where the work goes, how to take it back")
        screen.press("Enter")
        screen.see("Where shall the PIN be kept?")
        screen.press("Down", "Enter")
        screen.see("new PIN")
        screen.type(PIN)
        self.take("pin", "A PIN, set on the way to the first promotion")
        screen.press("Enter")
        screen.see("PIN again")
        screen.type(PIN)
        screen.press("Enter")
        screen.see("u takes it back")
        self.take("promoted", "Promoted: one merge commit, and the way back")
        screen.press("u")
        screen.see("Your PIN.")
        screen.type(PIN)
        screen.press("Enter")
        screen.see("revert commit")
        self.take("undone", "The promotion is undone, by a commit that keeps what came later")
        screen.close()

    def small_screens(self) -> None:
        """What is reached from everywhere."""
        screen = self.terminal
        screen.press("w")
        screen.see("needs your PIN", "show me the plan")
        screen.type("Retry requests that time out, but never a POST")
        screen.see("never a POST")
        self.take("new-goal", "A new goal: role, models, budget, and what it amounts to", BIG)
        screen.press("Escape")
        screen.see("needs you")  # with the next key too soon after it, Escape would be Alt
        screen.press("?")
        screen.see("Mission control  here")
        self.take("help", "Every key, those of the screen one came from first")
        screen.press("q", "8")
        screen.see("settings.yaml")
        self.take("settings", "Every setting, what it is now, and who decided that")
        screen.press("1", "C-p")
        screen.see("palette")
        self.take("palette", "Commands by name")
        for theme in ("light", "high-contrast"):
            screen.type(theme)
            screen.rest()
            screen.press("Enter")
            screen.rest()
            self.take(f"mission-{theme}", f"Mission control in the theme {theme}", theme=theme)
            screen.press("C-p")
            screen.see("palette")
        screen.type("dark")
        screen.rest()
        screen.press("Enter")
        screen.rest()

    # Many sessions.

    def many(self) -> None:
        """Mission control and the sessions of a store that has been in use for weeks."""
        screen = self.terminal
        screen.open()
        screen.see("sessions  60")
        self.take("mission-busy", "Mission control after weeks of work", BIG)
        screen.press("2")
        screen.see("sessions  60")
        screen.press("j", "j")
        screen.rest()
        self.take("sessions", "All sessions", BIG)
        screen.close()


def walk(place: Path, pictures: Path, environment: Mapping[str, str]) -> None:
    """All of it, in a home below `place`."""
    from scripts.tour.weeks import fill

    terminal = Terminal(place, environment, {str(place): "/home/ada"})
    tour = Walk(terminal, pictures)
    try:
        tour.main_job()
        tour.orion("daemon", "stop")
        home = Path(environment["ORION_HOME"])
        shutil.rmtree(home)
        fill(home)
        tour.many()
    finally:
        terminal.end()
        subprocess.run(
            [sys.executable, "-m", "orion_tui.cli.main", "daemon", "stop"],
            env=dict(environment), capture_output=True, check=False,
        )  # fmt: skip
