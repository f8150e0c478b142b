"""Room on a disk that is full: what lies in the trash goes first, the oldest of it, until there is enough."""

import shutil
from collections.abc import Callable

from orion_tui.base.clock import Clock
from orion_tui.base.paths import OrionHome
from orion_tui.core.store import Store, trash
from orion_tui.core.timeline.retention import Item, What
from orion_tui.core.timeline.upkeep import Upkeep

REASON = "the disk is full"


def make_room(
    home: OrionHome, store: Store, clock: Clock, *, enough: int, free: Callable[[], int] | None = None
) -> int:
    """Purge the trash, oldest first, until `enough` bytes are free; how many entries went.

    Work that is not in the trash stays, whatever the disk says. `free` tells the free bytes.
    """
    look = free or (lambda: shutil.disk_usage(home.root).free)
    upkeep = Upkeep(home=home, store=store, clock=clock)
    purged = 0
    for entry in trash.there(store.reader()):
        if look() >= enough:
            break
        item = Item(what=What.TRASH, session_id=entry.session_id, number=entry.id, reason=REASON)
        purged += len(upkeep.carry_out([item]))
    return purged
