"""The queue of key 3: all that waits for a word, plans and what cannot go on with the approvals."""

import attrs
import pytest

from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import stuck
from orion_tui.screens.live import LiveScreen
from orion_tui.screens.plan_review import PlanReviewScreen
from orion_tui.widgets.approval_queue import ApprovalQueue
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import DOCS, INFRA, RETRY, approval, card
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


def _waiting() -> World:
    """An approval, a plan, and a session that lacks what only a person can mend."""
    world = night()
    world.approvals = world.approvals[:1]
    world.set_state(DOCS, SessionState.AWAITING_PLAN, reason="a plan to look at")
    reason = stuck.reason("the key is refused", "", INFRA)
    world.set_state(INFRA, SessionState.PAUSED, reason=reason, halt=Halt.PERSON)
    return world


async def _queue(drive: Drive) -> ApprovalQueue:
    await drive.press("3")
    await drive.until(lambda: drive.view.VIEW == "approvals" and drive.widget("#queue", ApprovalQueue).rows)
    await drive.settle()
    return drive.widget("#queue", ApprovalQueue)


async def _on(drive: Drive, queue: ApprovalQueue, ident: str) -> None:
    queue.go(next(i for i, need in enumerate(queue.rows) if need.session.id == ident))
    await drive.settle()


async def test_plans_and_what_cannot_go_on_stand_with_the_approvals() -> None:
    async with orion(_waiting()) as drive:
        queue = await _queue(drive)
        assert [need.session.id for need in queue.rows] == [RETRY, DOCS, INFRA]
        await drive.shows("approvals  1   plans  1   paused  1")


@pytest.mark.parametrize("key", ["a", "enter"])
async def test_a_plan_opens_in_its_review(key: str) -> None:
    async with orion(_waiting()) as drive:
        await _on(drive, await _queue(drive), DOCS)
        assert "see the plan" in drive.lines[-1]
        await drive.press(key)
        await drive.until(lambda: isinstance(drive.screen, PlanReviewScreen))
        assert not any(call[0].startswith("approve") for call in drive.world.calls)


async def test_what_cannot_go_on_is_opened_or_goes_on_with_one_key() -> None:
    async with orion(_waiting()) as drive:
        await _on(drive, await _queue(drive), INFRA)
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, LiveScreen))
        await drive.press("escape")
        await drive.until(lambda: drive.view.VIEW == "approvals")
        await drive.settle()
        await drive.press("a")
        await drive.called("resume", INFRA)


@pytest.mark.parametrize("key", ["space", "asterisk", "r", "e", "A"])
async def test_only_approvals_are_marked_refused_and_edited(key: str) -> None:
    async with orion(_waiting()) as drive:
        queue = await _queue(drive)
        await _on(drive, queue, DOCS)
        await drive.press(key)
        assert "answered in its review" in drive.said
        assert not queue.marks
        assert drive.view is drive.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_same_command_of_two_tasks_is_told_apart(size: tuple[int, int]) -> None:
    world = night()
    same = card("run python3 -c 'import greeting'")
    world.approvals = [
        attrs.evolve(approval(f"ap-{task}", RETRY, same, alike="python3"), task_id=task) for task in ("greet", "proofs")
    ]
    async with orion(world, size=size) as drive:
        await _queue(drive)
        for task in ("greet", "proofs"):
            assert [line for line in drive.lines if "◐ approve" in line and f" {task} " in line]
