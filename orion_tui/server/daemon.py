"""The supervisor process: `python -m orion_tui.server.daemon`, started on demand or by a service manager.

--detach    end as soon as the supervisor that is left behind is ready; the exit code is that of its start
--succeed   stand by until the supervisor that runs has ended, then take over
--service   run for a service manager: stand by as above, and never end for want of work
"""

import contextlib
import logging
import logging.handlers
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import attrs

from orion_tui import __version__
from orion_tui.base.clock import SystemClock, WorkingClock
from orion_tui.base.errors import Busy, OrionError, StateError, StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent import proxies
from orion_tui.core.agent.gateway import Gateway
from orion_tui.core.agent.keys import Keys
from orion_tui.core.agent.live_settings import LiveSettings
from orion_tui.core.agent.port import load_libraries, open_port, supervisor_keys
from orion_tui.core.external.hub import Hub
from orion_tui.core.session import lock
from orion_tui.core.session.doorbell import Doorbell
from orion_tui.core.session.handover import Handover
from orion_tui.core.session.keeper import Keeper
from orion_tui.core.session.leftovers import remove_leftovers
from orion_tui.core.session.patience import LAST_WORDS
from orion_tui.core.session.status import LOCK
from orion_tui.core.session.supervisor import Identity, Supervisor, announce
from orion_tui.core.session.worker import Worker
from orion_tui.core.store import Store, promotions, sessions
from orion_tui.core.timeline import upkeep
from orion_tui.core.timeline.refs import settle
from orion_tui.server.notify import ServiceManager

#: Seconds without a running session after which a supervisor that was started on demand ends.
IDLE_EXIT = 900.0

#: Seconds after which the scanner's rules are compiled; a scan that comes earlier compiles them itself.
WARM_AFTER = 30.0

#: Seconds between two looks for what ended sessions have left in a container engine.
TIDY_EVERY = 3600.0

#: Seconds that a successor stands by for its predecessor's last steps, and between its tries.
STAND_BY = 3600.0
TRY_EVERY = 0.1

_log = logging.getLogger("orion.supervisor")

#: Called once, with the exit code of the start: 0 when the supervisor is ready.
Ready = Callable[[int], None]


def main() -> int:
    """Supervise until told to stop; the exit code is that of the error that ended it."""
    os.umask(0o077)
    # Keys are in this process' memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    arguments = frozenset(sys.argv[1:])
    manager = ServiceManager()
    ready = _detach() if "--detach" in arguments else _unheard
    service = "--service" in arguments
    try:
        home = OrionHome.from_environment()
        home.prepare()
        _set_up_log(home)
        turn = (
            _stand_by(home, manager) if service or "--succeed" in arguments else lock.hold(home.run / LOCK, __version__)
        )
        with turn as held:
            _Supervision(home=home, held=held, ready=ready, manager=manager, service=service).run()
    except Busy:
        ready(0)  # two front ends started one each; the other one won, which is what both wanted
    except OrionError as error:
        _log.error("%s", error)
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        ready(error.exit_code)
        return error.exit_code
    return 0


def _unheard(code: int) -> None:
    """Nobody waits for the start."""


def _detach() -> Ready:
    """Go on in a child of nobody's; the calling process ends when what is returned is called, or the child ends."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        said = os.read(reader, 1)
        os._exit(said[0] if said else 1)
    os.close(reader)

    def ready(code: int) -> None:
        # Whoever waited may have lost patience.
        with contextlib.suppress(OSError):
            os.write(writer, bytes([code]))
            os.close(writer)

    return ready


@contextmanager
def _stand_by(home: OrionHome, manager: ServiceManager) -> Generator[lock.Held]:
    """The supervisor's lock, as soon as its holder has ended. Raises Busy when another process stands by already."""
    with contextlib.ExitStack() as stack:
        # One is enough, however many front ends ask for a successor; it makes room once it is the supervisor.
        with lock.hold(home.run / "successor.lock", __version__):
            deadline = time.monotonic() + STAND_BY
            told = False
            while True:
                try:
                    held = stack.enter_context(lock.hold(home.run / LOCK, __version__))
                    break
                except Busy as busy:
                    if time.monotonic() >= deadline:
                        raise StateError(f"{busy.message}, and did not end", hint=busy.hint) from busy
                    if not told:
                        told = True
                        manager.status(f"stands by: {busy.message}")
                        manager.ready()
                    time.sleep(TRY_EVERY)
        yield held


@attrs.define(kw_only=True)
class _Supervision:
    """The life of the one supervisor."""

    home: OrionHome
    held: lock.Held
    ready: Ready
    manager: ServiceManager
    service: bool
    _stop: threading.Event = attrs.field(factory=threading.Event, init=False)
    _failure: StoreError | None = attrs.field(default=None, init=False)
    _handover: Handover = attrs.field(init=False)

    def run(self) -> None:
        """From the check of the store to the last step. Raises StoreError when the store is, or becomes, unusable."""
        bell = Doorbell(self.home.run)
        keys = supervisor_keys(self.home, os.environ)
        proxies.take_in(keys.file, os.environ)
        # Before anybody is told that this one is ready: who started it has a key to hand over.
        self._handover = Handover(self.home.run, keys)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: self._end(bell))
        clock = SystemClock()
        store = Store.open(self.home.database, clock=clock)
        try:
            # Nothing is built on a store that is not whole.
            store.quick_check()
            self._supervise(store, clock, bell, keys)
        finally:
            self._handover.close()
            bell.close()
            store.close()
        if self._failure is not None:
            raise self._failure

    def _supervise(self, store: Store, clock: SystemClock, bell: Doorbell, keys: Keys) -> None:
        owner = f"{os.getpid()}.{lock.process_start(os.getpid())}"
        store.start_writer()
        announce(store, "supervisor.started", owner)
        if promotions.unfinished(store.reader()):
            _recover(self.home, store)
        settle(self.home, store)
        self.ready(0)
        self.manager.ready()
        self.manager.status(f"version {__version__}, supervises {self.home.root}")
        for name in remove_leftovers(self.home, store.reader(), clock.now()):
            _log.info("removed %s, which a submission that was cut short had left behind", self.home.sessions / name)
        keeper = Keeper(store, lambda error: self._give_up(error, bell))
        keeper.start()
        threading.Thread(target=_tidy, args=(self.home, store, self._stop), name="reconcile", daemon=True).start()
        threading.Thread(target=self._warm, name="scanner-rules", daemon=True).start()
        kept_up = upkeep.start(self.home, store, clock, self._stop)
        settings = LiveSettings(self.home)
        models = open_port(clock, keys, settings)
        threading.Thread(target=_load_libraries, args=(store, settings), name="model-libraries", daemon=True).start()
        threading.Thread(target=self._call_off, args=(models,), name="last-words", daemon=True).start()
        # What a role may run is counted in time that the machine was awake.
        hub = Hub(self.home, lambda: settings.current().mcp)
        with Worker(self.home, store, WorkingClock(clock), models=models, hub=hub) as worker:
            Supervisor(
                store,
                clock,
                worker,
                owner=owner,
                max_running=settings.running(),
                bell=bell,
                identity=Identity(pid=os.getpid(), version=__version__, how="service" if self.service else "on demand"),
                on_beat=self._beaten,
                # A key that was handed over is nowhere else: whoever gave it would have to come again.
                needed=lambda: bool(keys.handed() and sessions.models_in_use(store.reader())),
            ).run(self._stop, idle_exit=None if self.service else IDLE_EXIT)
        self._stop.set()
        models.close()
        kept_up()
        keeper.stop()
        if self._failure is None:
            announce(store, "supervisor.stopped", owner)
        store.stop_writer()

    def _end(self, bell: Doorbell) -> None:
        self._stop.set()
        self.manager.stopping()
        # From here on the successor takes keys; they would be lost with this process.
        self._handover.turn_away()
        bell.ring()

    def _give_up(self, error: StoreError, bell: Doorbell) -> None:
        """The store is damaged: whatever were written now would be lost, or make it worse."""
        self._failure = error
        self._end(bell)

    def _beaten(self) -> bool:
        self.manager.alive()
        return self.held.keep()

    def _call_off(self, models: Gateway) -> None:
        """Once this one is to end, let answers that are under way come in for a moment, for they are paid for."""
        self._stop.wait()
        time.sleep(LAST_WORDS)
        models.close()

    def _warm(self) -> None:
        """Compile the scanner's rules once work has had its start: ten seconds, spared the first promotion."""
        if not self._stop.wait(WARM_AFTER):
            from orion_tui.core.aegis.secrets.warm import warm

            warm(self.home.cache)


def _recover(home: OrionHome, store: Store) -> None:
    """Complete or take back what was cut short."""
    # Imported for that alone: a sixth of all that a supervisor imports, while somebody waits for its first question.
    from orion_tui.core.shipping.promotion import recover_promotions

    for outcome in recover_promotions(home, store):
        _log.warning("promotion of session %s: %s", outcome.move.session_id, "; ".join(outcome.notes) or outcome.state)


def _load_libraries(store: Store, settings: LiveSettings) -> None:
    """Where some session asks a model, have its libraries ready before it does."""
    try:
        if models := sessions.models_in_use(store.reader()):
            load_libraries(models, settings)
    except StoreError as error:
        _log.warning("the models of the sessions could not be read: %s", error.message)


def _tidy(home: OrionHome, store: Store, stop: threading.Event) -> None:
    """Remove what sessions that are gone have left in a container engine: now, and every hour."""
    from orion_tui.core.session.strays import remove_strays

    while True:
        try:
            removed = remove_strays(home, store)
            if removed.containers or removed.volumes:
                _log.info("removed %d containers and %d volumes of ended sessions", removed.containers, removed.volumes)
        except OrionError as error:
            _log.info("the container engine was not looked through: %s", error.message)
        if stop.wait(TIDY_EVERY):
            return


def _set_up_log(home: OrionHome) -> None:
    handler = logging.handlers.RotatingFileHandler(home.logs / "orion.log", maxBytes=50 * 1024 * 1024, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("orion").setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main())
