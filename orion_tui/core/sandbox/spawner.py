"""A thread that starts sandboxes and does nothing else.

bubblewrap asks the kernel to be killed when its parent dies, and the kernel means the *thread* that started it. A
session's thread may end before its sandbox is handed on; this one lives as long as the process.
"""

import os
import queue
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future

_Job = tuple[Callable[[], "subprocess.Popen[bytes]"], "Future[subprocess.Popen[bytes]]"]


class _Spawner:
    def __init__(self) -> None:
        self.owner = os.getpid()
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="sandbox-spawner", daemon=True).start()

    def _serve(self) -> None:
        while True:
            start, future = self._jobs.get()
            try:
                future.set_result(start())
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                future.set_exception(error)

    def spawn(self, start: "Callable[[], subprocess.Popen[bytes]]") -> "subprocess.Popen[bytes]":
        future: Future[subprocess.Popen[bytes]] = Future()
        self._jobs.put((start, future))
        return future.result()


_lock = threading.Lock()
_current: _Spawner | None = None


def spawn(start: "Callable[[], subprocess.Popen[bytes]]") -> "subprocess.Popen[bytes]":
    """Call `start` on the long-lived thread. Raises what it raises: OSError, ValueError, SubprocessError."""
    global _current  # noqa: PLW0603  one thread a process, made when first needed and again after a fork
    with _lock:
        if _current is None or _current.owner != os.getpid():
            _current = _Spawner()
        spawner = _current
    return spawner.spawn(start)
