"""Looks after the store while a supervisor runs: whole before any work begins, copied every hour, copies checked."""

import logging
import threading
from collections.abc import Callable

from orion_tui.base.errors import StoreError
from orion_tui.core.store import Store, backups, events
from orion_tui.core.store.faults import DamagedStore, newest_backup

#: Seconds between two copies.
EVERY = 3600.0
#: Seconds until a copy that could not be made is tried again.
AGAIN = 600.0

_log = logging.getLogger("orion.keeper")


class Keeper:
    """A thread that keeps copies. `damaged` is called (once, from it) when the store turns out to be damaged."""

    def __init__(self, store: Store, damaged: Callable[[StoreError], None]) -> None:
        self._store = store
        self._damaged = damaged
        self._stop = threading.Event()
        #: Everything up to this event is in a copy.
        self._kept = -1
        self._thread = threading.Thread(target=self._run, name="store-keeper", daemon=True)

    def start(self) -> None:
        """Begin; the first copy is made when the newest one is an hour old."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the copy in progress."""
        self._stop.set()
        self._thread.join()

    def due_in(self) -> float:
        """Seconds until the next copy is to be made, by the age of the newest one. A clock set back means now."""
        newest = newest_backup(self._store.path)
        if newest is None:
            return 0.0
        age = self._store.clock.now() - newest.stat().st_mtime
        return 0.0 if age < 0 else max(0.0, EVERY - age)

    def keep(self) -> float:
        """Make a copy if there is anything new to copy; seconds until the next look.

        Raises DamagedStore; any other trouble is told by an event and tried again.
        """
        last = events.last_seq(self._store.reader())
        if last == self._kept or not last:
            return EVERY
        try:
            target = backups.make(self._store)
        except DamagedStore:
            raise
        except StoreError as error:
            _log.error("no copy of the store: %s", error)
            data = {"reason": error.message, "hint": error.hint}
            self._store.transact(lambda tx: events.append(tx, "", "store.not_copied", "orion", data))
            return AGAIN
        self._kept = last
        _log.info("the store was copied to %s", target)
        return EVERY

    def _run(self) -> None:
        # A minute's grace: the first work of a supervisor that was just started has the disk to itself.
        wait = max(60.0, self.due_in())
        while not self._stop.wait(wait):
            try:
                wait = self.keep()
            except DamagedStore as error:
                _log.critical("%s", error)
                self._damaged(error)
                return
            except StoreError as error:
                _log.error("the store could not be looked after: %s", error)
                wait = AGAIN
