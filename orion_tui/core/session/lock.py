"""One supervisor a user: an advisory lock that a restart, a recycled pid or a deleted file cannot fool.

The lock is `flock` on `run/supervisor.lock`, held for the life of the process: the kernel drops it however the process
ends. After taking it the path is looked at again, since someone may have replaced the file between open and lock.
"""

import fcntl
import json
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from orion_tui.base.errors import Busy


@attrs.frozen(kw_only=True)
class Holder:
    """Who holds the lock: enough to tell a process from a later one with the same pid."""

    pid: int
    #: Clock ticks since boot at which the process started (field 22 of /proc/<pid>/stat), 0 where unknown.
    started: int
    boot: str
    version: str


def process_start(pid: int) -> int:
    """When process `pid` started, in clock ticks since boot; 0 when it has ended or the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    # A zombie has ended; only its parent has not asked how.
    return 0 if fields[0] in {"Z", "X"} else int(fields[19])


def boot_id() -> str:
    """A name for this boot of the machine; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def stopped(pid: int) -> bool:
    """Whether the process stands still by a signal (SIGSTOP, a debugger): it exists, and will answer nobody."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] in {"T", "t"}


def signal_to(holder: "Holder", number: int) -> bool:
    """Send a signal to exactly that process; False when it has ended.

    A descriptor of the process comes first and its identity is checked after: the pid cannot be given anew in between.
    """
    try:
        descriptor = os.pidfd_open(holder.pid)
    except ProcessLookupError:
        return False
    except (AttributeError, OSError):  # a kernel without them
        if not alive(holder.pid, holder.started, holder.boot):
            return False
        os.kill(holder.pid, number)
        return True
    try:
        if not alive(holder.pid, holder.started, holder.boot):
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def alive(pid: int, started: int, boot: str) -> bool:
    """Whether that very process still runs: same boot, same pid, same start."""
    return boot == boot_id() and started != 0 and process_start(pid) == started


def gone(path: Path, who: Holder) -> bool:
    """Whether that holder has ended and its lock is free, or another one's.

    The first thread of a killed process can be gone while others still hold its files open: then the lock lives on.
    """
    return not alive(who.pid, who.started, who.boot) and holder(path) != who


class Held:
    """A lock that this process holds, for as long as its file is the one at its path."""

    def __init__(self, path: Path, descriptor: int, me: Holder) -> None:
        self._path = path
        self._descriptor = descriptor
        self._me = me
        self._sign()

    @property
    def pid(self) -> int:
        """This process."""
        return self._me.pid

    def keep(self) -> bool:
        """Whether it is still ours; where its file was removed or replaced it is taken anew.

        False when somebody else has the file that is there now: then two believe to be the one, and this one must end.
        """
        if _same_file(self._descriptor, self._path):
            return True
        try:
            fresh = _take(self._path)
        except (Busy, OSError):
            return False
        os.close(self._descriptor)
        self._descriptor = fresh
        self._sign()
        return True

    def release(self) -> None:
        """Let go."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _sign(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(attrs.asdict(self._me)).encode("ascii"), 0)


@contextmanager
def hold(path: Path, version: str) -> Generator[Held]:
    """Hold the lock for the length of the block.

    Raises Busy, naming the holder, when another process has it.
    """
    me = Holder(pid=os.getpid(), started=process_start(os.getpid()), boot=boot_id(), version=version)
    held = Held(path, _take(path), me)
    try:
        yield held
    finally:
        held.release()


def _take(path: Path) -> int:
    """A descriptor that has the lock on the file at `path`. Raises Busy."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            if (other := holder(path)) is None:
                continue  # someone only looked: `holder` takes the lock shared for an instant
            named = f" (process {other.pid})" if other.pid else ""
            raise Busy(f"another supervisor is running{named}", hint="'orion daemon status' shows it") from None
        if _same_file(descriptor, path):
            return descriptor
        os.close(descriptor)


def holder(path: Path) -> Holder | None:
    """Who holds the lock now; None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _parse(os.pread(descriptor, 4096, 0))
        return None
    finally:
        os.close(descriptor)


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _parse(data: bytes) -> Holder:
    try:
        fields: dict[str, Any] = json.loads(data)
        return Holder(**fields)
    except (ValueError, TypeError):
        # The lock is held and its holder has not written its name yet.
        return Holder(pid=0, started=0, boot="", version="")
