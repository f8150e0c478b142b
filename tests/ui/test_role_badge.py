"""The role that a session works under stands in the header of each of its screens."""

from collections.abc import Callable

import attrs
import pytest

from orion_tui.screens.base import View
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


def _world(**changes: object) -> World:
    world = night()
    world.sessions = [attrs.evolve(s, **changes) if s.id == RETRY else s for s in world.sessions]
    return world


def _head(drive: Drive) -> str:
    return drive.text.partition("\n")[0]


_PLACES: dict[str, Callable[[Drive], object]] = {
    "live": lambda drive: drive.app.open_session(RETRY),
    "log": lambda drive: drive.app.open_log(RETRY),
    "event": lambda drive: drive.app.open_event(RETRY, drive.world.first_action(RETRY)),
    "timeline": lambda drive: drive.app.open_timeline(RETRY),
    "diff": lambda drive: drive.app.open_diff(RETRY),
    "decision": lambda drive: drive.app.open_decision(RETRY, drive.world.first_action(RETRY)),
    "approval": lambda drive: drive.app.open_approval("ap-1"),
}


@pytest.mark.parametrize("place", list(_PLACES))
async def test_every_screen_of_a_session_says_its_role(place: str) -> None:
    async with orion(_world(role="qa-engineer")) as drive:
        assert "qa-engineer" not in _head(drive)
        _PLACES[place](drive)
        await drive.until(lambda: "qa-engineer" in _head(drive), "the role in the header")
        assert isinstance(drive.screen, View)


async def test_another_policy_is_another_version() -> None:
    async with orion(_world(policy="5ca1ab1e" * 8), size=(140, 40), session=RETRY) as drive:
        await drive.shows("software-engineer 5ca1ab1e")
        drive.world.sessions = [
            attrs.evolve(s, policy="0b5e55ed" * 8) if s.id == RETRY else s for s in drive.world.sessions
        ]
        drive.world.touch()
        await drive.shows("software-engineer 0b5e55ed")


async def test_where_there_is_less_room_the_version_goes_then_the_end_of_the_name_and_the_count_stays() -> None:
    role = "software-engineer-of-the-night-shift"
    async with orion(_world(role=role), size=(200, 40), session=RETRY) as drive:
        await drive.shows(f"{role} 9c1f9c1f")
        for width, said in ((110, role), (80, "software-en…"), (60, "")):
            await drive.pilot.resize_terminal(width, 24)
            await drive.until(lambda width=width: len(_head(drive)) == width and "◐" in drive.lines[0])
            head = _head(drive)
            assert "9c1f" not in head
            assert said in head
            assert "◐ 2" in head
            assert "AEGIS on" in head or not said


async def test_a_role_on_eighty_columns_is_whole_where_it_fits() -> None:
    async with orion(_world(), size=(80, 24), session=RETRY) as drive:
        await drive.until(lambda: "software-engineer" in _head(drive))
        assert "AEGIS on" in _head(drive)
