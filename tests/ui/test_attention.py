"""Bell and title when something begins to wait."""

import pytest

from orion_tui.attention import Attention
from orion_tui.core.appearance import Appearance
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import NOW

pytestmark = pytest.mark.unit


async def _rung(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    rung: list[int] = []
    monkeypatch.setattr(drive.app, "bell", lambda: rung.append(1))
    return rung


async def _asks(drive: Drive, count: int) -> None:
    """Something happens; wait until the screen knows how many approvals wait."""
    drive.world.touch()
    await drive.until(lambda: (s := drive.view.snapshot) is not None and s.approvals == count)
    await drive.pilot.pause(0.05)


async def test_it_rings_once_for_what_begins_to_wait_and_not_for_what_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    world = night()
    late = world.approvals.pop()
    async with orion(world) as drive:
        rung = await _rung(drive, monkeypatch)
        world.event(world.sessions[0].id, "note", NOW)
        await _asks(drive, len(world.approvals))
        assert rung == []
        world.approvals.append(late)
        await _asks(drive, len(world.approvals))
        assert rung == [1]
        world.approvals.remove(late)
        await _asks(drive, len(world.approvals))
        assert rung == [1]


async def test_it_is_still_where_the_person_wants_it_still(monkeypatch: pytest.MonkeyPatch) -> None:
    world = night()
    late = world.approvals.pop()
    async with orion(world, appearance=Appearance(bell=False)) as drive:
        rung = await _rung(drive, monkeypatch)
        world.approvals.append(late)
        await _asks(drive, len(world.approvals))
        assert rung == []


async def test_the_title_counts_what_waits_and_is_sent_only_when_it_changes() -> None:
    async with orion(night()) as drive:
        snapshot = drive.view.snapshot
        assert snapshot is not None
        attention = Attention()
        assert attention.title(snapshot) == "\x1b]2;Orion - 2 waiting, 1 to review\x07"
        assert attention.title(snapshot) == ""
