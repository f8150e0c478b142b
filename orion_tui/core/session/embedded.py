"""A supervisor inside this process, for programs and tests that want no second one."""

import os
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from orion_tui import __version__
from orion_tui.base.clock import Clock, WorkingClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.live_settings import LiveSettings
from orion_tui.core.agent.model import ModelPort
from orion_tui.core.agent.port import open_port, supervisor_keys
from orion_tui.core.external.hub import Hub
from orion_tui.core.session import lock
from orion_tui.core.session.doorbell import Doorbell
from orion_tui.core.session.handover import Handover
from orion_tui.core.session.rooms import KEEP
from orion_tui.core.session.run import ChooseBackend
from orion_tui.core.session.supervisor import Identity, Supervisor
from orion_tui.core.session.worker import Worker
from orion_tui.core.store import Store


class EmbeddedSupervisor:
    """Supervises a home from a thread of its own for the length of a `with` block.

    Holds the same lock as the supervisor process, and takes keys at the same socket. Raises Busy on entry when another
    one runs. `models` is where questions to language models go instead of to the providers of the settings.
    """

    def __init__(
        self,
        home: OrionHome,
        clock: Clock,
        choose: ChooseBackend,
        *,
        max_running: int | None = None,
        keep_seconds: float = KEEP,
        environ: Mapping[str, str] = os.environ,
        models: ModelPort | None = None,
    ) -> None:
        """`max_running` sessions work at a time, by default as many as the settings say."""
        self._home = home
        self._clock = clock
        self._choose = choose
        self._max_running = max_running
        self._keep_seconds = keep_seconds
        self._stop = threading.Event()
        self._started = threading.Event()
        #: What was handed over, and what is found in `environ` and the usual places.
        self.keys = supervisor_keys(home, environ)
        self._settings = LiveSettings(home)
        self._models: ModelPort = models or open_port(clock, self.keys, self._settings)
        self._hub = Hub(home, lambda: self._settings.current().mcp, environ)
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
        # An answer may take minutes, and whoever leaves the block waits for it.
        self._models.close()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        handover = None
        try:
            with lock.hold(self._home.run / "supervisor.lock", __version__) as held:
                # Only now: whoever holds the lock replaces the sockets.
                self._bell = Doorbell(self._home.run)
                handover = Handover(self._home.run, self.keys)
                store = Store.open(self._home.database, clock=self._clock)
                store.start_writer()
                try:
                    with Worker(
                        self._home,
                        store,
                        WorkingClock(self._clock),
                        self._choose,
                        keep_seconds=self._keep_seconds,
                        models=self._models,
                        hub=self._hub,
                    ) as worker:
                        supervisor = Supervisor(
                            store,
                            self._clock,
                            worker,
                            owner=f"{os.getpid()}.embedded",
                            max_running=self._max_running or self._settings.running(),
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
            if handover is not None:
                handover.close()
            if self._bell is not None:
                self._bell.close()
            self._started.set()
