"""What a line has room for: a title gets all that its neighbours leave, and no half words stand where a fact began."""

import pytest

from orion_tui.widgets.document import Document
from orion_tui.widgets.needs_list import NeedsList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import empty, night
from tests.support.screens.rows import RETRY
from tests.support.screens.words import REVISED, evening

pytestmark = pytest.mark.unit


def _row(drive: Drive, text: str) -> str:
    return next(line for line in drive.lines if text in line)


#: Where the last letter of the command gets its room, or loses it to another column.
@pytest.mark.parametrize(("key", "about"), [("1", 132), ("1", 128), ("3", 302)])
async def test_a_line_counts_as_whole_exactly_where_nothing_of_it_is_cut(key: str, about: int) -> None:
    """One key approves what counts as whole, so a cut sign must never stand in it."""
    seen: set[bool] = set()
    async with orion(night(), size=(about + 3, 24)) as drive:
        await drive.press(key)
        await drive.shows("run pip install")
        listing = drive.view.query_one(NeedsList)
        for columns in range(about + 3, about - 4, -1):
            await drive.pilot.resize_terminal(columns, 24)
            await drive.settle()
            text = listing.render_line(0).text
            whole = listing.whole(listing.rows[0])
            assert whole == ("2.2.1-py3-none-any.whl" in text), (columns, text)
            seen.add(whole)
    assert seen == {True, False}


async def test_a_goal_has_the_room_that_no_number_takes() -> None:
    async with orion(night(), size=(80, 24)) as drive:
        await drive.press("2")
        await drive.shows("Add retry with back-off to the")
        line = _row(drive, "Add retry with back-off")
        assert "…  4/8  " in line


async def test_a_fact_of_which_three_letters_would_remain_is_left_out() -> None:
    async with orion(evening(), size=(80, 24)) as drive:
        drive.app.open_plan(REVISED)
        await drive.shows("1 added, 1 removed, 1 changed")
        assert "…" not in _row(drive, "1 added, 1 removed")


async def test_a_status_word_gives_its_room_to_the_title_where_the_sign_has_a_colour() -> None:
    async with orion(night(), size=(120, 40)) as drive:
        drive.app.open_session(RETRY)
        await drive.shows("⚑  4 Implement exponential back-off")


async def test_without_colours_the_word_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with orion(night(), size=(120, 40)) as drive:
        drive.app.open_session(RETRY)
        await drive.shows("plan  4/8")
        assert "flagged" in _row(drive, "Implement exp")


async def test_an_empty_queue_has_no_empty_card_beside_it() -> None:
    async with orion(empty(), size=(120, 40)) as drive:
        await drive.press("3")
        await drive.shows("No approval waits.")
        assert not drive.widget("#card", Document).display
