"""The way back, and the bottom line that gives the keys back by itself."""

from typing import Any

import pytest

from orion_tui import ways
from orion_tui.widgets import key_footer
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night

pytestmark = pytest.mark.unit


def stack(drive: Drive) -> list[Any]:
    """The views from the ground up."""
    return [getattr(screen, "VIEW", "") for screen in drive.app.screen_stack]


async def test_esc_leads_from_a_numbered_screen_back_to_the_session_one_came_from() -> None:
    async with orion(night()) as drive:
        session = drive.world.sessions[0].id
        drive.app.open_session(session)
        await drive.until(lambda: stack(drive) == ["mission", "live"])
        await drive.press("3", "2", "8")
        assert stack(drive) == ["mission", "live", "approvals", "sessions", "settings"]
        await drive.press("2")
        # Between numbered screens nobody goes in: back to the one that lies there already.
        assert stack(drive) == ["mission", "live", "approvals", "sessions"]
        await drive.press("escape", "escape")
        assert stack(drive) == ["mission", "live"]
        await drive.press("1")
        assert stack(drive) == ["mission"]


async def test_the_way_never_becomes_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "MOST_SCREENS", 5)
    async with orion(night()) as drive:
        for _ in range(4):
            await drive.press("2")
            drive.app.open_session(drive.world.sessions[0].id)
            await drive.until(lambda: stack(drive)[-1] == "live")
            assert len(stack(drive)) <= 6
        await drive.press("2")
        assert stack(drive)[0] == "mission"
        assert len(stack(drive)) <= 6


async def test_a_notice_gives_the_keys_back_and_trouble_stays_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_footer, "NOTICE_SECONDS", 0.05)
    async with orion(night()) as drive:
        drive.app.tell("A supervisor was started.", "good")
        assert drive.said == "A supervisor was started."
        await drive.until(lambda: not drive.said)
        assert "palette" in drive.lines[-1]
        drive.app.tell("The supervisor does not answer.", "bad")
        drive.app.tell("All is well.", "good")
        drive.app.tell("Still it does not answer.", "bad")
        # The notice between would have ended it, had its time not been stopped.
        later: list[bool] = []
        drive.view.set_timer(0.1, lambda: later.append(True))
        await drive.until(lambda: later)
        assert drive.said == "Still it does not answer."
        await drive.press("down")
        assert not drive.said
