"""P2: from a key to its frame, while 50 sessions write 1,000 events a second into the store that is shown."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from full_store import SESSIONS, fill
from measure import LEAST_ROUNDS, Report, percentile
from terminal_run import Run

from orion_tui.base.paths import OrionHome
from orion_tui.core.session import launch
from orion_tui.core.store import Store, events

LIVE = 50
RATE = 1_000
#: Keys a round, and seconds between two: no multiple of a frame.
KEYS = 100
PAUSE = 0.047
SETTLE = 8.0

METHOD = f"""\
`orion-tui` on a pty of 120x40, {SESSIONS:,} ended sessions and {LIVE} others in the store, their list on show. Another
process writes {RATE:,} events a second for the {LIVE}, a transaction each 20 ms. `j` and `k` in turn, {KEYS} times a
round, {PAUSE * 1000:.0f} ms apart: a key's frame is the first write after it that places the cursor's bar, so that
frames which only tell of events do not count. In turn with it, the same without the writer. {LEAST_ROUNDS} rounds."""


def write(home: Path) -> None:
    """What the other process does, until it is ended: `RATE` events a second."""
    with Store.open(OrionHome(home).database) as store:
        due, number = time.monotonic(), 0
        while True:
            with store.transaction() as tx:
                for _ in range(RATE // 50):
                    number += 1
                    session = f"{SESSIONS + number % LIVE:012x}"
                    data = {"task": "t", "index": number, "text": f"run step {number}", "tier": "autonomous"}
                    events.append(tx, session, "action.started", "agent", data)
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))


def latencies(run: Run) -> list[float]:
    """Milliseconds from each key to the frame that shows it."""
    found: list[float] = []
    for number in range(KEYS):
        while run.read(0.0):
            pass
        at = time.perf_counter()
        run.send(b"jk"[number % 2 : number % 2 + 1])
        while time.perf_counter() - at < 2.0:
            # The bar in front of the selected line, in the only place where it can be.
            if "▌".encode() in run.read(0.5):
                found.append((time.perf_counter() - at) * 1000)
                break
        else:
            raise SystemExit("a key was never shown")
        end = at + PAUSE
        while (left := end - time.perf_counter()) > 0:
            run.read(left)
    return found


def main() -> None:
    """Measure."""
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]))
        return
    report = Report(id="P2", title="Key to frame under load", method=METHOD)
    with tempfile.TemporaryDirectory(prefix="orion-bench-") as folder:
        home = Path(folder) / "home"
        fill(home, LIVE)
        loaded: list[list[float]] = []
        quiet: list[list[float]] = []
        try:
            with Run([sys.executable, "-m", "orion_tui"], home) as run:
                run.settled(b"10,0", 0.3)
                run.send(b"2")
                end = time.monotonic() + SETTLE
                while (left := end - time.monotonic()) > 0:
                    run.read(left)
                for _ in range(LEAST_ROUNDS):
                    quiet.append(latencies(run))
                    writer = subprocess.Popen([sys.executable, __file__, "write", os.fspath(home)])
                    try:
                        end = time.monotonic() + 2.0
                        while (left := end - time.monotonic()) > 0:
                            run.read(left)
                        loaded.append(latencies(run))
                    finally:
                        writer.kill()
                        writer.wait()
        finally:
            launch.stop(OrionHome(home))
        for name, rounds in (("idle", quiet), ("under load", loaded)):
            report.add(f"{name}, p50", "ms", [percentile(r, 0.5) for r in rounds])
            p99 = report.add(f"{name}, p99", "ms", [percentile(r, 0.99) for r in rounds])
        report.target("under load, p99, ms", p99.median, at_most=50.0)
        report.finish(Path(folder))


if __name__ == "__main__":
    main()
