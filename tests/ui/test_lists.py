"""Sessions, log, help and palette: everything can be found and opened by keyboard."""

import pytest
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.core.models.sessions import Session
from orion_tui.screens.diff import DiffScreen
from orion_tui.screens.event import EventScreen
from orion_tui.screens.help import HelpScreen
from orion_tui.screens.live import LiveScreen
from orion_tui.screens.log import LogScreen
from orion_tui.screens.palette import CommandList, PaletteScreen
from orion_tui.widgets.event_list import EventList
from orion_tui.widgets.session_list import SessionList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import NOW, RETRY, SHOP

pytestmark = pytest.mark.unit


async def _sessions(drive: Drive) -> SessionList:
    await drive.press("2")
    await drive.until(lambda: drive.view.VIEW == "sessions")
    sessions = drive.widget("#sessions", SessionList)
    await drive.until(lambda: len(sessions.rows) == 5)
    return sessions


def states(sessions: SessionList) -> list[str]:
    return [row.state.value for row in sessions.rows[:] if isinstance(row, Session)]


async def test_what_waits_for_a_person_comes_first_and_what_ended_last() -> None:
    async with orion(night()) as drive:
        sessions = await _sessions(drive)
        assert states(sessions) == ["waiting", "paused", "created", "completed", "promoted"]


async def test_enter_opens_the_session() -> None:
    async with orion(night()) as drive:
        await _sessions(drive)
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, LiveScreen) and drive.screen.session_id == RETRY)


async def test_the_list_is_filtered_while_words_are_typed() -> None:
    async with orion(night()) as drive:
        sessions = await _sessions(drive)
        await drive.press("slash", *"SHOP")
        await drive.until(lambda: len(sessions.rows) == 2)
        await drive.press("space", *"done")
        await drive.until(lambda: states(sessions) == ["completed"])
        assert "sessions  1 of 5  SHOP done" in drive.text
        await drive.press("enter", "escape")
        await drive.until(lambda: len(sessions.rows) == 5)
        assert drive.view.VIEW == "sessions"


async def test_a_filter_that_nothing_fits_says_so() -> None:
    async with orion(night()) as drive:
        sessions = await _sessions(drive)
        await drive.press("slash", *"[@click=app.quit]x", "enter")
        await drive.until(lambda: not sessions.rows)
        await drive.shows("No session is like that.")
        await drive.press("escape")
        await drive.until(lambda: len(sessions.rows) == 5)


async def test_the_log_marks_matches() -> None:
    async with orion(night()) as drive:
        drive.app.open_log(RETRY)
        await drive.shows("session waiting")
        await drive.press("slash", *"git push", "enter")
        found = [
            "".join(s.text for s in strip if s.style is not None and s.style.reverse and "git push" in s.text.lower())
            for strip in drive.strips
        ]
        assert any("git push" in text for text in found)


async def test_the_log_follows_at_its_end_and_stays_elsewhere() -> None:
    async with orion(night()) as drive:
        drive.app.open_log(RETRY)
        await drive.shows("session waiting")
        events = drive.widget("#events", EventList)
        drive.world.event(RETRY, "task.started", NOW, task="wire", title="Wire it in")
        drive.world.touch()
        await drive.shows("Wire it in")
        assert events.at == len(events.rows) - 1
        await drive.press("k")
        drive.world.event(RETRY, "task.started", NOW, task="docs", title="Write it down")
        drive.world.touch()
        await drive.until(lambda: len(events.rows) == 43)
        assert events.at == 40


async def test_an_event_opens_with_all_it_carries() -> None:
    async with orion(night()) as drive:
        drive.app.open_log(RETRY)
        await drive.shows("session waiting")
        await drive.press("k", "k", "enter")
        await drive.until(lambda: isinstance(drive.screen, EventScreen))
        await drive.shows('[{"kind": "add_dependency", "subject": "backoff-lite"}]')
        await drive.press("escape")
        await drive.until(lambda: isinstance(drive.screen, LogScreen))


async def test_the_log_of_everything_names_sessions() -> None:
    async with orion(night()) as drive:
        drive.app.open_log("*")
        await drive.shows(RETRY[:8])
        assert "log  62" in drive.text or "log" in drive.text


async def test_help_names_every_key_and_begins_with_the_place() -> None:
    async with orion(night(), size=(120, 240)) as drive:
        await drive.press("question_mark")
        await drive.until(lambda: isinstance(drive.screen, HelpScreen))
        await drive.shows("Mission control  here")
        for key in keymap.CATALOGUE:
            assert key.help[:60] in drive.text, key.id
        await drive.press("question_mark", "escape")
        await drive.until(lambda: drive.view.VIEW == "mission")


async def test_the_palette_runs_what_was_typed() -> None:
    async with orion(night()) as drive:
        await drive.press("n", "n", "ctrl+p", *"what the session", "enter")
        await drive.until(lambda: isinstance(drive.screen, DiffScreen))
        assert drive.view.path()[1] == SHOP[:8]


async def test_the_palette_changes_the_theme() -> None:
    async with orion(night()) as drive:
        await drive.press("ctrl+p", *"theme: light", "enter")
        await drive.until(lambda: drive.app.theme == "light")
        assert drive.app.look.styles.base.bgcolor is not None


async def test_the_palette_finds_nothing_and_closes() -> None:
    async with orion(night()) as drive:
        await drive.press("ctrl+p", *"zzz")
        assert drive.widget("CommandList", CommandList).selected is None
        await drive.press("enter")
        await drive.until(lambda: not isinstance(drive.screen, PaletteScreen))
        assert drive.view.VIEW == "mission"


async def test_what_is_pasted_is_clean() -> None:
    from textual import events

    async with orion(night()) as drive:
        await drive.press("ctrl+p")
        entry = drive.widget("Input", Input)
        entry.post_message(events.Paste("the\x1b]52;c;eA==\x07me\u202e: li\nght"))
        await drive.until(lambda: entry.value)
        assert entry.value == "theme: li⏎ght"


async def test_numbers_lead_to_their_screens_from_everywhere() -> None:
    async with orion(night()) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("import random")
        for key, view in (("3", "approvals"), ("2", "sessions"), ("1", "mission")):
            await drive.press(key)
            await drive.until(lambda view=view: view == drive.view.VIEW)
        assert len(drive.app.screen_stack) == 1
