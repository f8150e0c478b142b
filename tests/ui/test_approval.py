"""The approval card: everything in view, disguises spelled out, one answer for exactly one question."""

import pytest

from orion_tui.screens.approval import ApprovalScreen
from orion_tui.screens.dialogs import ReasonDialog
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY, approval, card
from tests.support.screens.world import World

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


def _long(end: str = "END-OF-IT") -> World:
    world = night()
    text = " ".join(f"word{n}" for n in range(900)) + f" {end}"
    world.approvals = [approval("ap-9", RETRY, card(f"run {text}", text=text, preview=text))]
    return world


@pytest.mark.parametrize("key", ["a", "A"])
async def test_what_is_longer_than_the_screen_is_seen_to_its_end_first(key: str) -> None:
    async with orion(_long(), size=(80, 24)) as drive:
        drive.app.open_approval("ap-9")
        await drive.shows("word0 ")
        await drive.settle()
        await drive.press(key)
        assert "lines below: see them first" in drive.text
        assert drive.world.calls == []
        await drive.press("G")
        await drive.press("g")
        assert "word0 " in drive.text
        await drive.press(key)  # seen once is seen
        await drive.until(lambda: bool(drive.world.calls))


@pytest.mark.parametrize("key", ["a", "A"])
async def test_in_the_list_what_its_line_does_not_show_whole_is_opened_first(key: str) -> None:
    async with orion(_long(), size=(80, 24)) as drive:
        await drive.press("3")
        await drive.shows("approvals  1")
        await drive.settle()
        await drive.press(key)
        await drive.until(lambda: isinstance(drive.screen, ApprovalScreen))
        assert drive.world.calls == []


async def test_what_was_seen_of_one_counts_for_no_other() -> None:
    world = _long()
    world.approvals.append(approval("ap-8", RETRY, world.approvals[0].card))
    async with orion(world, size=(80, 24)) as drive:
        drive.app.open_approval("ap-9")
        await drive.shows("word0 ")
        await drive.press("G", "n")
        await drive.shows("word0 ")
        await drive.settle()
        await drive.press("a")
        assert "lines below: see them first" in drive.text
        assert drive.world.calls == []


async def test_a_diff_longer_than_the_screen_is_seen_to_its_end_first() -> None:
    world = night()
    diff = "\n".join(["--- before", "+++ after", "@@ -1 +1,80 @@", *(f"+line {n}" for n in range(80))])
    world.approvals = [approval("ap-9", RETRY, card("write a.py", text="write a.py", preview=diff))]
    async with orion(world, size=(80, 24)) as drive:
        drive.app.open_approval("ap-9")
        await drive.shows("write a.py")
        await drive.settle()
        await drive.press("a")
        assert drive.world.calls == []
        await drive.press("G")
        await drive.press("a")
        await drive.called("approve", "ap-9")


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


async def test_who_answers_for_a_session_comes_back_to_it_and_not_to_another_ones_question() -> None:
    async with orion(night()) as drive:
        drive.app.open_session(RETRY)
        await drive.until(lambda: drive.view.VIEW == "live")
        await _open(drive)
        await drive.settle()
        await drive.press("a")
        await drive.called("approve", "ap-1")
        await drive.until(lambda: drive.view.VIEW == "live")
        assert "build.yml" not in drive.text


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
