"""Dying, or being told that the disk failed, at a system call of the supervisor or of a git that it runs (THREATS 19).

strace plants the fault at the nth such call of every thread and process; the first one to get there has it. A
supervisor that survives its faults is killed when it ends or has had enough of them; a sound one finishes.
"""

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from orion_tui.core.engine import Engine
from tests.support.crashing.lives import SWEEP, Lives
from tests.support.crashing.plans import STATUSES, every_kind
from tests.support.crashing.verdict import Deaths, check, outcome

pytestmark = pytest.mark.strace

#: The tree that an undisturbed run ends with, for the pause below; `test_supervisor_dies` has one for its own.
PAUSE = 0.0
TREE = "0b17b36a2d605c112050e8d692add80af2973d82"

SYNC, WRITE, NAME = "fsync,fdatasync", "pwrite64", "rename,renameat,renameat2,link,linkat,unlink,unlinkat"
#: (system calls, what they do instead, at which one of each thread)
SAMPLE = [
    (SYNC, "signal=KILL", 3),
    (SYNC, "signal=KILL", 17),
    (SYNC, "signal=KILL", 40),
    (WRITE, "signal=KILL", 6),
    (WRITE, "signal=KILL", 90),
    (NAME, "signal=KILL", 2),
    ("openat", "signal=KILL", 700),
    (SYNC, "error=EIO", 2),
    (SYNC, "error=EIO", 30),
    (WRITE, "error=EIO", 60),
    (SYNC, "error=ENOSPC", 12),
    (WRITE, "error=ENOSPC", 35),
]
ALL = [
    pytest.param(calls, deed, nth, marks=pytest.mark.slow)
    for calls, nths in ((SYNC, range(1, 60, 3)), (WRITE, range(1, 240, 12)), (NAME, range(1, 12)))
    for deed in ("signal=KILL", "error=EIO", "error=ENOSPC")
    for nth in nths
]
#: A new thread works each time that the session is taken up, so a fault comes again: this often is enough.
ENOUGH = 3


@pytest.mark.parametrize(("calls", "deed", "nth"), ALL if SWEEP else SAMPLE, ids=str)
def test_nothing_acknowledged_is_lost_and_the_session_comes_to_its_end(
    lives: Callable[[str], Lives], calls: str, deed: str, nth: int
) -> None:
    life = lives(every_kind(PAUSE))
    log = life.home.root / "strace"
    under = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", str(log), "-e", f"trace={calls}"]
    child = life.begin(under=(*under, "-e", f"inject={calls}:{deed}:when={nth}"))

    def over(engine: Engine) -> bool | None:
        enough = log.exists() and log.read_bytes().count(b"INJECTED") >= ENOUGH
        return True if child.poll() is not None or enough else life.ended(engine)

    life.watch(over)
    if child.poll() is None:
        _kill(child)
    deaths = Deaths()
    deaths.look(life.home, life.session_id)
    life.finish()
    end = outcome(life.home, life.session_id)
    assert end.statuses == STATUSES, life.said()
    assert end.tree == TREE
    check(life.home, life.session_id, deaths)
    assert deed == "signal=KILL" or b"INJECTED" in log.read_bytes(), "the fault never came"


def _kill(strace: "subprocess.Popen[bytes]") -> None:
    """strace and, by their group, the supervisor and all that is not in a group of its own."""
    os.killpg(strace.pid, signal.SIGKILL)
    strace.wait(60)
