"""Dying at a chosen instant: a child process that is killed before its nth operation on disk, git or journal."""

import contextlib
import errno
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from orion_tui.base.errors import OrionError
from orion_tui.core.repo import refs
from orion_tui.core.repo.journal import JournalRecord, Move, MoveState, Progress

# What the interpreter announces before it does it. Reading is no instant of interest: nothing changes by it.
_OPERATIONS = frozenset(
    {"os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}
    | {"subprocess.Popen", "shutil.rmtree", "shutil.copyfile", "test.instant"}
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class FileJournal:
    """A journal that survives its process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, move: Move) -> None:
        self._write(JournalRecord(move=move, state=MoveState.PREPARING, progress=Progress()))

    def mark(self, state: MoveState, progress: Progress | None = None) -> None:
        last = self.read()
        assert last is not None
        self._write(attrs.evolve(last, state=state, progress=last.progress if progress is None else progress))

    def _write(self, record: JournalRecord) -> None:
        sys.audit("test.instant")
        partial = self.path.with_suffix(".new")
        partial.write_bytes(pickle.dumps(record))
        partial.replace(self.path)
        sys.audit("test.instant")

    def read(self) -> JournalRecord | None:
        """The last record; None when the move never began."""
        return pickle.loads(self.path.read_bytes()) if self.path.exists() else None


def run_and_die(act: Callable[[], object], instant: int, *, power_cut: bool = False) -> bool:
    """Run `act` in a child that is killed (SIGKILL) before its operation number `instant`; whether it was.

    Operations count from the journal's first record: until then nothing of the user's has changed but spare objects.
    With `power_cut` every process that it started dies in the same moment, so that no git can clean up after itself.
    """

    def die() -> None:
        if power_cut:
            for process in _descendants():
                os.kill(process, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    return _in_child(act, instant, die)


def run_and_fail(act: Callable[[], object], instant: int, *, for_good: bool = False) -> bool:
    """Run `act` in a child whose operation number `instant` fails as on a full disk; whether it came to that.

    With `for_good` every later one fails too, those that would put things back included. `act` must end in an error
    of Orion's, or well.
    """

    def fail() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def tolerate() -> None:
        with contextlib.suppress(OrionError, OSError):
            act()

    return _in_child(tolerate, instant, fail, again=for_good)


def die_at(act: Callable[[], object], module: object, name: str) -> None:
    """Run `act` in a child that is killed when it is about to call `name` of `module`."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def armed() -> None:
        setattr(module, name, die)
        act()

    assert _in_child(armed, 0, lambda: None)


#: What the child answers when it lived and its instant came all the same.
_CAME = 7


def _in_child(act: Callable[[], object], instant: int, strike: Callable[[], None], *, again: bool = False) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child uses nothing of the other threads
        child = os.fork()
    if child == 0:
        code = 1
        try:
            came = _be_mortal(instant, strike, again)
            act()
            code = _CAME if came() else 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, _CAME}
    return code == _CAME


def _be_mortal(instant: int, strike: Callable[[], None], again: bool) -> Callable[[], bool]:
    """Count operations from now on; whether the instant has come."""
    left = [instant]
    begun = [False]
    say = getattr(refs, "_say")  # noqa: B009 - private on purpose: its two sides are the instants of the transaction

    def announced(*args: Any) -> None:
        sys.audit("test.instant")
        say(*args)
        sys.audit("test.instant")

    setattr(refs, "_say", announced)  # noqa: B010

    def before(event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(args[2], int) and bool(args[2] & _WRITING)
        begun[0] = begun[0] or event == "test.instant"
        if not begun[0] or (not writes and event not in _OPERATIONS):
            return
        left[0] -= 1
        if left[0] == 0 or (again and left[0] < 0 and instant > 0):
            strike()

    sys.addaudithook(before)
    return lambda: left[0] <= 0 < instant


def _descendants() -> list[int]:
    found = [os.getpid()]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found.extend(int(child) for child in children.read_text().split())
    return found[1:]
