"""`--read-only`: keys that change something are not offered, and do nothing but say so."""

import pytest

from orion_tui.base.key_catalogue import CATALOGUE
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night

pytestmark = pytest.mark.unit

#: What the fake is asked by looking.
_LOOKS = {"diff", "file_diff", "timeline", "step", "settings", "plan_view", "words", "auth"}


def changed(drive: Drive) -> list[object]:
    """What the engine was asked to change."""
    return [call for call in drive.world.calls if call[0] not in _LOOKS]


async def test_the_header_says_it_and_the_footer_offers_only_looks() -> None:
    async with orion(night(), read_only=True) as drive:
        assert "ORION  read-only  mission" in drive.lines[0]
        assert " approve" not in drive.lines[-1]
        assert "new goal" not in drive.lines[-1]
        assert "log" in drive.lines[-1]
    async with orion(night()) as drive:
        assert "read-only" not in drive.text
        assert "approve" in drive.lines[-1]


@pytest.mark.parametrize("view", ["mission", "sessions", "approvals", "live", "settings"])
async def test_no_key_of_a_screen_changes_anything(view: str) -> None:
    async with orion(night(), read_only=True) as drive:
        if view == "live":
            drive.app.open_session(drive.world.sessions[0].id)
        else:
            drive.app.action_view(view)
        await drive.until(lambda: view == drive.view.VIEW and drive.view.alive)
        await drive.settle()
        for key in CATALOGUE:
            if key.view in {view, "app"} and key.changes:
                before = len(drive.app.screen_stack)
                await drive.press(key.keys.partition(",")[0])
                assert drive.said.startswith("Read-only: "), key.id
                assert len(drive.app.screen_stack) == before, key.id
        await drive.press("enter")
    assert changed(drive) == []


async def test_enter_on_a_question_shows_it_and_asks_for_no_answer() -> None:
    world = night()
    async with orion(world, read_only=True) as drive:
        drive.app.action_view("approvals")
        await drive.until(lambda: drive.view.VIEW == "approvals" and drive.view.alive)
        await drive.settle()
        for _ in world.approvals:
            await drive.press("enter")
            assert drive.view.VIEW == "approval"
            await drive.press("escape", "n")


async def test_help_and_palette_leave_changing_keys_out() -> None:
    async with orion(night(), read_only=True, size=(120, 400)) as drive:
        await drive.press("question_mark")
        await drive.until(lambda: drive.view.VIEW == "help")
        assert "Hand over a goal" not in drive.text
        assert "Refuse the revision" not in drive.text
        assert "New goal" not in drive.text
        assert "What the session changed." in drive.text
        await drive.press("escape", "ctrl+p")
        assert "Hand over a goal" not in drive.text
        assert "Approve once" not in drive.text
        assert "All sessions." in drive.text


async def test_what_was_seen_does_not_count_as_seen() -> None:
    world = night()
    async with orion(world, read_only=True):
        pass
    assert "looked" not in {call[0] for call in world.calls}
