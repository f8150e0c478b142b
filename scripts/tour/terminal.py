"""A terminal of the tour's own: a tmux server that nobody else uses, with the application in its only window."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import attrs
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.segment import Segment

from orion_tui.themes import THEMES
from scripts.terminal_svg import NIGHT, Paper, terminal_svg

#: Seconds for each thing that is waited for, between two looks, and without a change until a screen is at rest.
PATIENCE, BEAT, REST = 60.0, 0.1, 0.4
REPOSITORY = Path(__file__).resolve().parents[2]


class LostTheWay(Exception):
    """The screen never showed what should have come; the message has what it showed."""


@attrs.define
class Terminal:
    """The application at one size. `names` are replaced in every picture, by others of the same length."""

    place: Path
    environment: Mapping[str, str]
    names: dict[str, str] = attrs.field(factory=dict[str, str])

    def tmux(self, *arguments: str) -> str:
        """What a tmux command says."""
        done = subprocess.run(
            ["tmux", "-S", str(self.place / "tmux"), "-f", "/dev/null", *arguments],
            env=dict(self.environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"tmux {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def open(self, *arguments: str, place: Path | None = None, columns: int = 120, lines: int = 40) -> None:
        """Start the application, in `place` or in the home."""
        where = ("-c", str(place or self.place))
        program = (sys.executable, "-m", "orion_tui", *arguments)
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(lines), "-s", "tour", *where, *program)

    def close(self) -> None:
        """Leave by `q`, from wherever one is."""
        while self._told("has-session"):
            # It may be gone by the time the key arrives.
            self._told("send-keys", "q")
            time.sleep(REST)

    def end(self) -> None:
        """No server is left behind, whatever happened."""
        subprocess.run(["tmux", "-S", str(self.place / "tmux"), "kill-server"], capture_output=True, check=False)

    def _told(self, command: str, *words: str) -> bool:
        """Whether there is still a terminal that a command can be given to."""
        asked = ["tmux", "-S", str(self.place / "tmux"), command, "-t", "tour", *words]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        for key in keys:
            self.tmux("send-keys", "-t", "tour", key)
            time.sleep(BEAT)

    def type(self, text: str) -> None:
        """Letter by letter, as they are."""
        self.tmux("send-keys", "-t", "tour", "-l", text)
        time.sleep(BEAT)

    def text(self) -> str:
        """What stands on the screen."""
        return self.tmux("capture-pane", "-p", "-t", "tour")

    def see(self, *texts: str) -> None:
        """Wait until all of it stands on the screen, and nothing changes any more."""
        end = time.monotonic() + PATIENCE
        while not all(text in self.text() for text in texts):
            if time.monotonic() > end:
                raise LostTheWay(f"{texts} never came:\n{self.text()}")
            time.sleep(BEAT)
        self.rest()

    def rest(self) -> None:
        """Wait until the screen stays as it is."""
        since, before = time.monotonic(), self.text()
        end = since + PATIENCE
        while time.monotonic() - since < REST and time.monotonic() < end:
            time.sleep(BEAT)
            if (now := self.text()) != before:
                since, before = time.monotonic(), now

    def resize(self, columns: int, lines: int) -> None:
        """Another size, settled."""
        self.tmux("resize-window", "-t", "tour", "-x", str(columns), "-y", str(lines))
        time.sleep(REST)
        self.rest()

    def picture(self, path: Path, title: str, theme: str = "dark") -> None:
        """What stands on the screen, with its colours."""
        columns = int(self.tmux("display-message", "-p", "-t", "tour", "#{pane_width}"))
        captured = self.tmux("capture-pane", "-e", "-p", "-N", "-t", "tour")
        for name, other in self.names.items():
            captured = captured.replace(name, other)
        if any(str(path) in captured for path in (self.place, REPOSITORY, Path.home())):
            raise LostTheWay(f"{path.name} would show a path of this machine:\n{captured}")
        colors = THEMES[theme]
        paper = NIGHT if colors.ansi else Paper(
            foreground=colors.text, background=colors.background, palette=NIGHT.palette
        )  # fmt: skip
        path.write_text(terminal_svg(_lines(captured, columns), columns, paper, title), "utf-8")
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _lines(captured: str, columns: int) -> list[list[Segment]]:
    console = Console(width=columns, color_system="truecolor", force_terminal=True, legacy_windows=False)
    decoder = AnsiDecoder()
    return [list(decoder.decode_line(line).render(console)) for line in captured.removesuffix("\n").split("\n")]


def environment(home: Path) -> dict[str, str]:
    """What the application is started with: a home of its own, a good terminal, UTC, nothing of the person's."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    if shutil.which("tmux") is None:
        raise SystemExit("the tour needs tmux")
    return {
        **kept,
        "HOME": str(home),
        "ORION_HOME": str(home / ".orion-demo"),
        "PYTHONPATH": str(REPOSITORY),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
