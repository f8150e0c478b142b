"""The timeline: what each checkpoint changed, going back, and bringing back."""

import attrs
import pytest

from orion_tui.base.errors import StateError
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.so_far import SoFar
from orion_tui.screens.diff import DiffScreen
from orion_tui.widgets.timeline_list import TimelineList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import NOW, SHOP
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

SIZES = [(80, 24), (120, 40)]


async def _open(drive: Drive) -> TimelineList:
    drive.app.open_session(SHOP)
    await drive.shows("Write unit tests")
    await drive.press("t")
    await drive.shows("after Run everything")
    await drive.shows("made 02:31")
    return drive.widget("#timeline", TimelineList)


@pytest.mark.parametrize("size", SIZES)
async def test_checkpoints_newest_first_with_what_they_changed_and_the_trash_below(size: tuple[int, int]) -> None:
    async with orion(night(), size=size) as drive:
        rows = await _open(drive)
        assert [row.name for row in rows.rows][:3] == ["cp-0009", "cp-0008", "cp-0007"]
        assert [row.name[-7:] for row in rows.rows][-3:] == ["cp-0000", "cp-0007", "cp-0002"]
        line = next(text for text in drive.lines if "cp-0008" in text)
        assert "after Test the reset mail" in line
        assert "+45" in line
        assert "-9" in line
        assert "02:20" in line
        assert "10 checkpoints" in drive.text
        assert "2 in the trash" in drive.text
        await drive.press("j")
        await drive.shows("52m ago")
        assert "tests/auth/mailbox.py" in drive.text


@pytest.mark.parametrize("key", ["d", "enter"])
async def test_a_diff_is_against_the_checkpoint_before(key: str) -> None:
    async with orion(night()) as drive:
        rows = await _open(drive)
        await drive.press("j", key)
        await drive.called("diff", SHOP, rows.rows[2].commit, rows.rows[1].commit)
        assert isinstance(drive.view, DiffScreen)
        assert drive.view.path()[-1] == "cp-0008"


async def test_two_marks_show_what_lies_between_in_the_order_of_time() -> None:
    async with orion(night()) as drive:
        rows = await _open(drive)
        await drive.press("space", "j", "space", "j", "d")
        await drive.called("diff", SHOP, rows.rows[2].commit, rows.rows[0].commit)
        assert drive.view.path()[-1] == "cp-0007 to cp-0009"


async def test_one_mark_compares_with_the_cursor_and_is_taken_back_by_space() -> None:
    async with orion(night()) as drive:
        rows = await _open(drive)
        await drive.press("space")
        assert "marked cp-0009" in drive.text
        await drive.press("j", "d")
        await drive.called("diff", SHOP, rows.rows[2].commit, rows.rows[0].commit)
        await drive.press("escape")
        await drive.press("g", "space")
        assert rows.marked == []
        assert "marked" not in drive.text


async def test_since_then_compares_with_the_newest_work() -> None:
    async with orion(night()) as drive:
        rows = await _open(drive)
        await drive.press("j", "j", "D")
        await drive.called("diff", SHOP, rows.rows[2].commit, rows.rows[0].commit)


async def test_a_part_of_the_work_is_only_looked_at() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("j", "d")
        await drive.shows("def call(")
        await drive.press("P")
        assert "part of the work" in drive.said
        await drive.press("r")
        assert "part of the work" in drive.said
        assert isinstance(drive.view, DiffScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_going_back_shows_what_it_takes_back_and_asks(size: tuple[int, int]) -> None:
    async with orion(night(), size=size) as drive:
        rows = await _open(drive)
        rows.go(6)
        await drive.press("R")
        await drive.shows("Go back to cp-0003?")
        shown = [
            *("3 tasks go back", "queued  Test lock-out", "4 files lose this", "tests/auth/mailbox.py"),
            *("9 steps no longer count", "withdrawn: run pip install mailbox-lite", "cp-0006 and 3 more", "30 days"),
        ]
        for text in (*shown, "and 2 more files" if size[1] < 30 else "tests/auth/test_lock_out.py"):
            assert text in drive.text
        await drive.press("n")
        assert ("rollback", SHOP) not in drive.world.calls
        await drive.press("R")
        await drive.shows("Go back to cp-0003?")
        await drive.press("y")
        await drive.called("rollback", SHOP)
        await drive.until(lambda: "Back at cp-0003" in drive.said)
        await drive.until(lambda: rows.rows[0].name == "cp-0008")
        assert rows.at == 0


async def test_a_session_at_work_is_paused_first_when_the_person_says_so() -> None:
    world = night()
    world.set_state(SHOP, SessionState.RUNNING)
    async with orion(world) as drive:
        await _open(drive)
        await drive.press("j", "R")
        await drive.shows("Pause it first?")
        await drive.press("y")
        await drive.called("pause", SHOP)
        assert not any(call[0] == "preview_rollback" for call in drive.world.calls)


async def test_undo_brings_back_the_last_or_the_selected_piece_of_trash() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("u")
        await drive.called("preview_restore", 3)
        await drive.shows("Bring this back?")
        assert "goes to the trash" in drive.text
        await drive.press("n", "G", "u")
        await drive.called("preview_restore", 2)
        await drive.press("y")
        await drive.called("restore", 2)
        await drive.until(lambda: "It is back" in drive.said)


async def test_trash_is_not_gone_back_to() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("G", "R")
        assert "in the trash already" in drive.said


async def test_a_refusal_is_shown_with_what_to_do() -> None:
    world = night()
    world.errors["preview_rollback"] = StateError("session is promoted", hint="orion undo-promote first")
    async with orion(world) as drive:
        await _open(drive)
        await drive.press("j", "R")
        await drive.shows("orion undo-promote first")


async def test_an_empty_timeline_teaches() -> None:
    world = night()
    del world.timelines[SHOP]
    async with orion(world, size=(80, 24)) as drive:
        drive.app.open_timeline(SHOP)
        await drive.shows("No checkpoint yet.")
        await drive.press("d", "D", "space", "u")
        assert "trash of this session is empty" in drive.said


async def test_what_a_plan_wrote_is_shown_literally() -> None:
    world = night()
    line = world.timelines[SHOP]
    evil = attrs.evolve(line.moments[0], reason="after [@click=app.quit]x[/]\x1b]52;c;eA==\x07", task="[red]t")
    world.timelines[SHOP] = attrs.evolve(line, moments=(evil, *line.moments[1:]))
    async with orion(world) as drive:
        drive.app.open_timeline(SHOP)
        await drive.shows("[@click=app.quit]x[/]")
        assert "\x1b]52" not in drive.text


async def test_a_new_checkpoint_shows_by_itself() -> None:
    world = night()
    async with orion(world) as drive:
        rows = await _open(drive)
        line = world.timelines[SHOP]
        newer = attrs.evolve(line.moments[0], number=10, name="cp-0010")
        world.timelines[SHOP] = attrs.evolve(line, moments=(newer, *line.moments))
        with world.lock:
            world.checkpoints.setdefault(SHOP, []).append(
                Checkpoint(
                    session_id=SHOP, number=10, commit="a" * 40, tree="", step=1, task_id="", reason="", created_at=NOW
                )
            )
            world.touch()
        await drive.until(lambda: rows.rows[0].name == "cp-0010")


def _says(world: World, *so_far: SoFar | None) -> None:
    """Had been used at the checkpoints, the newest first; the others as the first of them."""
    view = world.timelines[SHOP]
    told = [*so_far, *so_far[:1] * len(view.moments)]
    moments = tuple(attrs.evolve(made, so_far=used) for made, used in zip(view.moments, told, strict=False))
    world.timelines[SHOP] = attrs.evolve(view, moments=moments)


def _line(drive: Drive, name: str) -> str:
    return next(text for text in drive.lines if name in text)


@pytest.mark.parametrize("size", SIZES)
async def test_a_checkpoint_says_what_had_been_used_by_then(size: tuple[int, int]) -> None:
    world = night()
    _says(
        world,
        SoFar(tokens=84_000, cost_usd=0.47, worked=4_320.0),
        SoFar(tokens=61_000, cost_usd=0.31, unpriced=True, worked=60.0),
        SoFar(tokens=20_000, unpriced=True, worked=40.0),
    )
    async with orion(world, size=size) as drive:
        await _open(drive)
        await drive.shows("by then worked 1h12, 84k tokens, $0.47")
        assert "$0.47" in _line(drive, "● cp-0009")
        assert "$0.31" in _line(drive, "· cp-0008")
        assert "20k tok" in _line(drive, "◐ cp-0007")
        await drive.press("j")
        await drive.shows("by then worked 1m, 61k tokens, $0.31 and")
        await drive.shows("what has no price")
        await drive.press("j")
        await drive.shows("by then worked 40s, 20k tokens, no price")


async def test_without_a_model_the_list_says_how_long_it_had_worked() -> None:
    world = night()
    _says(world, SoFar(worked=4_320.0), None)
    async with orion(world) as drive:
        await _open(drive)
        await drive.shows("by then worked 1h12 ")
        assert "1h12" in _line(drive, "● cp-0009")
        assert "$" not in _line(drive, "● cp-0009")
        assert "1h12" not in _line(drive, "· cp-0008")


async def test_in_a_wide_list_both_stand_beside_the_files() -> None:
    world = night()
    _says(world, SoFar(tokens=84_000, cost_usd=0.47, worked=4_320.0))
    async with orion(world, size=(200, 50)) as drive:
        await _open(drive)
        assert "1h12  $0.47  2 files" in _line(drive, "· cp-0008")
