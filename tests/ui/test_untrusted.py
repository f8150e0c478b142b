"""Nothing that a model, file or repository says acts on the terminal or the application (HOME-4, THREATS 21)."""

import pytest
from textual.events import Paste

from orion_tui.screens.dialogs import ErrorDialog
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.paragraph import Paragraph
from tests.support.screens.drive import Drive, orion
from tests.support.screens.hostile import PAYLOADS, forbidden_in, hostile_evening, hostile_world
from tests.support.screens.rows import RETRY, SHOP
from tests.support.screens.words import AGENT, LIMITED, PLANNED, REVISED

pytestmark = pytest.mark.unit


def _check(drive: Drive, where: str) -> None:
    for strip in drive.strips:
        assert not forbidden_in(strip.text), (where, forbidden_in(strip.text))
        for segment in strip:
            assert segment.control is None, where
            if segment.style is not None:
                assert not segment.style.link, where
                assert "@click" not in segment.style.meta, where


@pytest.mark.parametrize("name", list(PAYLOADS))
async def test_no_payload_reaches_a_line_of_any_screen(name: str) -> None:
    payload = PAYLOADS[name]
    async with orion(hostile_world(payload), size=(160, 48)) as drive:
        _check(drive, "mission")
        for way, mark in (
            (lambda: drive.app.open_session(RETRY), "plan"),
            (lambda: drive.app.open_approval("ap-1"), "why it asks"),
            (lambda: drive.app.open_diff(SHOP), "file"),
            (lambda: drive.app.open_promotion(SHOP), "gate"),
            (lambda: drive.app.open_log("*"), "log"),
            (lambda: drive.app.open_decision(RETRY, drive.world.first_action(RETRY)), "action 1"),
        ):
            way()
            await drive.shows(mark)
            await drive.pilot.pause(0.05)
            _check(drive, mark)
            for _ in range(3):
                await drive.press("pagedown")
                _check(drive, mark)
        await drive.press("1", "2")
        await drive.shows("sessions")
        _check(drive, "sessions")
        await drive.press("p")
        await drive.until(lambda: isinstance(drive.screen, ErrorDialog) or drive.said)
        _check(drive, "error")


@pytest.mark.parametrize("name", list(PAYLOADS))
async def test_no_payload_reaches_a_line_of_a_screen_of_goals_in_words(name: str) -> None:
    payload = PAYLOADS[name]
    async with orion(hostile_evening(payload), size=(160, 48)) as drive:
        _check(drive, "mission")
        await drive.press("a")
        await drive.shows("The agent asks")
        _check(drive, "answer")
        await drive.press("escape")
        for ident in (PLANNED, REVISED):
            drive.app.open_plan(ident)
            await drive.shows("needed by")
            for _ in range(7):
                _check(drive, "plan")
                await drive.press("j")
            await drive.press("escape")
        drive.app.open_plan(PLANNED)
        await drive.shows("needed by")
        await drive.settle()
        for key, mark in (("e", "in detail"), ("n", "Space mark"), ("s", "Send the plan back")):
            await drive.press(key)
            await drive.shows(mark)
            _check(drive, mark)
            await drive.press("escape")
        drive.app.open_session(AGENT)
        await drive.shows("First the buttons")
        _check(drive, "agent")
        for key, mark in (("i", "Hint"), ("b", "What it may use")):
            await drive.press(key)
            await drive.shows(mark)
            _check(drive, mark)
            await drive.press("escape")
        drive.widget("#actions", ActionLog).go(2)
        await drive.press("enter")
        await drive.shows("the whole answer")
        _check(drive, "reply")
        drive.app.open_session(LIMITED)
        await drive.shows("waiting  asks openai/gpt-6")
        _check(drive, "limited")
        await drive.press("w")
        await drive.shows("what this amounts to")
        await drive.pilot.pause(0.05)
        drive.widget("#goal", Paragraph).post_message(Paste(f"Do it{payload}"))
        await drive.pilot.pause(0.4)
        _check(drive, "goal")
        await drive.press("ctrl+s")
        await drive.shows("8 things to mend")
        _check(drive, "problems")
        await drive.press("tab", "enter")
        await drive.pilot.pause(0.05)
        _check(drive, "roles")


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
        assert "No match for '[red]'." in drive.text


def test_the_check_can_fail() -> None:
    """The positive control: what the check looks for is found where it is."""
    assert forbidden_in("a\x1b[2J")
    assert forbidden_in("\x9b2J")
    assert forbidden_in("x\u202ey")
    assert not forbidden_in("plain ● text ⟨U+202E⟩")
