"""Themes, terminals and sizes: everything readable everywhere, colour never the only sign."""

import attrs
import pytest
from rich.color import Color

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.themes import ASCII, THEMES, UNICODE, make_look
from orion_tui.widgets.status import session_mark, task_mark
from tests.support.contrast import contrast
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import empty, night
from tests.support.screens.rows import GONE, RETRY, SHOP
from tests.support.screens.words import AGENT, LIMITED, PLANNED, REVISED, evening

pytestmark = pytest.mark.unit


async def _all_screens(drive: Drive) -> list[str]:
    """The text of every screen."""
    seen = [drive.text]
    for key, words in (("2", "Document the retry"), ("3", "approvals"), ("question_mark", "Mission control")):
        await drive.press(key)
        await drive.shows(words)
        seen.append(drive.text)
        await drive.press("q")
    for way, words in (
        (lambda: drive.app.open_session(RETRY), "plan  4/8"),
        (lambda: drive.app.open_approval("ap-1"), "why it asks"),
        (lambda: drive.app.open_diff(SHOP), "import random"),
        (lambda: drive.app.open_promotion(SHOP), "APPROVED"),
        (lambda: drive.app.open_log(RETRY), "session waiting"),
    ):
        way()
        await drive.shows(words)
        await drive.pilot.pause(0.05)
        seen.append(drive.text)
    await drive.press("ctrl+p")
    await drive.shows("palette")
    seen.append(drive.text)
    return seen


async def _all_screens_in_words(drive: Drive) -> list[str]:
    """The text of every screen of goals in words."""
    seen = [drive.text]
    for way, words in (
        (lambda: drive.app.open_plan(PLANNED), "Draw delays"),
        (lambda: drive.app.open_plan(REVISED), "Measure memory"),
        (lambda: drive.app.open_session(AGENT), "First the buttons"),
        (lambda: drive.app.open_session(LIMITED), "no answer"),
        (drive.app.action_work, "playbook"),
    ):
        way()
        await drive.shows(words)
        await drive.pilot.pause(0.05)
        seen.append(drive.text)
    return seen


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)], ids=str)
async def test_every_screen_of_goals_in_words_fills_every_size(size: tuple[int, int]) -> None:
    async with orion(evening(), size=size) as drive:
        for text in await _all_screens_in_words(drive):
            lines = text.split("\n")
            assert len(lines) == size[1]
            assert "ORION" in lines[0]
        assert all(strip.cell_length == size[0] for strip in drive.strips)


async def test_a_poor_terminal_gets_goals_in_words_in_ascii() -> None:
    async with orion(evening(), ascii_only=True, size=(100, 30)) as drive:
        for text in await _all_screens_in_words(drive):
            assert text.isascii(), {c for c in text if not c.isascii()}


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)], ids=str)
async def test_every_screen_fills_every_size(size: tuple[int, int]) -> None:
    async with orion(night(), size=size) as drive:
        for text in await _all_screens(drive):
            lines = text.split("\n")
            assert len(lines) == size[1]
            assert "ORION" in lines[0]
        assert all(strip.cell_length == size[0] for strip in drive.strips)


async def test_a_poor_terminal_gets_ascii_only() -> None:
    async with orion(night(), ascii_only=True, size=(100, 30)) as drive:
        for text in await _all_screens(drive):
            assert text.isascii(), {c for c in text if not c.isascii()}


async def test_dialogs_and_the_credential_are_ascii_too() -> None:
    async with orion(evening(), ascii_only=True, size=(80, 24)) as drive:
        drive.app.open_session(AGENT)
        await drive.shows("First the buttons")
        for key, words in (("b", "What it may use"), ("a", "The agent asks"), ("x", "Cancel this session?")):
            await drive.press(key)
            await drive.shows(words)
            assert drive.text.isascii(), {c for c in drive.text if not c.isascii()}
            await drive.press("escape")
    async with orion(night(), ascii_only=True, size=(80, 24)) as drive:
        drive.app.open_undo(GONE)
        await drive.shows("Your PIN.")
        assert drive.text.isascii(), {c for c in drive.text if not c.isascii()}


async def test_a_reversed_line_is_one_bar_not_patches_of_colour() -> None:
    async with orion(night(), theme="ansi", size=(80, 24)) as drive:
        await drive.shows("since ")
        y = next(y for y, text in enumerate(drive.lines) if "run pip install" in text)
        inside = [s for s in drive.strips[y].crop(2, 78) if s.style is not None]
        assert all(s.style is not None and s.style.reverse for s in inside)
        assert {s.style.color for s in inside if s.style is not None} <= {None, Color.default()}


async def test_foreign_letters_do_not_shift_an_ascii_screen() -> None:
    world = night()
    world.approvals = []
    world.sessions = [attrs.evolve(world.sessions[0], goal="Größe 日本語 der Datei")]
    async with orion(world, ascii_only=True, size=(80, 24)) as drive:
        assert "Gr??e ??? der Datei" in drive.text


@pytest.mark.parametrize("theme", list(THEMES))
async def test_every_theme_draws_every_screen(theme: str) -> None:
    async with orion(night(), theme=theme, size=(100, 30)) as drive:
        await _all_screens(drive)
        if theme == "ansi":
            colors = {c for s in drive.strips for seg in s if seg.style for c in (seg.style.color, seg.style.bgcolor)}
            assert not {c for c in colors if c is not None and c.triplet is not None}


async def test_no_color_means_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with orion(night(), size=(100, 30)) as drive:
        await _all_screens(drive)
        allowed = {None, Color.default()}
        for strip in drive.strips:
            for segment in strip:
                if segment.style is not None:
                    assert {segment.style.color, segment.style.bgcolor} <= allowed


async def test_without_colour_one_sees_where_one_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with orion(evening(), size=(80, 24)) as drive:
        await drive.press("w")
        await drive.shows("main 4f1e2a9c")
        for keys in ((), ("tab", "tab")):  # in the text, and in an entry of one line
            await drive.press(*keys)
            cursors = [s.text for line in drive.strips for s in line if s.style is not None and s.style.reverse]
            assert [len(cursor) for cursor in cursors] == [1], (keys, cursors)


async def test_too_small_is_said_and_mended_by_growing() -> None:
    async with orion(night(), size=(80, 24)) as drive:
        await drive.pilot.resize_terminal(50, 12)
        await drive.shows("50 x 12 is too small")
        assert "60 x 16" in drive.text
        await drive.pilot.resize_terminal(80, 24)
        await drive.shows("needs you")
        assert "too small" not in drive.text


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 90)], ids=str)
async def test_any_size_is_survived(size: tuple[int, int]) -> None:
    async with orion(night(), size=(80, 24), session=RETRY) as drive:
        await drive.pilot.resize_terminal(*size)
        await drive.pilot.pause(0.05)
        await drive.pilot.resize_terminal(80, 24)
        await drive.shows("Try to push")


async def test_empty_screens_teach() -> None:
    async with orion(empty(), size=(80, 24)) as drive:
        for key, words in (("2", "No work yet."), ("3", "No approval waits.")):
            await drive.press(key)
            await drive.shows(words)


def _hardly_read(drive: Drive, least: float) -> set[str]:
    """Words on the screen that stand out too little from their ground."""
    found: set[str] = set()
    for segment in (segment for strip in drive.strips for segment in strip):
        style = segment.style
        if style is None or style.color is None or style.bgcolor is None or not any(c.isalnum() for c in segment.text):
            continue
        fore, back = (
            color.get_truecolor(foreground=front).hex for color, front in ((style.color, True), (style.bgcolor, False))
        )
        if contrast(fore, back) < least:
            found.add(f"{segment.text.strip()} {fore} on {back}")
    return found


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast"])
async def test_everything_that_is_drawn_can_be_read(theme: str) -> None:
    least = 7.0 if theme == "high-contrast" else 4.5
    async with orion(evening(), theme=theme, size=(120, 40)) as drive:
        await drive.shows("until you answer")
        assert not _hardly_read(drive, least)
        await drive.press("w")
        await drive.shows("main 4f1e2a9c")
        assert not _hardly_read(drive, least)
        await drive.press(*["tab"] * 3)  # an empty entry may have the keys
        assert not _hardly_read(drive, least)
        await drive.press("escape", "8")
        await drive.shows("sessions.running")
        assert not _hardly_read(drive, least)


def test_every_status_has_a_sign_and_a_word_of_its_own() -> None:
    for glyphs in (UNICODE, ASCII):
        marks = [task_mark(status) for status in TaskStatus]
        signs = [getattr(glyphs, sign) for sign, _, _ in marks]
        assert len(set(signs)) == len(signs)
        assert len({word for _, word, _ in marks}) == len(marks)
    words = [session_mark(state)[1] for state in SessionState]
    assert len(set(words)) == len(words)


def test_looks_are_made_once() -> None:
    assert make_look("dark") is make_look("dark")
