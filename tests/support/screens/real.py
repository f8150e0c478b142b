"""The application over the real store and engine; only the application's clock stands still."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from orion_tui.app import OrionApp
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.engine_commands import EngineCommands
from orion_tui.bridge.store_reads import StoreReads
from orion_tui.core.engine import Engine
from tests.support.screens.drive import Drive
from tests.support.screens.fake_engine import clock
from tests.support.screens.world import World


@asynccontextmanager
async def orion_on(
    engine: Engine, *, size: tuple[int, int] = (120, 40), workspace: str = ""
) -> AsyncGenerator[Drive, None]:
    """The application on an engine that starts no supervisor; the engine stays open."""
    commands = EngineCommands(engine.home, engine)
    bridge = Bridge(lambda: StoreReads(engine.home), lambda: commands, interval=0.01)
    bridge.start()
    at = clock()
    app = OrionApp(bridge, clock=at, workspace=workspace)
    try:
        async with app.run_test(size=size) as pilot:
            drive = Drive(app, pilot, World(), at)
            await drive.until(lambda: app.view is not None and app.view.snapshot is not None, "the first snapshot")
            await drive.settle()
            yield drive
    finally:
        bridge.close()
