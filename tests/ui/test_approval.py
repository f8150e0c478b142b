"""The approval card: everything in view, disguises spelled out, one answer for exactly one question."""

import pytest

from orion_tui.screens.approval import ApprovalScreen
from orion_tui.screens.dialogs import ReasonDialog
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY, approval, card

pytestmark = pytest.mark.unit


async def _open(drive: Drive, ident: str = "ap-1") -> None:
    drive.app.open_approval(ident)
    await drive.until(lambda: isinstance(drive.screen, ApprovalScreen) and "why it asks" in drive.text)


async def test_the_card_says_what_where_why_and_what_waits() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        for fact in (
            "pip install --no-index wheels/backoff_lite-2.2.1-py3-none-any.whl",
            "requires_approval[1] add_dependency: adding a dependency needs approval",
            "The retry helper needs it",
            "Wire it into the session factory, Document the retry policy",
            "/home/ada/src/api-client",
            "lapses after 24 h unused",
            "03:03",
        ):
            assert fact in drive.text


async def test_a_change_of_a_file_is_shown_as_a_diff() -> None:
    async with orion(night()) as drive:
        await _open(drive, "ap-2")
        assert "-image: debian:12.1" in drive.text
        assert "+image: debian:12.8" in drive.text


async def test_hidden_characters_are_spelled_out_and_warned_of() -> None:
    world = night()
    text = "echo safe\u202e # \u2066evil\x1b[2J"
    world.approvals = [approval("ap-9", RETRY, card(f"run {text}", text=text, disguised=True))]
    async with orion(world) as drive:
        await _open(drive, "ap-9")
        assert "Hidden or reordering characters were found" in drive.text
        assert "echo safe⟨U+202E⟩ # ⟨U+2066⟩evil⟨U+001B⟩[2J" in drive.text


async def test_nothing_is_cut_however_long() -> None:
    world = night()
    text = " ".join(f"word{n}" for n in range(900)) + " END-OF-IT"
    world.approvals = [approval("ap-9", RETRY, card(f"run {text}", text=text))]
    async with orion(world, size=(80, 24)) as drive:
        drive.app.open_approval("ap-9")
        await drive.shows("word0 ")
        seen = drive.text
        for _ in range(12):
            await drive.press("pagedown")
            seen += drive.text
        for word in ("word899", "END-OF-IT", *(f"word{n}" for n in range(900))):
            assert word in seen


async def test_keys_do_nothing_in_the_first_half_second() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("a", "r")
        assert not isinstance(drive.screen, ReasonDialog)
        assert drive.world.calls == []
        drive.clock.advance(0.5)
        await drive.press("a")
        await drive.called("approve", "ap-1")


async def test_after_an_answer_comes_the_next_one_and_then_out() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.settle()
        await drive.press("a")
        await drive.shows("write .github/workflows/build.yml")
        await drive.press("a")
        assert ("approve", "ap-2") not in drive.world.calls, "the next one has only just appeared"
        await drive.settle()
        await drive.press("a")
        await drive.called("approve", "ap-2")
        await drive.until(lambda: drive.view.VIEW == "mission")


async def test_an_answer_given_elsewhere_brings_the_next() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        drive.world.approvals = drive.world.approvals[1:]
        drive.world.touch()
        await drive.shows("─ approval ─")
        assert "build.yml" in drive.text


async def test_next_and_previous_go_round() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("n")
        await drive.shows("approval 2 of 2")
        await drive.press("n")
        await drive.shows("approval 1 of 2")
        await drive.press("N")
        await drive.shows("approval 2 of 2")


async def test_reject_asks_for_a_reason() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.settle()
        await drive.press("r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.press("enter")
        await drive.called("reject_approval", "ap-1", "")


async def test_the_queue_is_oldest_first_with_the_card_beside_it() -> None:
    async with orion(night()) as drive:
        await drive.press("3")
        await drive.shows("approvals  2")
        assert drive.text.index("pip install") < drive.text.index("build.yml")
        assert "why it asks" in drive.text
        await drive.press("j")
        await drive.shows("The base image of the pipeline")


async def test_an_empty_queue_teaches() -> None:
    world = night()
    world.approvals = []
    async with orion(world) as drive:
        await drive.press("3")
        await drive.shows("No approval waits.")
