"""P1: cold start of `orion-tui` to its settled first frame on a real pty, 10,000 sessions in the store.

Beside it, in turn in the same run, an empty Textual application. A frame is settled when nothing more was written for
0.3 s and the words that belong to it are there; the time is that of the last byte. Prints JSON.

    python bench/p1_start.py [rounds]
"""

import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROUNDS = 7
SESSIONS = 10_000
QUIET = 0.3
PATIENCE = 60.0
SIZE = (120, 40)

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello")
Hello().run()
"""


def main() -> None:
    """Measure both sides in turn and print the medians, the ratio and the memory."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        fill(home)
        ours = [sys.executable, "-m", "orion_tui"]
        empty = [sys.executable, "-c", EMPTY]
        results: dict[str, list[tuple[float, float]]] = {"orion-tui": [], "empty": []}
        for name, command, words in (("orion-tui", ours, b"10,000"), ("empty", empty, b"hello")):
            start(command, home, words, name)  # byte code and file cache are warm on both sides
        for _ in range(rounds):
            results["orion-tui"].append(start(ours, home, b"10,000", "orion-tui"))
            results["empty"].append(start(empty, home, b"hello", "empty"))
    told: dict[str, object] = {"benchmark": "P1", "rounds": rounds, "sessions": SESSIONS}
    for name, found in results.items():
        seconds, memory = [s for s, _ in found], [m for _, m in found]
        told[name] = {
            "seconds": {"median": round(statistics.median(seconds), 3), "min": round(min(seconds), 3),
                        "max": round(max(seconds), 3)},
            "rss_mib": round(statistics.median(memory), 1),
        }  # fmt: skip
    pairs = [a / b for (a, _), (b, _) in zip(results["orion-tui"], results["empty"], strict=True)]
    told["ratio"] = {"median": round(statistics.median(pairs), 2), "min": round(min(pairs), 2),
                     "max": round(max(pairs), 2)}  # fmt: skip
    told["target"] = {"ratio": 1.4, "rss_mib": 55}
    print(json.dumps(told, indent=2))


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
