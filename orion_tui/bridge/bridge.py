"""The bridge the application holds: one reading thread, one lane for pages, one for commands, one for slow looks."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from orion_tui.base.errors import OrionError
from orion_tui.bridge.lane import Lane
from orion_tui.bridge.reader import INTERVAL, ReaderThread
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.core.store.faults import LockedStore

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands, Reads

#: Seconds that leaving the app waits for a command in progress (a promotion finishes or is restored, never torn).
COMMAND_PATIENCE = 60.0


class Bridge:
    """Owned by the application; nothing here blocks the caller except `close`."""

    def __init__(
        self,
        open_reads: "Callable[[], Reads]",
        open_commands: "Callable[[], Commands]",
        close_commands: Callable[[], None] | None = None,
        *,
        interval: float = INTERVAL,
        now: Callable[[], float] = time.time,
        read_only: bool = False,
    ) -> None:
        #: Whether everything that changes something is refused behind it; screens then do not offer it.
        self.read_only = read_only
        self._on_snapshot: Callable[[Snapshot], None] | None = None
        self._on_failure: Callable[[OrionError], None] | None = None
        self._on_answer: Callable[[int, object], None] | None = None
        self._failure: OrionError | None = None
        #: Answers that came before anybody listened.
        self._early: list[tuple[int, object]] = []
        self._turn = threading.Lock()
        self._reader = ReaderThread(open_reads, self._snapshot, self._fail, interval=interval, now=now)
        close = close_commands or (lambda: None)
        # Tickets of the three lanes must not meet.
        self._commands: Lane[Commands] = Lane(
            "orion-commands", open_commands, lambda n, result: self._answer(3 * n, result), lambda _: close()
        )
        self._looks: Lane[Commands] = Lane(
            "orion-looks", open_commands, lambda n, result: self._answer(3 * n + 1, result), lambda _: close()
        )
        self._pages: Lane[Reads] = Lane(
            "orion-pages", open_reads, lambda n, result: self._answer(3 * n + 2, result), lambda reads: reads.close()
        )

    _closed = False

    def start(self) -> None:
        """Begin reading; what is read or answered before `connect` is kept."""
        self._reader.start()

    def connect(
        self,
        on_snapshot: Callable[[Snapshot], None],
        on_answer: Callable[[int, object], None],
        on_failure: Callable[[OrionError], None],
    ) -> None:
        """Where results go; called from the bridge's threads."""
        with self._turn:
            early, self._early = self._early, []
            self._on_answer = on_answer
        for ticket, result in early:
            on_answer(ticket, result)
        self._on_failure = on_failure
        self._on_snapshot = on_snapshot
        if self._failure is not None:
            on_failure(self._failure)

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot, None before the first."""
        return self._reader.latest

    def watch(self, interest: Interest) -> None:
        """What the screen in front wants read."""
        self._reader.watch(interest)

    def command(self, job: "Callable[[Commands], object]") -> int:
        """Do something; the answer comes with this ticket."""
        return 3 * self._commands.ask(job)

    def look(self, job: "Callable[[Commands], object]") -> int:
        """Look at something that takes its time; the answer comes with this ticket."""
        return 3 * self._looks.ask(job) + 1

    def page(self, job: "Callable[[Reads], object]") -> int:
        """Read a page, or a piece of a search; the answer comes with this ticket."""
        return 3 * self._pages.ask(job) + 2

    @property
    def busy(self) -> bool:
        """Whether a command is being carried out or waits its turn."""
        return self._commands.busy

    def close(self) -> bool:
        """Stop the threads, waiting for a command in progress; False when one is still at it."""
        self._closed = True
        self._on_snapshot = self._on_answer = self._on_failure = None
        self._reader.stop()
        self._looks.stop(1.0)
        self._pages.stop(1.0)
        return self._commands.stop(COMMAND_PATIENCE)

    def _snapshot(self, snapshot: Snapshot) -> None:
        if self._on_snapshot is not None:
            self._on_snapshot(snapshot)

    def _answer(self, ticket: int, result: object) -> None:
        with self._turn:
            listener = self._on_answer
            if listener is None and not self._closed:
                self._early.append((ticket, result))
        if listener is not None:
            listener(ticket, result)

    def _fail(self, error: OrionError) -> None:
        if not isinstance(error, LockedStore):
            self._failure = error
        if self._on_failure is not None:
            self._on_failure(error)
