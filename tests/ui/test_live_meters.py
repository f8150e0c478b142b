"""The line of what a session's sandbox uses: what it says in which width, and when it is read at all."""

import attrs
import pytest

from orion_tui.core.models.meters import Used, processor_share
from orion_tui.core.models.sessions import SessionState
from orion_tui.screens import live
from orion_tui.screens.mission import MissionScreen
from tests.support.screens.drive import orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY

pytestmark = pytest.mark.unit

MIB = 1024 * 1024
USED = Used(
    sandbox="1.2",
    at=10.0,
    memory=84 * MIB - 5,
    memory_limit=1200 * MIB,
    processes=3,
    processes_limit=128,
    cpu_seconds=4.0,
    cpus=2.0,
    workspace=12 * MIB,
    workspace_limit=256 * MIB,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as often as the test turns."""
    monkeypatch.setattr(live, "METER", 0.02)


#: Two seconds later, after 0.8 seconds of one processor.
LATER = attrs.evolve(USED, at=12.0, cpu_seconds=4.8)


async def test_memory_processes_files_and_processor_stand_below_the_budgets() -> None:
    world = night()
    world.meters[RETRY] = USED
    async with orion(world, session=RETRY) as drive:
        await drive.shows("memory   84 of 1200 MiB   procs   3 of 128   workspace  12 of 256 MiB")
        assert "bubblewrap net:none" in drive.lines[-2]
        assert sum("net:none" in line for line in drive.lines[1:]) == 1
        world.meters[RETRY] = LATER
        await drive.shows("workspace  12 of 256 MiB   cpu  40 of 200%")


async def test_in_80_columns_the_line_is_short_and_whole() -> None:
    world = night()
    world.meters[RETRY] = USED
    async with orion(world, session=RETRY, size=(80, 24)) as drive:
        await drive.shows("mem   84/1200M  procs   3/128  files  12/256M")
        world.meters[RETRY] = LATER
        await drive.shows("files  12/256M  cpu  40%")
        assert "bubblewrap net:none" in drive.text
        world.meters[RETRY] = attrs.evolve(LATER, at=13.0, cpu_seconds=5.2, memory=1100 * MIB)
        await drive.shows("mem 1100/1200M 92% used  procs   3/128  files  12/256M  cpu  40%")
        assert "net:none" not in drive.text.partition("\n")[2]


async def test_near_a_limit_it_says_so_in_words() -> None:
    world = night()
    world.meters[RETRY] = attrs.evolve(USED, memory=1100 * MIB, processes=128)
    async with orion(world, session=RETRY) as drive:
        await drive.shows("memory 1100 of 1200 MiB 92% used   procs 128 of 128 used up")


async def test_what_cannot_be_told_is_left_out() -> None:
    world = night()
    world.meters[RETRY] = attrs.evolve(USED, memory=None, workspace=None, memory_limit=None)
    async with orion(world, session=RETRY) as drive:
        await drive.shows(" procs   3 of 128")
        line = drive.lines[-2]
        assert "memory" not in line
        assert "workspace" not in line


async def test_without_a_sandbox_there_is_no_such_line() -> None:
    world = night()
    world.meters[RETRY] = USED
    async with orion(world, session=RETRY) as drive:
        await drive.shows("procs   3 of 128")
        del world.meters[RETRY]
        await drive.until(lambda: "procs" not in drive.text)
        assert "net:none" in drive.lines[-2]


async def test_nothing_is_read_while_no_live_screen_is_in_front() -> None:
    world = night()
    world.meters[RETRY] = USED
    async with orion(world) as drive:
        assert isinstance(drive.view, MissionScreen)
        for _ in range(5):
            await drive.pilot.pause(0.02)
        assert world.readings == 0
        drive.app.open_session(RETRY)
        await drive.until(lambda: world.readings > 1)
        drive.app.open_diff(RETRY)
        await drive.until(lambda: drive.view.VIEW == "diff" and drive.view.stands)
        await drive.pilot.pause(0.02)
        read = world.readings
        for _ in range(5):
            await drive.pilot.pause(0.02)
        assert world.readings == read


async def test_a_session_that_has_ended_is_not_read_any_more() -> None:
    world = night()
    world.meters[RETRY] = USED
    async with orion(world, session=RETRY) as drive:
        await drive.shows("procs   3 of 128")
        world.set_state(RETRY, SessionState.CANCELLED)
        await drive.until(lambda: "procs" not in drive.text)
        await drive.pilot.pause(0.02)
        read = world.readings
        for _ in range(5):
            await drive.pilot.pause(0.02)
        assert world.readings == read


async def test_only_looking_sees_the_meters_too() -> None:
    world = night()
    world.meters[RETRY] = USED
    async with orion(world, session=RETRY, read_only=True) as drive:
        await drive.shows("procs   3 of 128")


@pytest.mark.parametrize("before", [None, attrs.evolve(USED, sandbox="3.4"), attrs.evolve(USED, at=12.0)])
def test_a_share_of_a_processor_needs_an_earlier_reading_of_the_same_sandbox(before: Used | None) -> None:
    assert processor_share(before, attrs.evolve(USED, at=12.0, cpu_seconds=5.0)) is None
