"""A person's own keys in the running application."""

import pytest

from orion_tui.core.appearance import Appearance
from orion_tui.core.store.event_pages import Which
from orion_tui.screens.dialogs import ErrorDialog
from tests.support.screens.drive import orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY

pytestmark = pytest.mark.unit


async def test_the_own_key_works_and_is_shown_and_the_old_one_does_nothing() -> None:
    async with orion(night(), appearance=Appearance(wishes={"live.timeline": ("f2",)})) as drive:
        drive.app.open_session(RETRY)
        await drive.shows("F2 timeline")
        await drive.press("t")
        assert len(drive.app.screen_stack) == 2
        await drive.press("f2")
        await drive.until(lambda: drive.view.VIEW == "timeline")


async def test_help_and_palette_show_the_own_key() -> None:
    async with orion(
        night(), appearance=Appearance(wishes={"app.help": ("f2",), "mission.approve": ("A", "f5")})
    ) as drive:
        await drive.press("f2")
        await drive.shows("A F5")
        await drive.press("escape", "ctrl+p", *"help")
        await drive.shows("F2")


async def test_what_is_said_names_the_own_key() -> None:
    async with orion(night(), appearance=Appearance(wishes={"log.next": ("f5",), "pane.out": ("f6",)})) as drive:
        drive.app.open_events(Which())
        await drive.press("slash", *"push", "enter")
        await drive.until(lambda: "F5 next, N previous match of 'push'" in drive.said)
        assert "F6 ends the search" in drive.said


async def test_two_commands_that_changed_places_do_what_they_say() -> None:
    own = Appearance(wishes={"mission.log": ("d",), "mission.diff": ("l",)})
    async with orion(night(), appearance=own) as drive:
        await drive.press("d")
        await drive.until(lambda: drive.view.VIEW == "log")


async def test_a_wish_that_cannot_be_followed_is_said_when_the_app_starts() -> None:
    async with orion(night(), appearance=Appearance(wishes={"live.hint": ("p",)}), complaints=("x:1:1: odd",)) as drive:
        await drive.until(lambda: isinstance(drive.screen, ErrorDialog))
        await drive.shows("p is pause (live.pause) already")
        await drive.shows("x:1:1: odd")
