"""A thread of one's own for work that must not hold up the screen: one thing after the other, each answered."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from orion_tui.base.errors import OrionError

T = TypeVar("T")
R = TypeVar("R")


class Lane(Generic[T]):
    """Runs jobs on one subject that is made in the lane's thread, on first use.

    `answer` is called in that thread with the ticket and what came: a value or an error.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], T],
        answer: Callable[[int, object], None],
        close: Callable[[T], None],
    ) -> None:
        self._make = make
        self._close = close
        self._answer = answer
        self._jobs: queue.SimpleQueue[tuple[int, Callable[[T], object]] | None] = queue.SimpleQueue()
        self._tickets = 0
        self._answered = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._started = False

    def ask(self, job: Callable[[T], object]) -> int:
        """Queue a job; its answer carries the ticket returned here."""
        self._tickets += 1
        if not self._started:
            self._started = True
            self._thread.start()
        self._jobs.put((self._tickets, job))
        return self._tickets

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits its turn."""
        return self._answered < self._tickets

    def stop(self, timeout: float) -> bool:
        """Finish what is queued, then end; False when that takes longer than `timeout` seconds."""
        if not self._started:
            return True
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        subject: T | None = None
        while (item := self._jobs.get()) is not None:
            ticket, job = item
            try:
                if subject is None:
                    subject = self._make()
                result: object = job(subject)
            except OrionError as error:
                result = error
            except Exception as error:  # noqa: BLE001 - the thread's outermost edge: the screen says it, nothing is swallowed
                result = error
            self._answered += 1
            self._answer(ticket, result)
        if subject is not None:
            self._close(subject)
