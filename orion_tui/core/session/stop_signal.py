"""How a worker is told to stop: at the next step, or at once."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


class StopSignal:
    """Set once, from any thread. `request` lets the step in flight finish; `abort` ends that, too."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._lock = threading.Lock()
        self._hook: Callable[[], None] | None = None
        self._aborted = False

    def request(self) -> None:
        """Stop between steps."""
        self._requested.set()

    def abort(self) -> None:
        """Stop now: whatever runs in the sandbox is ended."""
        self._requested.set()
        with self._lock:
            self._aborted = True
            if self._hook is not None:
                self._hook()
                self._hook = None

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._requested.is_set()

    @contextmanager
    def aborting(self, hook: Callable[[], None]) -> Generator[None]:
        """While the block runs, `abort` calls `hook` (once, from the aborting thread)."""
        with self._lock:
            if self._aborted:
                hook()
            else:
                self._hook = hook
        try:
            yield
        finally:
            with self._lock:
                self._hook = None
