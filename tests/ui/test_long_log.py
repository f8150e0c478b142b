"""The log over a million events: what is read and painted does not grow with it, and nothing waits."""

import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.strip import Strip

from orion_tui.app import OrionApp
from orion_tui.bridge import event_window
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.reader import LIVE_EVENTS
from orion_tui.core.store import Store, events
from orion_tui.core.store.event_pages import Which
from orion_tui.screens.live import LiveScreen
from orion_tui.screens.log import LogScreen
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.event_list import EventList, LogRow
from tests.support.million import BIG, EVENTS, NEEDLE_AT, Counted, CountingReads, million
from tests.support.screens.drive import Drive
from tests.support.screens.fake_engine import FakeCommands, clock
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

#: Rows that one key may have read, and hundreds of steps of SQLite's machine: some pages.
ROWS, STEPS = 1_000, 4_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path, None, None]:
    place = tmp_path_factory.mktemp("million") / "home"
    million(place)
    yield place
    (place / "orion.db").unlink()


@asynccontextmanager
async def _log(home: Path, which: Which, counted: Counted) -> AsyncGenerator[tuple[Drive, EventList], None]:
    from orion_tui.base.paths import OrionHome

    world = World()
    bridge = Bridge(lambda: CountingReads(OrionHome(home), counted), lambda: FakeCommands(world), interval=0.005)
    bridge.start()
    at = clock()
    app = OrionApp(bridge, clock=at)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            drive = Drive(app, pilot, world, at)
            await drive.until(lambda: app.view is not None and app.view.snapshot is not None)
            app.open_events(which)
            await drive.until(lambda: isinstance(app.screen, LogScreen) and app.screen.stands)
            listed = drive.widget("#events", EventList)
            await drive.until(lambda: listed.rows, "the first page")
            await _still(drive, listed)
            yield drive, listed
    finally:
        bridge.close()


async def _still(drive: Drive, listed: EventList) -> None:
    """Until everything in view is there and enough around it."""

    def whole() -> bool:
        before, behind = listed.around
        return (
            listed.event is not None
            and (before >= 100 or listed.window.begins)
            and (behind >= 100 or listed.window.ends)
        )

    await drive.until(whole, "a filled window")


async def test_it_opens_at_the_newest_and_reads_two_pages(home: Path) -> None:
    counted = Counted()
    async with _log(home, Which(), counted) as (drive, listed):
        assert listed.seq == EVENTS
        assert counted.rows < ROWS
        assert counted.steps < STEPS
        assert f"log  {EVENTS:,}  following" in drive.text


@pytest.mark.parametrize("which", [Which(), Which(session_id=BIG)], ids=["all", "one session"])
async def test_top_percent_and_bottom_read_some_pages_each(home: Path, which: Which) -> None:
    counted = Counted()
    async with _log(home, which, counted) as (drive, listed):
        for keys, seq in ((("g",), 1), (("percent_sign", *"50", "enter"), EVENTS // 2), (("G",), None)):
            counted.forget()
            await drive.press(*keys)
            await drive.until(lambda seq=seq: listed.seq is not None and abs(listed.seq - (seq or EVENTS)) <= 2)
            await _still(drive, listed)
            assert counted.rows < ROWS
            assert counted.steps < STEPS
        assert listed.following


async def test_paging_through_holds_a_bounded_part_and_leaves_nothing_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_window, "KEEP", 500)
    async with _log(home, Which(session_id=BIG), Counted()) as (drive, listed):
        seen: set[int] = set()
        while len(seen) < 800:
            seen |= {row.event.seq for row in listed.rows[listed.top : listed.top + 40] if row.event is not None}
            await drive.pilot.press("pageup")
            await _still(drive, listed)
            assert len(listed.window.events) <= 500
        assert sorted(seen) == list(range(min(seen), max(seen) + 1, 2))


async def test_what_is_on_its_way_is_a_place_that_becomes_the_event(home: Path) -> None:
    async with _log(home, Which(), Counted()) as (drive, listed):
        listed.go(0)
        assert listed.event is None
        assert listed.place() == "reading ..."
        before, away = listed.window.events[0].seq, listed.rows[listed.at].away
        await drive.until(lambda: listed.event is not None)
        assert listed.seq == before + away


async def test_a_step_paints_two_lines(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    draw = EventList.render_line

    def counting(self: EventList, y: int) -> Strip:
        painted.append(y)
        return draw(self, y)

    async with _log(home, Which(), Counted()) as (drive, listed):
        await drive.press("k")
        monkeypatch.setattr(EventList, "render_line", counting)
        await drive.press("k")
        assert len(painted) <= 4, "the line that the cursor left, and the one that it came to"
        assert listed.seq == EVENTS - 2


async def test_a_search_goes_through_the_whole_log_and_around_its_end(home: Path) -> None:
    async with _log(home, Which(), Counted()) as (drive, listed):
        await drive.press("slash", *"the one needle", "enter")
        await drive.until(lambda: listed.seq == NEEDLE_AT)


async def test_a_search_without_a_match_leaves_the_cursor_where_it_is(home: Path) -> None:
    async with _log(home, Which(after=EVENTS - 30_000), Counted()) as (drive, listed):
        await drive.press("k", "slash", *"no such thing", "enter")
        await drive.until(lambda: "No match for 'no such thing'" in drive.said)
        assert listed.seq == EVENTS - 1


async def test_the_next_key_ends_a_search_and_does_its_work(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    search = CountingReads.events_find

    def held(self: CountingReads, *arguments: Any, **named: Any) -> Any:
        assert go_on.wait(60)
        return search(self, *arguments, **named)

    async with _log(home, Which(), Counted()) as (drive, listed):
        monkeypatch.setattr(CountingReads, "events_find", held)
        await drive.pilot.press("slash", *"no such thing", "enter")
        await drive.until(lambda: "searching" in str(listed.border_title))
        await drive.pilot.press("k")
        assert "searching" not in str(listed.border_title)
        assert listed.seq == EVENTS - 1
        asked: list[object] = []
        drive.app.read(lambda reads: reads.events_first(Which()), asked.append)
        go_on.set()
        await drive.until(lambda: asked, "what was asked before is answered")
        assert listed.seq == EVENTS - 1
        assert "searching" not in str(listed.border_title)


async def test_it_follows_at_the_end_and_counts_what_comes_elsewhere(home: Path) -> None:
    def happen(store: Store, words: str, times: int = 1) -> None:
        with store.transaction() as tx:
            for _ in range(times):
                events.append(tx, BIG, "agent.noted", "agent", {"text": words})

    with Store.open(home / "orion.db") as store:
        async with _log(home, Which(session_id=BIG), Counted()) as (drive, listed):
            happen(store, "first")
            await drive.until(lambda: listed.event is not None and listed.event.data["text"] == "first")
            newest = listed.seq
            await drive.press("k")
            stayed = listed.seq
            happen(store, "second", 3)
            await drive.until(lambda: "3 new, End follows" in str(listed.border_title))
            assert listed.seq == stayed
            await drive.press("g")
            await drive.until(lambda: listed.seq == 1)
            happen(store, "third", 2)
            await drive.until(lambda: "5 new, End follows" in str(listed.border_title))
            await drive.press("G")
            await drive.until(lambda: listed.event is not None and listed.event.data["text"] == "third")
            assert listed.following
            assert newest is not None


async def test_a_live_session_of_a_million_events_reads_its_newest(home: Path) -> None:
    counted = Counted()
    async with _log(home, Which(), counted) as (drive, _):
        counted.forget()
        drive.app.open_session(BIG)
        await drive.until(lambda: isinstance(drive.screen, LiveScreen) and drive.screen.stands)
        actions = drive.widget("#actions", ActionLog)
        await drive.until(lambda: actions.rows)
        assert counted.rows < LIVE_EVENTS + ROWS
        assert counted.steps < 5 * STEPS
        await drive.press("g")
        await drive.shows("what came before this is in the log")


async def test_long_lines_are_wrapped_on_demand(home: Path) -> None:
    with Store.open(home / "orion.db") as store, store.transaction() as tx:
        events.append(tx, BIG, "agent.noted", "agent", {"text": "long words " * 40 + "and the end"})
    async with _log(home, Which(session_id=BIG), Counted()) as (drive, listed):
        assert "and the end" not in drive.text
        seq = listed.seq
        await drive.press("W")
        assert "and the end" in drive.text
        assert listed.seq == seq
        row = listed.selected
        assert isinstance(row, LogRow)
        assert len(row.pieces) > 3
        await drive.press("k", "j")
        assert listed.seq == seq
        await drive.press("W")
        assert "and the end" not in drive.text
