"""Beside a session's plan: what its command prints, the files it touched, and the way to the next session."""

import pytest

from orion_tui.bridge.port import Said
from orion_tui.screens.diff import DiffScreen
from orion_tui.screens.live import LiveScreen
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.diff_pane import DiffPane
from orion_tui.widgets.output_pane import LINES, OutputPane
from orion_tui.widgets.touched_list import TouchedList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import INFRA, NOW, RETRY, SHOP
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

STEP = 41


def _running() -> World:
    """One command of RETRY is in flight."""
    world = night()
    told = {"task": "t5", "index": 7, "text": "run make test"}
    rule = {"tier": "autonomous", "layer": "role", "rule": "autonomous[2] run_tests", "reason": "it may"}
    world.event(RETRY, "action.decided", NOW - 20, actor="aegis", **told, **rule, claims=[], flagged=False)
    world.event(RETRY, "action.started", NOW - 20, actor="agent", step=STEP, **told)
    return world


def _output(drive: Drive) -> OutputPane:
    return drive.widget("#output", OutputPane)


async def test_what_the_command_in_flight_prints_is_seen_while_it_runs() -> None:
    world = _running()
    async with orion(world, session=RETRY) as drive:
        await drive.shows("It has printed nothing yet.")
        world.printed[RETRY] = Said(step=STEP, text="collecting ...\n")
        await drive.shows("collecting ...")
        assert "output  make test" in drive.text
        world.printed[RETRY] = Said(step=STEP, text="collecting ...\n41 passed\n")
        await drive.shows("41 passed")


async def test_output_of_another_step_is_not_shown_as_this_ones() -> None:
    world = _running()
    world.printed[RETRY] = Said(step=STEP - 1, text="of the step before\n")
    async with orion(world, session=RETRY) as drive:
        await drive.until(lambda: getattr(drive.view, "_printed", None) is not None)
        assert "of the step before" not in drive.text


async def test_a_command_that_prints_without_end_lays_out_its_end_only() -> None:
    world = _running()
    world.printed[RETRY] = Said(step=STEP, text="y\n" * 20_000 + "last\n", cut=True)
    async with orion(world, session=RETRY) as drive:
        await drive.shows("last")
        assert len(_output(drive).rows) == LINES + 1
        assert _output(drive).rows[0].text == "(more before this)"


async def test_who_scrolls_back_in_the_output_is_left_there() -> None:
    world = _running()
    world.printed[RETRY] = Said(step=STEP, text="".join(f"line {n}\n" for n in range(100)))
    async with orion(world, session=RETRY) as drive:
        await drive.shows("line 99")
        pane = _output(drive)
        pane.focus()
        await drive.press("home")
        await drive.shows("line 0")
        world.printed[RETRY] = Said(step=STEP, text="".join(f"line {n}\n" for n in range(101)))
        await drive.until(lambda: len(pane.rows) == 101)
        assert pane.top == 0
        await drive.press("end")
        world.printed[RETRY] = Said(step=STEP, text="".join(f"line {n}\n" for n in range(102)))
        await drive.shows("line 101")


async def test_on_a_small_terminal_the_output_has_room_while_something_prints() -> None:
    world = _running()
    async with orion(world, session=RETRY, size=(80, 24)) as drive:
        await drive.shows("make test")
        assert not _output(drive).display
        world.printed[RETRY] = Said(step=STEP, text="".join(f"line {n}\n" for n in range(60)) + "41 passed\n")
        await drive.shows("41 passed")


async def test_files_that_were_touched_are_counted_and_lead_to_their_changes() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.press("f")
        files = drive.widget("#touched", TouchedList)
        await drive.until(lambda: bool(files.rows))
        assert files.has_focus
        assert "client/retry.py" in [file.path for file in files.rows]
        place = next(n for n, file in enumerate(files.rows) if file.path == "client/retry.py")
        drive.world.diffs[RETRY] = drive.world.diffs[SHOP]
        files.go(place)
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, DiffScreen))
        await drive.shows("Retry of requests that may be repeated")
        assert drive.widget("#hunks", DiffPane).has_focus


async def test_the_file_that_was_changed_last_is_in_view_while_nobody_goes_through_them() -> None:
    async with orion(night(), session=RETRY) as drive:
        files = drive.widget("#touched", TouchedList)
        await drive.until(lambda: len(files.rows) == 2)
        for step, path in enumerate(("a.py", "b.py", "c.py", "d.py"), start=STEP):
            told = {"task": "t5", "index": step, "text": f"write {path}"}
            drive.world.event(RETRY, "action.started", NOW - 9, actor="agent", step=step, **told)
            drive.world.event(RETRY, "action.done", NOW - 9, actor="agent", step=step, changed=[path], **told)
            drive.world.touch()
            await drive.until(lambda path=path: files.rows[0].path == path)
            assert files.at == files.top == 0


async def test_the_next_session_comes_with_a_key_and_each_keeps_its_place() -> None:
    async with orion(night(), session=RETRY) as drive:
        first = drive.screen
        await drive.shows("plan  4/8")
        actions = drive.widget("#actions", ActionLog)
        actions.go(3)
        await drive.press("right_square_bracket")
        await drive.until(lambda: isinstance(drive.screen, LiveScreen) and drive.screen is not first)
        second = drive.screen
        assert isinstance(second, LiveScreen)
        assert second.session_id != RETRY
        await drive.until(lambda: second.session is not None)
        await drive.press("left_square_bracket")
        await drive.until(lambda: drive.screen is first)
        assert drive.widget("#actions", ActionLog).at == 3
        await drive.press("right_square_bracket")
        await drive.until(lambda: drive.screen is second)
        await drive.press("escape")
        await drive.until(lambda: drive.view.VIEW == "mission")
        await drive.until(lambda: not first.is_attached and not second.is_attached, "the places are forgotten")


async def test_alone_there_is_nowhere_to_turn_to() -> None:
    world = night()
    world.sessions = [s for s in world.sessions if s.id == RETRY]
    world.approvals = [a for a in world.approvals if a.session_id == RETRY]
    async with orion(world, session=RETRY) as drive:
        await drive.shows("plan  4/8")
        await drive.press("right_square_bracket")
        assert drive.said == "No other session waits or is at work."


async def test_finished_sessions_are_not_among_them() -> None:
    from orion_tui.screens.turning import order

    async with orion(night(), session=RETRY) as drive:
        ids = order(drive.view.snapshot, RETRY)
        assert ids[0] == RETRY
        assert INFRA in ids
        assert SHOP not in ids
