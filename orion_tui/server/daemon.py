"""The supervisor process: `python -m orion_tui.server.daemon`, started on demand or by a service manager."""

import logging
import logging.handlers
import os
import signal
import sys
import threading
from collections.abc import Callable

from orion_tui import __version__
from orion_tui.base.clock import SystemClock
from orion_tui.base.errors import Busy, OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis.secrets.warm import warm
from orion_tui.core.session import lock
from orion_tui.core.session.leftovers import remove_leftovers
from orion_tui.core.session.supervisor import Supervisor, announce
from orion_tui.core.session.worker import Worker
from orion_tui.core.shipping.promotion import recover_promotions
from orion_tui.core.store import Store
from orion_tui.core.timeline import upkeep
from orion_tui.core.timeline.refs import settle

#: Seconds without a running session after which a supervisor that was started on demand ends.
IDLE_EXIT = 900.0

#: Seconds after which the scanner's rules are compiled; a scan that comes earlier compiles them itself.
WARM_AFTER = 30.0

#: Seconds between two looks for what ended sessions have left in a container engine.
TIDY_EVERY = 3600.0

_log = logging.getLogger("orion.supervisor")


def main() -> int:
    """Supervise until told to stop; the exit code is that of the error that ended it.

    With `--detach` the command ends as soon as the supervisor it leaves behind is ready.
    """
    os.umask(0o077)
    ready = _detach() if "--detach" in sys.argv[1:] else lambda: None
    try:
        home = OrionHome.from_environment()
        home.prepare()
        _set_up_log(home)
        with lock.hold(home.run / "supervisor.lock", __version__):
            _supervise(home, ready)
    except Busy:
        ready()  # two front ends started one each; the other one won, which is what both wanted
    except OrionError as error:
        _log.error("%s", error)
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _detach() -> Callable[[], None]:
    """Go on in a child of nobody's; the calling process ends when what is returned is called, or the child ends."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        os._exit(0 if os.read(reader, 1) else 1)
    os.close(reader)

    def ready() -> None:
        os.write(writer, b"+")
        os.close(writer)

    return ready


def _supervise(home: OrionHome, ready: Callable[[], None]) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: stop.set())
    clock = SystemClock()
    store = Store.open(home.database, clock=clock)
    owner = f"{os.getpid()}.{lock.process_start(os.getpid())}"
    try:
        store.start_writer()
        announce(store, "supervisor.started", owner)
        for outcome in recover_promotions(home, store):
            _log.warning(
                "promotion of session %s: %s", outcome.move.session_id, "; ".join(outcome.notes) or outcome.state
            )
        settle(home, store)
        ready()
        for name in remove_leftovers(home, store.reader(), clock.now()):
            _log.info("removed %s, which a submission that was cut short had left behind", home.sessions / name)
        threading.Thread(target=_tidy, args=(home, store, stop), name="reconcile", daemon=True).start()
        threading.Thread(target=_warm, args=(home, stop), name="scanner-rules", daemon=True).start()
        kept_up = upkeep.start(home, store, clock, stop)
        with Worker(home, store, clock) as worker:
            Supervisor(store, clock, worker, owner=owner).run(stop, idle_exit=IDLE_EXIT)
        stop.set()
        kept_up()
        announce(store, "supervisor.stopped", owner)
        store.stop_writer()
    finally:
        store.close()


def _warm(home: OrionHome, stop: threading.Event) -> None:
    """Compile the scanner's rules once work has had its start: ten seconds of one core, spared the first promotion."""
    if not stop.wait(WARM_AFTER):
        warm(home.cache)


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
