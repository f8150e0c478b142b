"""A tmux server of the test's own: real terminals with the real application in them."""

import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

#: Seconds for each thing that is waited for.
PATIENCE = 60.0

APPLICATION = (sys.executable, "-m", "orion_tui")


def until(condition: Callable[[], object], what: Callable[[], str]) -> None:
    """Until it holds; `what` is told when it does not come to that."""
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while time.monotonic() < deadline:
        if condition():
            return
        tick.wait(0.02)
    raise AssertionError(what())


@attrs.define
class Pane:
    """One terminal with one program in it."""

    tmux: "Tmux"
    id: str

    def screen(self) -> str:
        """What is on it."""
        return self.tmux.ask("capture-pane", "-p", "-t", self.id)

    def see(self, *texts: str) -> None:
        """Until all of it is on the screen."""
        until(lambda: all(text in self.screen() for text in texts), lambda: f"{texts} not on:\n{self.screen()}")

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self.tmux.ask("send-keys", "-t", self.id, *keys)

    def process(self) -> int:
        """The program in it."""
        return int(self.tmux.ask("display-message", "-p", "-t", self.id, "#{pane_pid}"))

    def size(self) -> str:
        """As `80x24`."""
        return self.tmux.ask("display-message", "-p", "-t", self.id, "#{pane_width}x#{pane_height}").strip()

    def resize(self, columns: int, lines: int) -> None:
        """Another size for its window."""
        self.tmux.ask("resize-window", "-t", self.id, "-x", str(columns), "-y", str(lines))
        until(lambda: self.size() == f"{columns}x{lines}", self.size)


@attrs.define
class Tmux:
    """Its server, reached by a socket of its own; nothing of the user's tmux is touched."""

    socket: Path
    environment: Mapping[str, str]
    _clients: list["subprocess.Popen[bytes]"] = attrs.field(factory=list["subprocess.Popen[bytes]"])

    def ask(self, *arguments: str, check: bool = True) -> str:
        """What a tmux command says."""
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments],
            env={**self.environment, "TERM": "xterm-256color"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def open(self, *arguments: str, columns: int = 80, lines: int = 24, program: Sequence[str] = APPLICATION) -> Pane:
        """The application in a terminal of that size."""
        size = ("-x", str(columns), "-y", str(lines))
        pane = self.ask("new-session", "-d", *size, "-P", "-F", "#{pane_id}", *program, *arguments).strip()
        return Pane(self, pane)

    def attach(self) -> "subprocess.Popen[bytes]":
        """A client in a terminal, as a person who looks."""
        master, slave = pty.openpty()
        client = subprocess.Popen(
            ["tmux", "-S", str(self.socket), "attach-session"],
            env={**self.environment, "TERM": "xterm-256color"},
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        threading.Thread(target=_drain, args=(master,), daemon=True).start()
        self._clients.append(client)
        until(lambda: self.ask("list-clients").strip(), lambda: "no client came")
        return client

    def kill(self) -> None:
        """The end of the server and of every terminal in it."""
        self.ask("kill-server", check=False)
        for client in self._clients:
            client.kill()
            client.wait()


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65536):
            pass
    except OSError:
        pass
    finally:
        os.close(descriptor)
