"""The bridge to the real store and the real engine."""

import threading
from typing import TYPE_CHECKING

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge

if TYPE_CHECKING:
    from orion_tui.bridge.engine_commands import EngineCommands
    from orion_tui.bridge.port import Commands, Reads


def live_bridge(home: OrionHome) -> Bridge:
    """Reads and commands of one state directory. Each thread opens what it needs when it needs it."""
    engine = _SharedEngine(home)

    def reads() -> "Reads":
        from orion_tui.bridge.store_reads import StoreReads

        return StoreReads(home)

    return Bridge(reads, engine.take, engine.leave)


class _SharedEngine:
    """One engine for both lanes: made when the first asks, closed when the last has left."""

    def __init__(self, home: OrionHome) -> None:
        self._home = home
        self._turn = threading.Lock()
        self._engine: EngineCommands | None = None
        self._users = 0

    def take(self) -> "Commands":
        """The engine; each lane takes it once."""
        from orion_tui.bridge.engine_commands import EngineCommands

        with self._turn:
            if self._engine is None:
                self._engine = EngineCommands(self._home)
            self._users += 1
            return self._engine

    def leave(self) -> None:
        """A lane has ended."""
        with self._turn:
            self._users -= 1
            if not self._users and self._engine is not None:
                self._engine.close()
                self._engine = None
