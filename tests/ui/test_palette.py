"""The palette over everything: sessions, roles, settings, screens, actions."""

import threading

import attrs
import pytest

from orion_tui.bridge.finding_port import FoundSessions
from orion_tui.commands import Command, Heading, Kind
from orion_tui.core.models.sessions import SessionState
from orion_tui.screens.palette import CommandList, PaletteScreen
from tests.support.screens.drive import Drive, orion
from tests.support.screens.fake_finding import FakeFinding
from tests.support.screens.hostile import PAYLOADS
from tests.support.screens.night import night
from tests.support.screens.rows import session

pytestmark = pytest.mark.unit


async def typed(drive: Drive, words: str) -> None:
    """Open the palette and type."""
    await drive.press("ctrl+p")
    await drive.until(lambda: isinstance(drive.screen, PaletteScreen))
    await drive.pilot.press(*("space" if letter == " " else letter for letter in words))
    await drive.pilot.pause()


def listing(drive: Drive) -> CommandList:
    return drive.widget("#commands", CommandList)


def headings(drive: Drive) -> list[str]:
    return [row.text for row in listing(drive).rows if isinstance(row, Heading)]


async def test_a_session_is_opened_by_words_of_its_goal_or_the_beginning_of_its_id() -> None:
    world = night()
    for words in ("flaky clock", world.sessions[-1].id[:6]):
        async with orion(night()) as drive:
            await typed(drive, words)
            await drive.until(lambda: (c := listing(drive).command) is not None and c.kind is Kind.SESSIONS)
            await drive.press("enter")
            await drive.until(lambda: drive.view.VIEW == "live")


async def test_a_role_is_shown_and_nothing_can_be_changed_there() -> None:
    async with orion(night()) as drive:
        await typed(drive, "software eng")
        await drive.until(lambda: (c := listing(drive).command) is not None and c.kind is Kind.ROLES)
        await drive.press("enter")
        await drive.shows("edit_code(src/**)")
        assert "done without asking" in drive.text
        await drive.press("escape")
        assert drive.view.VIEW == "mission"


async def test_a_setting_is_gone_to_also_when_its_screen_is_open() -> None:
    async with orion(night()) as drive:
        for words, name in (("running", "sessions.running"), ("ui theme", "ui.theme")):
            await typed(drive, words)
            await drive.until(lambda: (c := listing(drive).command) is not None and c.kind is Kind.SETTINGS)
            await drive.press("enter")
            await drive.until(lambda: drive.view.VIEW == "settings")
            await drive.until(lambda name=name: f"│ {name}" in drive.text or drive.text.count(name) > 1, name)
        assert len(drive.app.screen_stack) == 2


async def test_groups_have_counts_and_the_cursor_passes_headings() -> None:
    async with orion(night()) as drive:
        await typed(drive, "")
        await drive.shows("2 roles")
        assert headings(drive)[0].startswith("here  ")
        assert f"sessions  {len(drive.world.sessions)}" in headings(drive)
        rows = listing(drive).rows
        for _ in range(len(rows)):
            assert isinstance(listing(drive).selected, Command)
            listing(drive).move(1)
        for _ in range(len(rows)):
            assert isinstance(listing(drive).selected, Command)
            listing(drive).move(-1)
        await drive.pilot.pause()
        assert listing(drive).at == 1
        assert "here  " in drive.text


async def test_what_was_chosen_lately_comes_first() -> None:
    async with orion(night()) as drive:
        await typed(drive, "all sessions")
        await drive.press("enter")
        await drive.until(lambda: drive.view.VIEW == "sessions")
        await typed(drive, "")
        assert headings(drive)[0] == "lately  1"
        command = listing(drive).command
        assert command is not None
        assert command.action == "view('sessions')"


async def test_nothing_that_fits_says_what_can_be_typed() -> None:
    async with orion(night()) as drive:
        await typed(drive, "zzzzzz")
        await drive.shows("Nothing fits.")
        await drive.shows("or of a setting")
        await drive.press("enter")
        assert not isinstance(drive.screen, PaletteScreen)


async def test_keys_are_alive_while_the_store_is_searched_and_it_is_asked_once_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = night()
    late = session("9" * 12, SessionState.COMPLETED, "Retry far away", workspace="/srv/old")
    gate = threading.Event()
    asked: list[str] = []

    def slow(_: FakeFinding, words: str, limit: int) -> FoundSessions:
        asked.append(words)
        assert gate.wait(30)
        return FoundSessions(words=words, sessions=(late,) * min(1, limit), count=9_000)

    monkeypatch.setattr(FakeFinding, "find_sessions", slow)
    async with orion(world) as drive:
        await typed(drive, "ret")
        await drive.until(lambda: asked == ["r"])
        await drive.press("r", "y")
        assert drive.screen.query_one("Input").value == "retry"  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        # What is known without the store is there already.
        assert any("sessions" in heading for heading in headings(drive))
        assert "Retry far away" not in drive.text
        gate.set()
        await drive.shows("Retry far away")
        assert asked == ["r", "retry"]
        assert "sessions  1 of 9,000" in headings(drive)


async def test_an_answer_that_comes_after_the_palette_was_left_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, done = threading.Event(), threading.Event()

    def slow(_: FakeFinding, words: str, limit: int) -> FoundSessions:
        del limit
        assert gate.wait(30)
        done.set()
        return FoundSessions(words=words, sessions=(), count=0)

    monkeypatch.setattr(FakeFinding, "find_sessions", slow)
    async with orion(night()) as drive:
        await typed(drive, "x")
        await drive.press("escape")
        gate.set()
        await drive.until(done.is_set)
        await drive.press("2")
        await drive.until(lambda: drive.view.VIEW == "sessions")


@pytest.mark.parametrize("name", list(PAYLOADS))
async def test_hostile_titles_are_drawn_literally(name: str) -> None:
    world = night()
    world.sessions = [attrs.evolve(s, goal=f"goal {PAYLOADS[name]} end") for s in world.sessions]
    async with orion(world) as drive:
        await typed(drive, "goal")
        await drive.until(lambda: any("sessions" in heading for heading in headings(drive)))
        for char in ("\x1b", "\x07", "\x9b", "\u202e", "\u200b"):
            assert char not in drive.text
        assert "goal " in drive.text
