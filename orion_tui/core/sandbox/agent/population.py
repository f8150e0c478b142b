"""Who else is there under this uid, and ending all of them.

As PID 1 of a pid namespace there is nothing to do: the kernel ends everything with it, and every orphan is its child.
Started into a namespace that another process holds together, this one makes sure itself: `kill(-1)` reaches every
process of its uid but itself, and `/proc` tells whether one is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import NoReturn


class Population:
    """The processes of one pid namespace, seen from a server in it."""

    def __init__(self, holder: int | None) -> None:
        """`holder` is the uid of the process that holds the namespace together; None where this one does.

        Ends this process where that is not so: in somebody else's namespace, killing everything of this uid would
        strike those who have nothing to do with it.
        """
        self._own = os.getpid()
        self._uid = os.getuid()
        if self._own != 1 and _uid_of(1) != holder:
            sys.exit("the process namespace is not the sandbox's own")
        #: Of other uids, and there as long as the namespace is: they hold it together.
        self._holders = frozenset(pid for pid in _pids() if pid != self._own and not self._is_ours(pid))

    def end(self) -> int:
        """Kill whatever is left of this uid, and wait until nothing is: how many there were."""
        if self._own == 1:
            return 0
        found: set[int] = set()
        while left := self._left():
            found |= left
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.001)
        return len(found)

    def leave(self) -> NoReturn:
        """End everything, this process last, whatever fails: the host then ends the namespace."""
        try:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            self.end()
        finally:
            os._exit(0)

    def _left(self) -> set[int]:
        """Living processes of this uid. Who owns a directory of `/proc` does not tell: a process can change that."""
        return {pid for pid in _pids() if pid != self._own and pid not in self._holders and self._is_ours(pid)}

    def _is_ours(self, pid: int) -> bool:
        try:
            with open(f"/proc/{pid}/status", "rb") as file:
                text = file.read()
        except (FileNotFoundError, ProcessLookupError):
            return False  # it is gone; whatever else prevents a look does not say so
        uids = text.partition(b"\nUid:")[2].split(b"\n")[0].split()
        state = text.partition(b"\nState:")[2].split()[:1]
        return str(self._uid).encode() in uids and state not in ([b"Z"], [b"X"])


def _uid_of(pid: int) -> int:
    with open(f"/proc/{pid}/status", "rb") as file:
        return int(file.read().partition(b"\nUid:")[2].split()[0])


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
