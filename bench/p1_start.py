"""P1: cold start of `orion-tui` to its settled first frame on a real pty, 10,000 sessions in the store."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from measure import Report

ROUNDS = 7
SESSIONS = 10_000
QUIET = 0.3
PATIENCE = 60.0
SIZE = (120, 40)

METHOD = f"""\
`orion-tui` with {SESSIONS:,} sessions in the store, and beside it, in turn in the same run, an empty Textual
application; each on a pty of {SIZE[0]} x {SIZE[1]}, byte code and file cache warm. A frame is settled when nothing more
was written for {QUIET:g} s and the words that belong to it are there; the time is that of the last byte. Memory is what
is resident then."""

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello")
Hello().run()
"""


def main() -> None:
    """Measure both sides in turn, and print the section."""
    report = Report(id="P1", title="Cold start to the first frame", method=METHOD)
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        fill(home)
        ours = [sys.executable, "-m", "orion_tui"]
        empty = [sys.executable, "-c", EMPTY]
        app: list[tuple[float, float]] = []
        hello: list[tuple[float, float]] = []
        for name, command, words in (("orion-tui", ours, b"10,000"), ("empty", empty, b"hello")):
            start(command, home, words, name)  # byte code and file cache are warm on both sides
        for _ in range(ROUNDS):
            app.append(start(ours, home, b"10,000", "orion-tui"))
            hello.append(start(empty, home, b"hello", "empty"))
    report.add("orion-tui", "s", [seconds for seconds, _ in app])
    report.add("empty application", "s", [seconds for seconds, _ in hello])
    ratio = report.add("orion-tui / empty application", "x", [a / b for (a, _), (b, _) in zip(app, hello, strict=True)])
    memory = report.add("memory of orion-tui", "MiB", [mib for _, mib in app])
    report.add("memory of the empty application", "MiB", [mib for _, mib in hello])
    report.target("start against an empty application", ratio.median, at_most=1.4)
    report.target("memory, MiB", memory.median, at_most=55.0)
    report.finish(Path(tempfile.gettempdir()))


def fill(home: Path) -> None:
    """A state directory with 10,000 sessions that have ended, and a last look."""
    from orion_tui.base.paths import OrionHome
    from orion_tui.core.models.sessions import Session, SessionState
    from orion_tui.core.store import Store, meta, sessions
    from orion_tui.core.store.connection import Transaction

    place = OrionHome(home)
    place.prepare()

    def change(tx: Transaction) -> None:
        sessions.save_policy(tx, "p" * 64, "{}")
        for number in range(SESSIONS):
            sessions.insert(
                tx,
                Session(
                    id=f"{number:012x}",
                    workspace=f"/home/ada/src/project-{number % 40}",
                    goal=f"Goal number {number}: make one thing better",
                    role="software-engineer",
                    policy="p" * 64,
                    state=SessionState.PROMOTED if number % 3 else SessionState.COMPLETED,
                    base_commit="4f1e2a9c" * 5,
                    base_branch="main",
                    backend="bubblewrap",
                    created_at=1_790_000_000.0 + number,
                    updated_at=1_790_000_100.0 + number,
                    tasks_total=8,
                    tasks_done=8,
                ),
            )
        meta.put(tx, "app.last_look", f"{SESSIONS - 500}@1790000000")

    with Store.open(place.database) as store:
        store.transact(change)


def start(command: list[str], home: Path, words: bytes, name: str) -> tuple[float, float]:
    """Seconds from exec to the last byte of the settled first frame, and MiB resident then."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    environ = {**os.environ, "ORION_HOME": str(home), "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
    # The first start writes the byte code that is said to be warm.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True)
    os.close(slave)
    try:
        written, last = b"", begun
        while True:
            now = time.perf_counter()
            if words in written and now - last >= QUIET:
                return last - begun, resident(child.pid)
            if now - begun > PATIENCE or child.poll() is not None:
                raise SystemExit(f"{name} never drew {words!r}: {written[-2000:]!r}")
            if select.select([master], [], [], 0.01)[0]:
                written += os.read(master, 65536)
                last = time.perf_counter()
    finally:
        child.kill()
        child.wait()
        os.close(master)


def resident(pid: int) -> float:
    """MiB of resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
