"""A supervisor inside this process, for programs and tests that want no second one."""

import os
import threading
from types import TracebackType
from typing import Self

from orion_tui import __version__
from orion_tui.base.clock import Clock, WorkingClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import lock
from orion_tui.core.session.doorbell import Doorbell
from orion_tui.core.session.rooms import KEEP
from orion_tui.core.session.runner import ChooseBackend
from orion_tui.core.session.supervisor import Identity, Supervisor
from orion_tui.core.session.worker import Worker
from orion_tui.core.store import Store


class EmbeddedSupervisor:
    """Supervises a home from a thread of its own for the length of a `with` block.

    Holds the same lock as the supervisor process. Raises Busy on entry when another one runs.
    """

    def __init__(
        self,
        home: OrionHome,
        clock: Clock,
        choose: ChooseBackend,
        *,
        max_running: int = 4,
        keep_seconds: float = KEEP,
    ) -> None:
        self._home = home
        self._clock = clock
        self._choose = choose
        self._max_running = max_running
        self._keep_seconds = keep_seconds
        self._stop = threading.Event()
        self._started = threading.Event()
        self._bell: Doorbell | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._bell is not None:
            self._bell.ring()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        try:
            with lock.hold(self._home.run / "supervisor.lock", __version__) as held:
                # Only now: whoever holds the lock replaces the socket.
                self._bell = Doorbell(self._home.run)
                store = Store.open(self._home.database, clock=self._clock)
                store.start_writer()
                try:
                    with Worker(
                        self._home,
                        store,
                        WorkingClock(self._clock),
                        self._choose,
                        keep_seconds=self._keep_seconds,
                    ) as worker:
                        supervisor = Supervisor(
                            store,
                            self._clock,
                            worker,
                            owner=f"{os.getpid()}.embedded",
                            max_running=self._max_running,
                            bell=self._bell,
                            identity=Identity(pid=os.getpid(), version=__version__),
                            on_beat=held.keep,
                        )
                        self._started.set()
                        supervisor.run(self._stop)
                finally:
                    store.close()
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that entered the block
            self._failure = failure
        finally:
            if self._bell is not None:
                self._bell.close()
            self._started.set()
