"""Edit then approve, and approve beyond once: each shown whole, judged, and said yes to by itself (ASK-1)."""

import pytest

from orion_tui.base.errors import Blocked, UsageError
from orion_tui.bridge.ask_port import AllowedView, PastView, ReachView
from orion_tui.bridge.promotion_port import AuthView
from orion_tui.screens.approval import ApprovalScreen
from orion_tui.screens.credential_dialog import CredentialDialog
from orion_tui.screens.edit_dialog import EditDialog, EditedDialog
from orion_tui.screens.picking import Picker
from orion_tui.screens.reach_dialog import ReachDialog
from orion_tui.widgets.choice_list import ChoiceList
from orion_tui.widgets.content_editor import ContentEditor, editable
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import NOW, RETRY, approval, card
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

REACH = ReachView(
    rules=("run(pip install a.whl)",),
    exact=("run(pip install a.whl)",),
    wider=("run(pip install *)",),
    matched=(
        PastView(text="run pip install b.whl", at=NOW - 900),
        PastView(text="run pip install evil", at=NOW - 1800, refused=True, reason="not from there"),
    ),
    looked=40,
)


def asked() -> World:
    world = night()
    world.approvals = [approval("ap-1", RETRY, card("run pip install a.whl"))]
    world.reach = REACH
    return world


async def _open(drive: Drive) -> None:
    drive.app.open_approval("ap-1")
    await drive.until(lambda: isinstance(drive.screen, ApprovalScreen) and "why it asks" in drive.text)
    await drive.settle()


async def _editor(drive: Drive) -> ContentEditor:
    await drive.press("e")
    await drive.until(lambda: isinstance(drive.screen, EditDialog) and "pip install" in drive.text)
    return drive.widget("#text", ContentEditor)


async def test_the_edited_command_is_shown_with_the_gates_word_and_approved() -> None:
    async with orion(asked()) as drive:
        await _open(drive)
        editor = await _editor(drive)
        assert editor.text == "pip install a.whl"
        editor.text = "pip install --no-index a.whl"
        await drive.press("ctrl+s")
        await drive.until(lambda: isinstance(drive.screen, EditedDialog) and "Approve as edited" in drive.text)
        assert "pip install --no-index a.whl" in drive.text
        assert "Instead of: run pip install a.whl" in drive.text
        await drive.press("y")
        assert ("approve_edited", "ap-1") not in drive.world.calls, "it has only just appeared"
        await drive.settle()
        await drive.press("y")
        await drive.called("approve_edited", "ap-1")


async def test_a_forbidden_edit_says_the_rule_and_leaves_the_text_to_change() -> None:
    world = asked()
    world.errors["preview_edit"] = Blocked("what you made of it is forbidden: aegis execute_as_root: no root")
    async with orion(world) as drive:
        await _open(drive)
        editor = await _editor(drive)
        editor.text = "sudo pip install a.whl"
        await drive.press("ctrl+s")
        await drive.until(lambda: isinstance(drive.screen, EditDialog) and "aegis execute_as_root" in drive.text)
        assert drive.widget("#text", ContentEditor).text == "sudo pip install a.whl"
        assert not any(call[0] == "approve_edited" for call in world.calls)


async def test_esc_leaves_the_question_as_it_is() -> None:
    async with orion(asked()) as drive:
        await _open(drive)
        await _editor(drive)
        await drive.press("escape")
        await drive.until(lambda: isinstance(drive.screen, ApprovalScreen))
        assert not any(call[0] == "preview_edit" for call in drive.world.calls)


@pytest.mark.parametrize("text", ["a\u202eb", "a\x1b[2Jb", "a\rb", "a\r\nb\nc", "a\u200bb"])
def test_what_an_editor_would_hide_or_change_is_not_edited_here(text: str) -> None:
    assert not editable(text)


@pytest.mark.parametrize("text", ["", "a\tb\n", "a\r\nb\r\n", "é ∑"])
def test_tabs_and_line_ends_can_be_edited(text: str) -> None:
    assert editable(text)


async def _choose(drive: Drive, downs: int) -> None:
    await drive.press("A")
    await drive.until(lambda: isinstance(drive.screen, Picker) and "this session" in drive.text)
    await drive.press(*["down"] * downs, "enter")
    await drive.until(lambda: isinstance(drive.screen, ReachDialog) and "It would have let through" in drive.text)


async def test_for_this_session_the_rule_is_shown_with_what_it_matched() -> None:
    async with orion(asked()) as drive:
        await _open(drive)
        await _choose(drive, 2)
        assert "Allow for this session" in drive.text
        assert "run(pip install *)" in drive.text
        assert "2 of the last 40 commands and answered questions of this" in drive.text
        assert "you refused 1 of them" in drive.text
        assert "run pip install evil  (refused: not from there)" in drive.text
        await drive.press("y")
        assert not any(call[0] == "allow_reach" for call in drive.world.calls), "it has only just appeared"
        await drive.settle()
        await drive.press("y")
        await drive.called("allow_reach", "ap-1", False)


async def test_for_the_role_the_credential_comes_next() -> None:
    async with orion(asked()) as drive:
        await _open(drive)
        await _choose(drive, 3)
        await drive.settle()
        await drive.press("y")
        await drive.until(lambda: isinstance(drive.screen, CredentialDialog) and "Your PIN" in drive.text)
        await drive.press(*"111111", "enter")
        await drive.shows("wrong PIN")
        await drive.press(*"271828", "enter")
        await drive.until(lambda: "Allowed for the role" in drive.said)


async def test_without_a_pin_the_ways_to_keep_one_are_read_whole_in_the_dialog() -> None:
    world = asked()
    stolen = "An encrypted file without a question: it does not survive a stolen disk or backup, says its end."
    world.auth = AuthView(methods=(), locked_until=None, vault="", choices=(("machine-key", stolen),))
    async with orion(world, size=(120, 40)) as drive:
        await _open(drive)
        await _choose(drive, 3)
        await drive.settle()
        await drive.press("y")
        await drive.until(lambda: isinstance(drive.screen, CredentialDialog) and "machine-key" in drive.text)
        await drive.shows("says its end.")
        choices = drive.widget("#choices", ChoiceList)
        assert choices.size.height == len(choices.rows), "no line is wasted, and none is out of view"


async def test_the_rule_can_be_changed_and_a_bad_one_says_why() -> None:
    world = asked()
    async with orion(world) as drive:
        await _open(drive)
        await _choose(drive, 1)
        await drive.settle()
        await drive.press("e")
        await drive.until(lambda: isinstance(drive.screen, EditDialog))
        world.errors["preview_reach"] = UsageError("this cannot be allowed: run(*) must name a program first")
        drive.widget("#text", ContentEditor).text = "run(*)"
        await drive.press("ctrl+s")
        await drive.shows("must name a program first")
        world.errors.clear()
        drive.widget("#text", ContentEditor).text = "run(pip install --no-index *)"
        await drive.press("ctrl+s")
        await drive.called("preview_reach", "ap-1", ("run(pip install --no-index *)",), False)


async def test_what_can_only_be_approved_once_says_why() -> None:
    world = asked()
    world.reach = ReachView(problem="what it does is not certain: a program from the workspace")
    async with orion(world) as drive:
        await _open(drive)
        await drive.press("A")
        await drive.until(lambda: isinstance(drive.screen, Picker))
        await drive.press("down")
        await drive.shows("Only once: what it does is not certain")
        await drive.press("enter")
        assert isinstance(drive.screen, Picker)
        await drive.press("up", "enter")
        await drive.called("approve", "ap-1")


async def test_what_a_session_is_allowed_is_listed_there_and_taken_back() -> None:
    world = asked()
    world.allowed = (AllowedView(number=0, rule="run(pip install *)"),)
    async with orion(world) as drive:
        drive.app.open_session(RETRY)
        await drive.until(lambda: drive.view.VIEW == "live" and drive.view.snapshot is not None)
        await drive.settle()
        await drive.press("A")
        await drive.until(lambda: isinstance(drive.screen, Picker) and "run(pip install *)" in drive.text)
        await drive.press("enter")
        await drive.called("revoke_reach", RETRY, 0, "run(pip install *)")
