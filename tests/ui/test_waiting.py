"""A session that waits for a moment says for which, in a few words, and one key does not wait for it."""

import attrs
import pytest

from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import stuck
from orion_tui.widgets.session_list import SessionList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import INFRA, MINUTE, NOW, RETRY
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

NO_ANSWER = "llamacpp/qwen did not answer; asks again at 03:24"


def _waits(reason: str = NO_ANSWER, halt: Halt = Halt.MODEL) -> World:
    world = night()
    world.approvals = []
    world.sessions = [
        attrs.evolve(s, state=SessionState.WAITING, reason=reason, halt=halt, due_at=NOW + 12 * MINUTE)
        if s.id == RETRY
        else s
        for s in world.sessions
    ]
    return world


async def _on_session(drive: Drive, ident: str) -> None:
    sessions = drive.widget("#sessions", SessionList)
    sessions.focus()
    sessions.go(next(i for i, s in enumerate(sessions.rows) if getattr(s, "id", "") == ident))
    await drive.settle()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_lists_say_when_it_asks_again(size: tuple[int, int]) -> None:
    async with orion(_waits(), size=size) as drive:
        assert [line for line in drive.lines if "◐ waiting" in line and "asks again 03:24" in line]
        await drive.press("2")
        await drive.until(lambda: drive.view.VIEW == "sessions" and "asks again 03:24" in drive.text)


@pytest.mark.parametrize("screen", ["mission", "live"])
async def test_one_key_tries_at_once(screen: str) -> None:
    async with orion(_waits(), session=RETRY if screen == "live" else "") as drive:
        if screen == "mission":
            await _on_session(drive, RETRY)
        await drive.until(lambda: "p try now" in drive.lines[-1])
        await drive.press("p")
        await drive.called("resume", RETRY)


async def test_working_hours_are_not_hurried() -> None:
    async with orion(_waits("outside working hours; goes on at 03:24", Halt.HOURS)) as drive:
        await _on_session(drive, RETRY)
        assert "goes on 03:24" in drive.text
        await drive.press("p")
        await drive.called("pause", RETRY)


@pytest.mark.parametrize("screen", ["mission", "live", "approvals"])
async def test_what_only_a_person_can_mend_names_the_key_that_goes_on(screen: str) -> None:
    world = night()
    world.approvals = []
    world.set_state(INFRA, SessionState.PAUSED, reason=stuck.reason("no key", "", INFRA), halt=Halt.PERSON)
    async with orion(world, session=INFRA if screen == "live" else "", size=(200, 60)) as drive:
        if screen == "approvals":
            await drive.press("3")
        await drive.shows("then: p")
        assert f"then: orion resume {INFRA}" not in drive.text
