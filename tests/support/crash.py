"""Dying at a chosen instant: a child process that is killed before its nth operation on disk, git or journal."""

import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child uses nothing of the other threads
        child = os.fork()
    if child == 0:
        code = 1
        try:
            _be_mortal(instant, power_cut)
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _be_mortal(instant: int, power_cut: bool) -> None:
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
        if left[0] == 0:
            if power_cut:
                for process in _descendants():
                    os.kill(process, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(before)


def _descendants() -> list[int]:
    found = [os.getpid()]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found.extend(int(child) for child in children.read_text().split())
    return found[1:]
