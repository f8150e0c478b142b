"""The bridge to the real store and the real engine."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands, Reads


def live_bridge(home: OrionHome, *, read_only: bool = False) -> Bridge:
    """Reads and commands of one state directory. Each thread opens what it needs when it needs it.

    A bridge that is `read_only` changes nothing, whatever it is asked: see `bridge.read_only`.
    """
    engine = _SharedEngine(lambda: _commands(home, read_only=read_only))

    def reads() -> "Reads":
        from orion_tui.bridge.store_reads import StoreReads

        if not read_only:
            return StoreReads(home)
        from orion_tui.core.store.looking import LookingStore

        return StoreReads(home, store=LookingStore.open(home.database))

    return Bridge(reads, engine.take, engine.leave, read_only=read_only)


def _commands(home: OrionHome, *, read_only: bool) -> "Commands":
    if read_only:
        from orion_tui.bridge.read_only import Lookout

        return cast("Commands", Lookout(home))
    from orion_tui.bridge.engine_commands import EngineCommands

    return EngineCommands(home)


class _SharedEngine:
    """One engine for both lanes: made when the first asks, closed when the last has left."""

    def __init__(self, make: "Callable[[], Commands]") -> None:
        self._make = make
        self._turn = threading.Lock()
        self._engine: Commands | None = None
        self._users = 0

    def take(self) -> "Commands":
        """The engine; each lane takes it once."""
        with self._turn:
            if self._engine is None:
                self._engine = self._make()
            self._users += 1
            return self._engine

    def leave(self) -> None:
        """A lane has ended."""
        with self._turn:
            self._users -= 1
            if not self._users and self._engine is not None:
                self._engine.close()
                self._engine = None
