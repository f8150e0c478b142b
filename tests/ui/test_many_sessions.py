"""The list of sessions with none, one, fifty and ten thousand of them: what is read does not grow with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.strip import Strip

from orion_tui.app import OrionApp
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.coming import Coming
from orion_tui.bridge.session_pager import PAGE, PAGES
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import Store, sessions
from orion_tui.widgets.session_list import SessionList
from tests.support.many import SESSIONS, ident, many
from tests.support.million import Counted, CountingReads
from tests.support.screens.drive import Drive
from tests.support.screens.fake_engine import FakeCommands, clock
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> OrionHome:
    return many(tmp_path_factory.mktemp("many") / "home")


@asynccontextmanager
async def _list(home: OrionHome, counted: Counted) -> AsyncGenerator[tuple[Drive, SessionList], None]:
    world = World()
    bridge = Bridge(lambda: CountingReads(home, counted), lambda: FakeCommands(world), interval=0.005)
    bridge.start()
    at = clock()
    app = OrionApp(bridge, clock=at)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            drive = Drive(app, pilot, world, at)
            await drive.until(lambda: app.view is not None and app.view.snapshot is not None)
            await drive.press("2")
            await drive.until(lambda: drive.view.VIEW == "sessions" and drive.view.stands)
            listed = drive.widget("#sessions", SessionList)
            await drive.until(lambda: listed.rows or listed.empty[0] != "Reading ...")
            yield drive, listed
    finally:
        bridge.close()


@pytest.mark.parametrize("count", [1, 50])
async def test_few_sessions_are_all_there(tmp_path: Path, count: int) -> None:
    home = many(tmp_path / "home", count)
    async with _list(home, Counted()) as (drive, listed):
        assert len(listed.rows) == count
        assert f"sessions  {count}" in drive.text


async def test_no_session_teaches_how_to_begin(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / "home")
    async with _list(home, Counted()) as (drive, listed):
        assert not listed.rows
        await drive.shows("w hands over a goal in your own words.")


async def test_ten_thousand_are_one_list_of_which_pages_are_read(home: OrionHome) -> None:
    counted = Counted()
    async with _list(home, counted) as (drive, listed):
        assert len(listed.rows) == SESSIONS
        assert counted.rows < 1_500
        assert [s.state.value for s in listed.rows[:40:10] if isinstance(s, Session)] == ["waiting"] * 3 + ["running"]
        counted.forget()
        await drive.press("G")
        assert listed.at == SESSIONS - 1
        await drive.until(lambda: listed.session is not None)
        assert listed.session is not None
        assert listed.session.id == ident(0)
        assert f"{SESSIONS:,} of {SESSIONS:,}" in drive.text
        assert counted.rows < 1_000
        for _ in range(2 * PAGES * PAGE // 37):
            await drive.pilot.press("pageup")
        await drive.until(lambda: listed.session is not None)
        held = sum(not isinstance(row, Coming) for row in listed.rows)
        assert held <= PAGES * PAGE


async def test_the_filter_looks_at_all_of_them(home: OrionHome) -> None:
    async with _list(home, Counted()) as (drive, listed):
        await drive.press("slash", *"number 77", "enter")
        wanted = [n for n in range(SESSIONS) if "77" in f"{n} {ident(n)}"]
        await drive.until(lambda: len(listed.rows) == len(wanted))
        await drive.press("escape", "slash", *ident(4_321))
        await drive.until(lambda: [s.id for s in listed.rows if isinstance(s, Session)] == [ident(4_321)])


async def test_the_cursor_stays_on_its_session_while_others_move(home: OrionHome) -> None:
    async with _list(home, Counted()) as (drive, listed):
        await drive.press(*["j"] * 5)
        chosen = listed.session
        assert chosen is not None
        with Store.open(home.database) as store, store.transaction() as tx:
            sessions.set_state(tx, ident(3), {SessionState.PROMOTED}, SessionState.WAITING)
        await drive.until(lambda: any(isinstance(s, Session) and s.id == ident(3) for s in listed.rows[:60]))
        assert listed.session == chosen
        with Store.open(home.database) as store, store.transaction() as tx:
            sessions.set_state(tx, chosen.id, {SessionState.WAITING}, SessionState.RUNNING)
        await drive.until(lambda: listed.session is not None and listed.session.state is SessionState.RUNNING)
        assert listed.session is not None
        assert listed.session.id == chosen.id


async def test_a_step_of_the_cursor_paints_its_two_lines_and_the_place(
    home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: set[int] = set()
    paint = SessionList.render_line

    def recorded(pane: SessionList, y: int) -> Strip:
        painted.add(y)
        return paint(pane, y)

    async with _list(home, Counted()) as (drive, listed):
        await drive.shows(f"1 of {SESSIONS:,}")
        await drive.until(lambda: isinstance(listed.selected, Session))
        monkeypatch.setattr(SessionList, "render_line", recorded)
        await drive.press("j")
        await drive.shows(f"2 of {SESSIONS:,}")
        assert painted == {0, 1}
