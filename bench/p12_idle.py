"""P12: what the application takes that shows something and has nothing to do: processor time, bytes to the terminal."""

import os
import sys
import tempfile
import time
from pathlib import Path

from full_store import SESSIONS, fill
from measure import LEAST_ROUNDS, Report
from terminal_run import Run

from orion_tui.base.paths import OrionHome
from orion_tui.core.session import launch

#: Seconds of each round, and before the first: the engine is loaded meanwhile, and the supervisor starts.
ROUND = 60.0
SETTLE = 15.0

METHOD = f"""\
`orion-tui` on a pty of 120x40, {SESSIONS:,} sessions in the store, mission control on show, {SETTLE:.0f} s after its
first frame. Its processor time (user and system) is read from `/proc/PID/stat` at both ends of {ROUND:.0f} s,
{LEAST_ROUNDS} times; everything that it writes to the terminal meanwhile is counted. A round resolves
{100 / os.sysconf("SC_CLK_TCK") / ROUND:.3f} %."""


def main() -> None:
    """Measure."""
    report = Report(id="P12", title="Idle application", method=METHOD)
    with tempfile.TemporaryDirectory(prefix="orion-bench-") as folder:
        home = Path(folder) / "home"
        fill(home)
        used: list[float] = []
        written: list[float] = []
        try:
            with Run([sys.executable, "-m", "orion_tui"], home) as run:
                run.settled(b"10,000", 0.3)
                end = time.monotonic() + SETTLE
                while (left := end - time.monotonic()) > 0:
                    run.read(left)
                for _ in range(LEAST_ROUNDS):
                    before, at, count = run.ticks(), time.monotonic(), 0
                    while (left := at + ROUND - time.monotonic()) > 0:
                        count += len(run.read(left))
                    used.append((run.ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - at) * 100)
                    written.append(float(count))
                weight = run.resident()
        finally:
            launch.stop(OrionHome(home))
        cpu = report.add("processor time", "% of one core", used)
        silence = report.add(f"written in {ROUND:.0f} s", "bytes", written)
        report.target("processor time, %", cpu.median, at_most=0.5)
        report.target("bytes to the terminal", max(silence.rounds), at_most=0.0)
        report.verdicts.append(f"{weight:.0f} MiB resident, the engine loaded")
        report.finish(Path(folder))


if __name__ == "__main__":
    main()
