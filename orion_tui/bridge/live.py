"""The bridge to the real store and the real engine."""

from typing import TYPE_CHECKING

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands, Reads


def live_bridge(home: OrionHome) -> Bridge:
    """Reads and commands of one state directory. Each thread opens what it needs when it needs it."""

    def reads() -> "Reads":
        from orion_tui.bridge.store_reads import StoreReads

        return StoreReads(home)

    def commands() -> "Commands":
        from orion_tui.bridge.engine_commands import EngineCommands

        return EngineCommands(home)

    return Bridge(reads, commands)
