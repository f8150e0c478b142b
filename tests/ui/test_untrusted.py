"""Nothing that a model, file or repository says acts on the application (HOME-4, THREATS 21).

The walk through all screens is in `test_payloads`.
"""

import pytest

from orion_tui.widgets.paragraph import Paragraph
from tests.support.screens.drive import Drive, orion
from tests.support.screens.hostile import forbidden_in, hostile_evening, hostile_world
from tests.support.screens.words import AGENT, REVISED

pytestmark = pytest.mark.unit


def _check(drive: Drive, where: str) -> None:
    for strip in drive.strips:
        assert not forbidden_in(strip.text), (where, forbidden_in(strip.text))
        for segment in strip:
            assert segment.control is None, where
            if segment.style is not None:
                assert not segment.style.link, where
                assert "@click" not in segment.style.meta, where


async def test_wide_letters_keep_every_line_as_wide_as_the_screen() -> None:
    async with orion(hostile_evening("日本語のタスク🧪"), size=(80, 24)) as drive:
        for way in (lambda: drive.app.open_plan(REVISED), lambda: drive.app.open_session(AGENT)):
            way()
            await drive.pilot.pause(0.1)
            assert all(strip.cell_length == 80 for strip in drive.strips)
        await drive.press("w")
        await drive.shows("role")
        drive.widget("#goal", Paragraph).insert("日本語のタスク🧪 " * 20)
        await drive.pilot.pause(0.1)
        assert all(strip.cell_length == 80 for strip in drive.strips)


async def test_a_click_on_a_payload_runs_no_action() -> None:
    async with orion(hostile_world("[@click=app.quit]click me[/]"), size=(120, 40)) as drive:
        assert "[@click=app.quit]click me[/]" in drive.text
        for y in range(2, 8):
            await drive.pilot.click(offset=(20, y))
        await drive.pilot.pause(0.05)
        assert drive.app.is_running


async def test_payloads_in_dialogs_stay_text() -> None:
    async with orion(hostile_world("[@click=app.quit]x[/]\x1b]52;c;eA==\x07\u202e"), size=(120, 40)) as drive:
        await drive.press("r")
        await drive.shows("Reject")
        _check(drive, "reason")
        await drive.press("escape")
        await drive.press("tab", "tab", "x")
        await drive.pilot.pause(0.05)
        _check(drive, "confirm")


async def test_a_search_for_a_payload_is_a_search_for_text() -> None:
    async with orion(hostile_world("plain"), size=(120, 40)) as drive:
        await drive.press("2")
        await drive.shows("sessions")
        await drive.press("slash", *"[red]", "enter")
        await drive.shows("0 of 5  [red]")


def test_the_check_can_fail() -> None:
    """The positive control: what the check looks for is found where it is."""
    assert forbidden_in("a\x1b[2J")
    assert forbidden_in("\x9b2J")
    assert forbidden_in("x\u202ey")
    assert not forbidden_in("plain ● text ⟨U+202E⟩")
