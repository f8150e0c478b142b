"""The supervisor process with a fault planted: run as a program.

    python -P -m tests.support.crashing.supervisor BACKEND [POINT SIDE NTH DEED]

It is the real one but for its patience. POINT names a function of `POINTS`, SIDE is `before`, `after` or `during`;
at the NTH time it kills itself (DEED `kill`) or is stopped by SIGSTOP (`stop`). What it had started until then is
listed in `started` of the state directory, every command that it ran in `executions`.
"""

import contextlib
import functools
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orion_tui.core.models.actions import RunCommand
from orion_tui.core.sandbox import select
from orion_tui.core.session import acting, asking, lock, setbacks, supervisor, worker
from orion_tui.core.session.record import Record
from orion_tui.core.session.supervisor import Supervisor
from orion_tui.core.session.work_copy import WorkCopy
from orion_tui.core.session.worker import Worker
from orion_tui.core.store import Store, approvals, checkpoints, leases, steps
from orion_tui.server import daemon
from tests.support.crashing.mortal import descendants

#: Where it may die: a worker's transactions, the statements inside of them, its dealings with git and the sandbox.
POINTS: dict[str, tuple[Any, str]] = {
    "adopt": (Supervisor, "adopt"),
    "claim": (leases, "claim"),
    "release": (leases, "release"),
    "state": (Record, "state"),
    "task": (Record, "task"),
    "start": (Record, "start_step"),
    "start-row": (steps, "start"),
    "use": (approvals, "use"),
    "perform": (acting, "perform"),
    "take": (WorkCopy, "take"),
    "finish": (Record, "finish_step"),
    "finish-row": (steps, "finish"),
    "ask": (Record, "ask"),
    "ask-row": (approvals, "insert"),
    "fill": (WorkCopy, "fill"),
    "replay": (WorkCopy, "replay"),
    "rewind": (WorkCopy, "rewind"),
    "commit": (WorkCopy, "commit"),
    "checkpoint": (Record, "checkpoint"),
    "end": (Record, "task_with_checkpoint"),
    "checkpoint-row": (checkpoints, "insert"),
    "publish": (WorkCopy, "publish"),
}
#: Seconds until a model is asked again, after each failure in a row.
RETRIES = (1.0, 3.0, 6.0)
#: Seconds after which a command is in its middle.
MIDDLE = 0.25


def main() -> int:
    backend, *fault = sys.argv[1:]
    home = Path(os.environ["ORION_HOME"])
    prepare(home, backend)
    if fault:
        point, side, nth, deed = fault
        _plant(home, point, side, int(nth), signal.SIGKILL if deed == "kill" else signal.SIGSTOP)
    return daemon.main()


def prepare(home: Path, backend: str) -> None:
    """Make this process' supervisor less patient, contained by `backend`, and count what it runs."""
    for module, name, value in (
        (supervisor, "POLL", 0.02),
        (supervisor, "HEARTBEAT", 0.5),
        (supervisor, "STALE", 2.0),
        (worker, "LOOK_AGAIN", 0.3),
        (setbacks, "DELAYS", (0.1, 0.2, 0.5)),
        (worker, "DELAYS", (0.1, 0.2, 0.5)),
        (asking, "RETRIES", RETRIES),
        (daemon, "WARM_AFTER", 3600.0),
        (daemon, "Worker", functools.partial(Worker, choose=lambda: select.choose(backend))),
    ):
        assert hasattr(module, name)
        setattr(module, name, value)
    _count_executions(home)


def _count_executions(home: Path) -> None:
    perform = acting.perform

    def counted(action: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(action, RunCommand):
            _append(home / "executions", " ".join(action.argv))
        return perform(action, *args, **kwargs)

    setattr(acting, "perform", counted)  # noqa: B010


def _append(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


def _plant(home: Path, wanted: str, side: str, nth: int, number: signal.Signals) -> None:
    left = [nth]

    def strike() -> None:
        for pid in descendants(os.getpid()):
            _append(home / "started", f"{pid} {lock.process_start(pid)}")
        if number == signal.SIGKILL:
            os.kill(os.getpid(), number)
            time.sleep(60)
        # Not while another thread writes: with the store locked by who stands still, nobody else could go on.
        with contextlib.ExitStack() as held:
            for store in (found for found in gc.get_objects() if type(found) is Store):
                held.enter_context(getattr(store, "_side").turn)  # noqa: B009
            os.kill(os.getpid(), number)
            # The signal may be taken by another thread: this one runs on for a moment, and must not write meanwhile.
            time.sleep(0.5)

    def passing(now: str) -> None:
        if now == side:
            left[0] -= 1
            if left[0] == 0:
                strike()

    owner, name = POINTS[wanted]
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def mortal(*args: Any, **kwargs: Any) -> Any:
        passing("before")
        if side == "during":
            timer = threading.Timer(MIDDLE, passing, ("during",))
            timer.daemon = True
            timer.start()
        result = original(*args, **kwargs)
        passing("after")
        return result

    setattr(owner, name, mortal)


if __name__ == "__main__":
    sys.exit(main())
