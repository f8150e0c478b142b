"""P13: what a supervisor takes that has nothing to do: processor time and memory, before any model is loaded."""

import os
import sys
import tempfile
import time
from pathlib import Path

from measure import LEAST_ROUNDS, Report

from orion_tui.base.paths import OrionHome
from orion_tui.core.session import launch
from orion_tui.core.session.status import memory

#: Seconds of each round, and before the first: the rules of the secret scanner are compiled meanwhile, once.
ROUND = 30.0
SETTLE = 75.0
MIB = 1024 * 1024

METHOD = f"""\
A supervisor process on demand, in an empty state directory, that has stood for {SETTLE:.0f} s (the start's checks are
over, the scanner's rules are compiled). Its processor time (user and system, children included) is read from
`/proc/PID/stat` at both ends of {ROUND:.0f} s, {LEAST_ROUNDS} times; a heartbeat falls into each. Memory is read at the
end of each round: PSS (shared pages counted in proportion) and RSS. The kernel counts processor time in ticks of
{1000 / os.sysconf("SC_CLK_TCK"):.0f} ms, so a round resolves {100 / os.sysconf("SC_CLK_TCK") / ROUND:.3f} %."""


def ticks(pid: int) -> int:
    """Processor time of a process so far, in ticks: utime, stime, cutime, cstime."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def children(pid: int) -> bool:
    """Whether something that it started still works: the scanner's rules take long on a busy machine."""
    return any(path.read_text("ascii").strip() for path in Path(f"/proc/{pid}/task").glob("*/children"))


def switches(pid: int) -> int:
    """How often it was put to sleep and woken up so far, all threads together."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text("ascii", "replace").splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def main() -> None:
    """Measure."""
    report = Report(id="P13", title="Idle supervisor", method=METHOD)
    with tempfile.TemporaryDirectory(prefix="orion-bench-") as folder:
        home = OrionHome(Path(folder))
        home.prepare()
        began = time.monotonic()
        pid = launch.ensure(home).pid
        ready = time.monotonic() - began
        try:
            time.sleep(SETTLE)
            while children(pid):
                time.sleep(1.0)
            used: list[float] = []
            woken: list[float] = []
            pss: list[float] = []
            rss: list[float] = []
            for _ in range(LEAST_ROUNDS):
                before, times, at = ticks(pid), switches(pid), time.monotonic()
                time.sleep(ROUND)
                passed = time.monotonic() - at
                used.append((ticks(pid) - before) / os.sysconf("SC_CLK_TCK") / passed * 100)
                woken.append((switches(pid) - times) / passed)
                weight = memory(pid)
                if weight is None:
                    sys.exit("no memory figures on this system")
                pss.append(weight[0] / MIB)
                rss.append(weight[1] / MIB)
        finally:
            launch.stop(home)
    cpu = report.add("processor time", "% of one core", used)
    report.add("wake-ups", "1/s", woken)
    own = report.add("memory, PSS", "MiB", pss)
    resident = report.add("memory, RSS", "MiB", rss)
    report.verdicts.append(f"ready {ready * 1000:.0f} ms after the command, once")
    report.target("processor time, %", cpu.median, at_most=0.3)
    report.target("memory (RSS), MiB", resident.median, at_most=60.0)
    report.verdicts.append(f"its own share (PSS) is {own.median:.0f} MiB")
    report.finish(Path(tempfile.gettempdir()))


if __name__ == "__main__":
    main()
