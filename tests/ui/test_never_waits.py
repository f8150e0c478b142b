"""The interface never waits: while reads hang inside the database, and commands in the engine, keys do their work."""

import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest

from orion_tui.app import OrionApp
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.store_reads import StoreReads
from orion_tui.core.store import Reader, Store, events
from orion_tui.core.store.connection import connect
from orion_tui.screens.help import HelpScreen
from orion_tui.screens.log import LogScreen
from orion_tui.screens.palette import PaletteScreen
from orion_tui.widgets.event_list import EventList
from orion_tui.widgets.session_list import SessionList
from tests.support.many import ident, many
from tests.support.screens.drive import Drive
from tests.support.screens.fake_engine import FakeCommands, clock
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

#: Seconds after which a test that failed lets go by itself.
LET_GO = 60.0


@attrs.define
class Gate:
    """While it is shut, whoever comes to it stays."""

    _open: threading.Event = attrs.Factory(threading.Event)
    #: How many came while it was shut.
    held: int = 0

    def shut(self) -> None:
        self.held = 0
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def pass_by(self) -> int:
        """What a thread does that comes to it; 0, as SQLite wants it of a handler that does not end the query."""
        if not self._open.is_set():
            self.held += 1
            self._open.wait(LET_GO)
        return 0


class HeldReads(StoreReads):
    """Reads of a real store that hang inside SQLite while the gate is shut."""

    def __init__(self, home: OrionHome, gate: Gate) -> None:
        super().__init__(home)
        connection = connect(home.database)
        connection.set_progress_handler(gate.pass_by, 10)
        self._reader = Reader(connection, home.database)

    def close(self) -> None:
        """See Reads."""
        self._reader.close()
        super().close()


@asynccontextmanager
async def _app(home: OrionHome, gate: Gate, commands: Callable[[], FakeCommands]) -> AsyncGenerator[Drive, None]:
    gate.open()
    bridge = Bridge(lambda: HeldReads(home, gate), commands, interval=0.005)
    bridge.start()
    at = clock()
    app = OrionApp(bridge, clock=at)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            drive = Drive(app, pilot, World(), at)
            await drive.until(lambda: app.view is not None and app.view.snapshot is not None)
            yield drive
    finally:
        gate.open()
        bridge.close()


async def test_keys_work_while_every_read_hangs(tmp_path: Path) -> None:
    home, gate = many(tmp_path / "home", 300), Gate()
    async with _app(home, gate, lambda: FakeCommands(World())) as drive:
        await drive.press("2")
        await drive.until(lambda: drive.view.VIEW == "sessions")
        listed = drive.widget("#sessions", SessionList)
        await drive.until(lambda: listed.session is not None)
        gate.shut()
        with Store.open(home.database) as store, store.transaction() as tx:
            events.append(tx, ident(299), "agent.noted", "agent", {"text": "told meanwhile"})
        await drive.until(lambda: gate.held, "a read that hangs")
        await drive.press("j", "j", "j")
        assert listed.at == 3
        await drive.press("G")
        assert listed.at == 299
        await drive.press("g", "question_mark")
        assert isinstance(drive.screen, HelpScreen)
        await drive.press("escape", "ctrl+p", *"theme: light", "enter")
        assert not isinstance(drive.screen, PaletteScreen)
        assert drive.app.theme == "light"
        await drive.press("l")
        assert isinstance(drive.screen, LogScreen)
        assert "Reading ..." in drive.text
        await drive.press("slash", *"meanwhile", "enter", "escape", "escape", "l")
        log = drive.widget("#events", EventList)
        gate.open()
        await drive.until(lambda: log.event is not None)
        await drive.shows("told meanwhile")


async def test_the_app_is_left_while_every_read_hangs(tmp_path: Path) -> None:
    home, gate = many(tmp_path / "home", 30), Gate()
    async with _app(home, gate, lambda: FakeCommands(World())) as drive:
        gate.shut()
        with Store.open(home.database) as store, store.transaction() as tx:
            events.append(tx, ident(1), "agent.noted", "agent", {})
        await drive.until(lambda: gate.held)
        await drive.pilot.press("q")
        await drive.until(lambda: not drive.app.is_running)


async def test_keys_work_while_the_engine_does_not_answer(tmp_path: Path) -> None:
    home, gate, engine = many(tmp_path / "home", 300), Gate(), Gate()

    class Slow(FakeCommands):
        def wake(self) -> str:
            engine.pass_by()
            return ""

        def pause(self, session_id: str) -> None:
            engine.pass_by()

    engine.shut()
    async with _app(home, gate, lambda: Slow(World())) as drive:
        await drive.press("2")
        await drive.until(lambda: drive.view.VIEW == "sessions")
        listed = drive.widget("#sessions", SessionList)
        await drive.until(lambda: listed.session is not None)
        await drive.until(lambda: engine.held, "a look at the supervisor that hangs")
        await drive.press("p", "j", "j")
        assert listed.at == 2
        await drive.press("G")
        await drive.until(lambda: listed.session is not None and listed.session.id == ident(0))
        engine.open()
        await drive.until(lambda: not drive.app.bridge.busy)
