"""Keys come faster than screens are put together: one that is left before it stands ends nothing."""

import pytest
from textual import events

from orion_tui.screens.mission import MissionScreen
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY, SHOP
from tests.support.screens.words import PLANNED

pytestmark = pytest.mark.unit


async def home(drive: Drive) -> None:
    while len(drive.app.screen_stack) > 1:
        await drive.app.pop_screen()
    await drive.until(lambda: isinstance(drive.screen, MissionScreen))


async def test_every_screen_may_be_left_before_it_stands() -> None:
    async with orion(night(), size=(100, 30)) as drive:
        app = drive.app
        for way in (
            lambda: app.open_session(RETRY),
            lambda: app.open_approval("ap-1"),
            lambda: app.open_diff(SHOP),
            lambda: app.open_log("*"),
            lambda: app.open_decision(RETRY, drive.world.first_action(RETRY)),
            lambda: app.open_timeline(SHOP),
            lambda: app.open_promotion(SHOP),
            lambda: app.open_undo(SHOP),
            lambda: app.open_plan(PLANNED),
            lambda: app.action_view("sessions"),
            lambda: app.action_view("approvals"),
            lambda: app.action_view("settings"),
            app.action_work,
            app.action_help,
            app.action_palette,
        ):
            for _ in range(3):
                way()
                app.pop_screen()
            await drive.pilot.pause(0.02)
            assert app.is_running
            await home(drive)


async def test_keys_that_come_all_at_once_end_nothing() -> None:
    names = {"\n": "enter", "<": "escape", "/": "slash", "?": "question_mark", "P": "ctrl+p"}
    async with orion(night(), size=(100, 30)) as drive:
        for keys in (
            "\n<",
            "3\n<",
            "2\n<",
            "8\n<",
            "w<",
            "?<",
            "P<",
            "2/<",
            "r<",
            "r\n",
            "2x<",
            "3\n<<",
            "2\nd\n<<<",
            "w\t\n<<",
        ):
            for key in keys:
                drive.app.post_message(events.Key(names.get(key, "tab" if key == "\t" else key), key))
            await drive.pilot.pause(0.05)
            assert drive.app.is_running
            await home(drive)
