"""Opening a store that an older version may still be at work with (HOME-7)."""

from orion_tui.base.clock import Clock
from orion_tui.base.paths import OrionHome
from orion_tui.core.session.leaving import Tell, unheard
from orion_tui.core.store import Store
from orion_tui.core.store.migrate import UpgradeWaits


def open_store(home: OrionHome, clock: Clock | None = None, tell: Tell = unheard) -> Store:
    """The store, brought to this version's format; a supervisor of an older version is drained and replaced first.

    Raises StoreError as `Store.open` does; UpgradeWaits when the old supervisor is still finishing a step.
    """
    try:
        return Store.open(home.database, clock=clock)
    except UpgradeWaits:
        from orion_tui.core.session import launch

        # What takes over opens the store, and changes its format as the only one at work with it.
        launch.ensure(home, tell=tell)
        return Store.open(home.database, clock=clock)
