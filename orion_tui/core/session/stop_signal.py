"""How a worker is told to stop: at the next step, or at once."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


class StopSignal:
    """Set once, from any thread. `request` lets the step in flight finish; `abort` ends that, too."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []
        self._aborted = False

    def request(self) -> None:
        """Stop between steps."""
        self._requested.set()

    def abort(self) -> None:
        """Stop now: whatever runs in the sandbox, or is asked of a model, is ended."""
        self._requested.set()
        with self._lock:
            self._aborted = True
            # The innermost first: what it ends may stand on what the others end.
            while self._hooks:
                self._hooks.pop()()

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._requested.is_set()

    @contextmanager
    def aborting(self, hook: Callable[[], None]) -> Generator[None]:
        """While the block runs, `abort` calls `hook` (once, from the aborting thread). Blocks may be nested."""
        with self._lock:
            if self._aborted:
                hook()
            else:
                self._hooks.append(hook)
        try:
            yield
        finally:
            with self._lock:
                if hook in self._hooks:
                    self._hooks.remove(hook)
