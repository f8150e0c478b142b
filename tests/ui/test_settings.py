"""Settings in the application."""

import pytest
from textual.widgets import Input

from orion_tui.base.errors import InvalidFile
from orion_tui.screens.setting_dialog import SettingDialog
from orion_tui.widgets.setting_list import SettingList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night

pytestmark = pytest.mark.unit


async def _at(drive: Drive, name: str) -> None:
    await drive.press("8")
    await drive.shows("model.default")
    rows = drive.widget("#settings", SettingList)
    rows.go(next(i for i, row in enumerate(rows.rows) if row.name == name))
    await drive.pilot.pause()


async def _type(drive: Drive, text: str) -> None:
    await drive.until(lambda: isinstance(drive.screen, SettingDialog))
    drive.screen.query_one(Input).value = text
    await drive.press("enter")


async def test_a_value_is_set_and_says_who_decided_it() -> None:
    async with orion(night()) as drive:
        await _at(drive, "sessions.running")
        await drive.press("enter")
        await _type(drive, "2")
        await drive.called("change_setting", "sessions.running", "2")
        await drive.shows("settings.yaml:2")


async def test_a_wrong_value_is_said_above_the_line_that_still_holds_it() -> None:
    async with orion(night()) as drive:
        await _at(drive, "sessions.running")
        await drive.press("enter")
        await _type(drive, "99")
        await drive.shows("must be at most 64")
        assert drive.screen.query_one(Input).value == "99"
        await _type(drive, "3")
        await drive.called("change_setting", "sessions.running", "3")


async def test_one_of_a_few_values_is_picked_and_the_theme_changes_at_once() -> None:
    async with orion(night()) as drive:
        await _at(drive, "ui.theme")
        await drive.press("enter", "j", "enter")
        await drive.called("change_setting", "ui.theme", "light")
        await drive.until(lambda: drive.app.theme == "light")
        await drive.press("x")
        await drive.until(lambda: drive.app.theme == "dark")


async def test_an_own_key_works_at_once() -> None:
    async with orion(night()) as drive:
        await _at(drive, "keys.live.pause")
        await drive.press("enter")
        await _type(drive, "f2")
        await drive.until(lambda: drive.app.keys.get("live.pause").keys == "f2")


async def test_undo_takes_changes_back_one_by_one() -> None:
    async with orion(night()) as drive:
        await _at(drive, "sessions.running")
        for value in ("2", "3"):
            await drive.press("enter")
            await _type(drive, value)
            await drive.until(lambda value=value: drive.world.settings.get("sessions.running") == value)
            await drive.until(lambda: not isinstance(drive.screen, SettingDialog))
        await drive.press("u")
        await drive.until(lambda: drive.world.settings["sessions.running"] == "2")
        await drive.shows("as it was")
        await drive.press("u")
        await drive.until(lambda: "sessions.running" not in drive.world.settings)
        await drive.shows("as it was")
        await drive.press("u")
        await drive.shows("Nothing was changed here.")


async def test_an_empty_line_takes_the_setting_out_of_the_file() -> None:
    world = night()
    world.settings = {"sessions.running": "2"}
    async with orion(world) as drive:
        await _at(drive, "sessions.running")
        await drive.press("enter")
        await _type(drive, "")
        await drive.called("change_setting", "sessions.running", None)


async def test_a_block_that_is_written_by_hand_says_so() -> None:
    async with orion(night()) as drive:
        await _at(drive, "mcp.tracker.url")
        await drive.press("enter")
        await drive.shows("written by hand")


async def test_a_file_that_cannot_be_read_is_said_with_its_problems() -> None:
    world = night()
    world.errors["settings"] = InvalidFile("settings file has 1 problem", problems=("settings.yaml:1:5: odd",))
    async with orion(world) as drive:
        await drive.press("8")
        await drive.shows("settings.yaml:1:5: odd")
        await drive.press("escape")
        await drive.shows("cannot be read as it is")


async def test_a_search_finds_a_setting_by_what_it_does() -> None:
    async with orion(night()) as drive:
        await _at(drive, "model.default")
        await drive.press("slash")
        drive.screen.query_one(Input).value = "at a time"
        await drive.press("enter")
        selected = drive.widget("#settings", SettingList).selected
        assert selected is not None
        assert selected.name == "sessions.running"
