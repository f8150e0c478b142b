"""A supervisor with the fake sandbox in a child process that dies at a chosen instant of its work.

An instant is: before and after each change of the store, before each process that is started, and before each file
that is opened for writing, renamed, removed. They are counted from the moment the child begins to supervise.
"""

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import attrs

from orion_tui.base.clock import SystemClock
from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox.base import CommandResult
from orion_tui.core.sandbox.fake import FakeBackend, FakeCommand
from orion_tui.core.session import machine, supervisor
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.store import Store, Transaction

T = TypeVar("T")

_OPERATIONS = frozenset(
    {
        "os.rename",
        "os.link",
        "os.symlink",
        "os.remove",
        "os.mkdir",
        "os.rmdir",
        "subprocess.Popen",
        "test.instant",
        "test.change",
    }
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

#: Seconds after which a child that neither died nor ended is a failure.
_PATIENCE = 60.0


@attrs.frozen(kw_only=True)
class Life:
    """How one child ended."""

    died: bool
    #: How many instants it lived through.
    instants: int


def live(home: OrionHome, session_id: str, *, instant: int = 0, power_cut: bool = False, changes: bool = False) -> Life:
    """Supervise until the session has ended, approving what is asked, or until the instant (0: never).

    With `power_cut` every process that the child started dies with it; with `changes` only the moments right after a
    change of the store count as instants.
    """
    tally = home.root / "instants"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child uses nothing of other threads
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if _supervise(home, session_id, tally, instant, power_cut, changes) else 3
        except BaseException:  # noqa: BLE001 - a child must not go on as its parent would
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert instant
        return Life(died=True, instants=instant)
    assert os.waitstatus_to_exitcode(status) == 0
    return Life(died=False, instants=int(tally.read_text()))


def executions(home: OrionHome) -> Counter[str]:
    """How often each command was run, by a count that outlives whoever ran it."""
    path = home.root / "executions"
    return Counter(path.read_text().splitlines() if path.exists() else ())


def _supervise(home: OrionHome, session_id: str, tally: Path, instant: int, power_cut: bool, changes: bool) -> bool:
    setattr(supervisor, "POLL", 0.005)  # noqa: B010 - a constant of the module
    backend = FakeBackend(lambda command: _answer(home, command))
    seen = mortal_from_here(instant, power_cut, changes)
    engine = Engine.open(home, wake=lambda: None)
    ended = False
    deadline = time.monotonic() + _PATIENCE
    tick = threading.Event()
    with EmbeddedSupervisor(home, SystemClock(), lambda: backend):
        while not ended and time.monotonic() < deadline:
            session = engine.session(session_id)
            if session.state is SessionState.WAITING:
                answer_all(engine, session_id)
            ended = session.state not in machine.ACTIVE and not session.lease_owner
            tick.wait(0.005)
    engine.close()
    tally.write_text(str(seen()))
    return ended


def answer_all(engine: Engine, session_id: str) -> None:
    """Say yes to what is asked, unless the question is withdrawn in that moment."""
    for approval in engine.approvals(session_id):
        with contextlib.suppress(StateError):
            engine.approve(approval.id)


def _answer(home: OrionHome, command: FakeCommand) -> CommandResult:
    """What a command does: counted outside of its sandbox first, then as its name says."""
    if command.argv[0] == "git":
        return CommandResult(exit_code=0)
    line = " ".join(command.argv) + "\n"
    descriptor = os.open(home.root / "executions", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode())
    os.close(descriptor)
    sys.audit("test.instant")
    name = command.argv[-1].rpartition(" ")[2]
    if name.startswith(("make_", "test_make")):
        # Twice the same would show: it adds to what is there.
        with (command.workspace / "docs" / f"{name}.md").open("a") as file:
            file.write("made\n")
        (command.workspace / "docs" / "one.md").unlink(missing_ok=True)
        sys.audit("test.instant")
    failing = name.startswith("fail_") or name == "test_that_is_not_there"
    return CommandResult(exit_code=1 if failing else 0, output=b"out of " + name.encode())


def mortal_from_here(instant: int, power_cut: bool = False, changes: bool = False) -> Callable[[], int]:
    """Count from now on; how many there were so far."""
    count = [0]
    lock = threading.Lock()
    transact = Store.transact

    def announced(store: Store, work: Callable[[Transaction], T]) -> T:
        sys.audit("test.instant")
        result = transact(store, work)
        sys.audit("test.change")
        return result

    setattr(Store, "transact", announced)  # noqa: B010

    def before(event: str, args: tuple[Any, ...]) -> None:
        if changes and event != "test.change":
            return
        if event == "open":
            if not (isinstance(args[2], int) and args[2] & _WRITING):
                return
        elif event not in _OPERATIONS:
            return
        with lock:
            count[0] += 1
            if count[0] != instant:
                return
            if power_cut:
                for process in descendants(os.getpid()):
                    os.kill(process, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # nothing more happens in this thread

    sys.addaudithook(before)
    return lambda: count[0]


def descendants(root: int) -> list[int]:
    """Every process below this one, parents first."""
    found = [root]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in children.read_text().split())
            except OSError:
                continue
    return found[1:]
