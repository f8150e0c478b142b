"""Putting the last good copy of the store in the place of a damaged one, when nobody is at work with it."""

import contextlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import attrs

from orion_tui import __version__
from orion_tui.base.clock import Clock
from orion_tui.base.errors import Busy, StateError, StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import lock
from orion_tui.core.session.status import LOCK
from orion_tui.core.store import Store, backups, events
from orion_tui.core.store.faults import DamagedStore, backups_of


@attrs.frozen(kw_only=True)
class Prospect:
    """What a restore would do."""

    #: What is wrong with the store as it is; empty when nothing is.
    damage: str
    #: The newest copy that is whole, with the time it was made (seconds since the epoch); None where there is none.
    copy: Path | None
    made_at: float = 0.0
    #: Newer copies that are damaged, too.
    passed_over: int = 0


@attrs.frozen(kw_only=True)
class Restored:
    """What was done."""

    copy: Path
    #: Where the damaged store lies now.
    aside: Path
    made_at: float


def prospect(home: OrionHome) -> Prospect:
    """Look at the store and its copies, each from end to end; nothing is changed."""
    damage = ""
    if home.database.exists():
        try:
            with Store.open(home.database) as store:
                store.quick_check()
        except DamagedStore as error:
            damage = error.message
    else:
        damage = f"{home.database} is not there"
    copies = sorted(backups_of(home.database).glob("orion-*.db"), reverse=True)
    whole = backups.sound(home.database)
    if not whole:
        return Prospect(damage=damage, copy=None, passed_over=len(copies))
    newest = whole[0]
    return Prospect(damage=damage, copy=newest, made_at=newest.stat().st_mtime, passed_over=copies.index(newest))


def restore(home: OrionHome, clock: Clock) -> Restored:
    """Do it, and leave an event that says so. The damaged store is kept.

    Raises Busy when a supervisor or another Orion has the store open, StateError when the store is whole, StoreError
    when there is no sound copy. Nothing was changed then.
    """
    with _alone(home):
        found = prospect(home)
        if not found.damage:
            raise StateError(f"{home.database} is whole: nothing is to be restored")
        before = set(home.root.glob("damaged-*"))
        source = backups.restore(home.database)
        made_at = source.stat().st_mtime
        (aside,) = set(home.root.glob("damaged-*")) - before or {home.root}
        with Store.open(home.database, clock=clock) as store:
            store.quick_check()
            data = {"copy": source.name, "aside": aside.name, "made_at": made_at, "damage": found.damage}
            store.transact(lambda tx: events.append(tx, "", "store.restored", "user", data))
    return Restored(copy=source, aside=aside, made_at=made_at)


@contextmanager
def _alone(home: OrionHome) -> Generator[None]:
    """With the supervisor's lock held, so that none begins; and nobody else's hand on the file."""
    if not home.run.is_dir():
        raise StoreError(f"there is no store in {home.root}", hint="ORION_HOME names another place?")
    with lock.hold(home.run / LOCK, __version__):
        if others := _users_of(home.database):
            raise Busy(
                f"the store is open in {len(others)} other process{'es' if len(others) > 1 else ''}",
                hint="close every orion-tui and orion, then try again",
                problems=tuple(others),
            )
        yield


def _users_of(path: Path) -> list[str]:
    """Other processes of this user that have the file open, as `process 12: orion-tui`."""
    wanted = str(path.resolve())
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if any(str(entry.readlink()) == wanted for entry in (process / "fd").iterdir()):
                name = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                found.append(f"process {process.name}: {name[:100]}")
    return found
