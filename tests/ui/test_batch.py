"""Many approvals at once: marked, listed whole, answered by one key, and nothing that changed meanwhile (ASK-2)."""

import attrs
import pytest

from orion_tui.core.models.sessions import ApprovalStatus
from orion_tui.screens.batch_dialog import BatchDialog, LeftOutDialog
from orion_tui.widgets.approval_queue import ApprovalQueue
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY, SHOP, approval, card
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

PIP = "add_dependency pip install"


def full_queue() -> World:
    """Three of one kind over two sessions, another between them, and a question."""
    world = night()
    world.approvals = [
        approval("ap-1", RETRY, card("run pip install attrs"), age=500, alike=PIP),
        approval("ap-2", RETRY, card("run make all", kind="run"), age=400, alike="run make"),
        approval("ap-3", SHOP, card("run pip install httpx"), age=300, alike=PIP),
        approval("ap-4", RETRY, card("question: which?", question="which?"), age=200),
        approval("ap-5", SHOP, card("run pip install rich"), age=100, alike=PIP),
    ]
    return world


async def _at_queue(drive: Drive) -> ApprovalQueue:
    await drive.press("3")
    await drive.until(lambda: drive.view.VIEW == "approvals" and len(drive.widget("#queue", ApprovalQueue).rows) > 0)
    await drive.settle()
    return drive.widget("#queue", ApprovalQueue)


async def _dialog(drive: Drive) -> None:
    await drive.until(lambda: isinstance(drive.screen, BatchDialog) and "1  " in drive.text)


async def test_the_like_stand_together_where_the_oldest_stands() -> None:
    async with orion(full_queue()) as drive:
        queue = await _at_queue(drive)
        assert [n.approval.id for n in queue.rows if n.approval] == ["ap-1", "ap-3", "ap-5", "ap-2", "ap-4"]


async def test_one_key_marks_the_whole_group_and_takes_the_marks_away() -> None:
    async with orion(full_queue()) as drive:
        queue = await _at_queue(drive)
        await drive.press("asterisk")
        assert set(queue.marks) == {"ap-1", "ap-3", "ap-5"}
        assert "marked 3" in drive.text
        assert "approve 3" in drive.text
        await drive.press("asterisk")
        assert not queue.marks


async def test_space_marks_one_and_goes_on() -> None:
    async with orion(full_queue()) as drive:
        queue = await _at_queue(drive)
        await drive.press("space", "space")
        assert set(queue.marks) == {"ap-1", "ap-3"}
        assert queue.at == 2


async def test_everything_that_is_covered_is_listed_and_then_approved() -> None:
    async with orion(full_queue()) as drive:
        await _at_queue(drive)
        await drive.press("asterisk", "a")
        await _dialog(drive)
        for fact in ("Approve 3 items", "pip install attrs", "pip install httpx", "pip install rich", SHOP[:8]):
            assert fact in drive.text
        assert "make all" not in drive.text.partition("Approve 3 items")[2].partition("╰")[0]
        await drive.settle()
        await drive.press("y")
        await drive.called("answer_all", ("ap-1", "ap-3", "ap-5"), True, "")
        await drive.until(lambda: "Approved 3 of 3 items" in drive.said)


async def test_the_dialog_has_its_own_half_second() -> None:
    async with orion(full_queue()) as drive:
        await _at_queue(drive)
        await drive.press("asterisk", "a")
        await _dialog(drive)
        await drive.press("y")
        assert isinstance(drive.screen, BatchDialog)
        assert not drive.world.calls
        assert "read it, then press again" in drive.text


async def test_a_key_that_comes_before_the_list_stands_approves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = BatchDialog.on_mount

    def slow(self: BatchDialog) -> None:
        mounted(self)
        drive.clock.advance(5)  # composing took so long, and somebody pressed a key
        self.action_yes()

    async with orion(full_queue()) as drive:
        await _at_queue(drive)
        monkeypatch.setattr(BatchDialog, "on_mount", slow)
        await drive.press("asterisk", "a")
        await _dialog(drive)
        assert isinstance(drive.screen, BatchDialog)
        assert not drive.world.calls


async def test_a_long_list_is_seen_to_its_end_first() -> None:
    world = full_queue()
    long = " ".join(f"word{n}" for n in range(300)) + " END-OF-IT"
    world.approvals = [
        attrs.evolve(a, card=card(f"run pip install {long}", text=f"pip install {long}")) if a.alike == PIP else a
        for a in world.approvals
    ]
    async with orion(world, size=(80, 24)) as drive:
        await _at_queue(drive)
        await drive.press("asterisk", "a")
        await _dialog(drive)
        await drive.settle()
        await drive.press("y")
        assert not drive.world.calls
        assert "below: see them first" in drive.text
        await drive.press("G")
        assert "END-OF-IT" in drive.text
        await drive.press("y")
        await drive.called("answer_all", ("ap-1", "ap-3", "ap-5"), True, "")


async def test_hidden_characters_are_spelled_out_in_the_list() -> None:
    world = full_queue()
    text = "pip install \u202eevil"
    world.approvals[0] = approval("ap-1", RETRY, card(f"run {text}", text=text, disguised=True), alike=PIP)
    async with orion(world) as drive:
        await _at_queue(drive)
        await drive.press("space", "a")
        await _dialog(drive)
        assert "hidden characters" in drive.text
        assert "pip install ⟨U+202E⟩evil" in drive.text


async def test_what_changes_between_mark_and_yes_is_left_out_and_named() -> None:
    async with orion(full_queue()) as drive:
        await _at_queue(drive)
        await drive.press("asterisk", "a")
        await _dialog(drive)
        await drive.settle()
        with drive.world.lock:
            drive.world.approvals = [
                attrs.evolve(a, status=ApprovalStatus.SUPERSEDED) if a.id == "ap-3" else a
                for a in drive.world.approvals
            ]
            drive.world.touch()
        await drive.press("y")
        await drive.until(lambda: isinstance(drive.screen, LeftOutDialog) and "its inputs changed" in drive.text)
        assert "Approved 2 of 3 items" in drive.text
        assert "run pip install httpx" in drive.text
        await drive.press("escape")
        await drive.until(lambda: drive.view.VIEW == "approvals")


async def test_a_mark_does_not_pass_to_what_is_asked_anew() -> None:
    async with orion(full_queue()) as drive:
        queue = await _at_queue(drive)
        await drive.press("asterisk")
        with drive.world.lock:
            drive.world.approvals[0] = attrs.evolve(drive.world.approvals[0], binding="c" * 64)
            drive.world.touch()
        await drive.until(lambda: len(queue.marks) == 2)
        assert "ap-1" not in queue.marks


async def test_one_reason_rejects_all_that_is_marked() -> None:
    async with orion(full_queue()) as drive:
        await _at_queue(drive)
        await drive.press("asterisk", "r")
        await _dialog(drive)
        await drive.settle()
        await drive.press("enter")
        assert "say in a few words why" in drive.text
        await drive.press(*"no wheels", "enter")
        await drive.called("answer_all", ("ap-1", "ap-3", "ap-5"), False, "no wheels")


async def test_esc_leaves_everything_as_it_is() -> None:
    async with orion(full_queue()) as drive:
        queue = await _at_queue(drive)
        await drive.press("asterisk", "a")
        await _dialog(drive)
        await drive.press("escape")
        await drive.until(lambda: not isinstance(drive.screen, BatchDialog))
        assert not drive.world.calls
        assert len(queue.marks) == 3


async def test_a_question_is_not_approved_with_others() -> None:
    async with orion(full_queue()) as drive:
        await _at_queue(drive)
        await drive.press("G", "space", "a")
        assert "answer it by itself" in drive.said
        assert not drive.world.calls
