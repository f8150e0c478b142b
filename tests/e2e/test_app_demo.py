"""The whole main job in the application, by keyboard, on the shipped demonstration: nothing in it is fake."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.app import OrionApp
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.demo import begin
from orion_tui.bridge.live import live_bridge
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import launch
from tests.support.bench import PIN, git
from tests.support.scanner import give_rules

pytestmark = [pytest.mark.e2e, pytest.mark.bubblewrap, pytest.mark.timeout(300)]

#: Seconds for each thing that is waited for.
PATIENCE = 90.0


@pytest.fixture
def home(orion_home: OrionHome) -> Iterator[OrionHome]:
    give_rules(orion_home.cache)
    yield orion_home
    launch.stop(orion_home)


async def until(condition: Callable[[], object], what: str) -> None:
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it did not come to that: {what}")


def shown(app: OrionApp) -> str:
    """Everything on the screen in front, as text."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]  # what a terminal would get
    assert width > 0
    assert height > 0
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def state(bridge: Bridge) -> SessionState | None:
    latest = bridge.latest
    return latest.sessions[0].state if latest is not None and latest.sessions else None


async def test_from_the_demonstration_to_a_promoted_commit_and_back(home: OrionHome) -> None:
    _, session = begin()
    workspace = home.root / "demo" / "tidepool"
    before = git(workspace, "rev-parse", "main")
    bridge = live_bridge(home)
    bridge.start()
    app = OrionApp(bridge, session=session)
    async with app.run_test(size=(120, 40)) as pilot:

        async def press(*keys: str) -> None:
            await pilot.press(*keys)
            await pilot.pause()

        async def see(text: str) -> None:
            await until(lambda: text in shown(app), f"'{text}' on the screen")

        # The plan is worked off as far as it goes without a person; what the role forbids was blocked by its rule.
        await until(lambda: bridge.latest is not None and bridge.latest.approvals, "a question")
        await see("blocked, as it should be")
        await see("aegis force_push")
        # Answer the question: its card first, then the answer, which counts only after its first half second.
        await press("a")
        await see("tidejitter")
        await asyncio.sleep(0.6)
        await press("a")
        await until(lambda: state(bridge) is SessionState.COMPLETED, "the end of the session")
        # Review, promote, set the PIN on the way.
        await press("d")
        await see("docs/retry.md")
        await press("P")
        await see("APPROVED")
        assert re.search(r"A docs/retry\.md +\+\d+ ", shown(app)), "each file with its figures"
        await press("enter")
        await see("Where shall the PIN be kept?")
        await press("down", "enter")
        await see("new PIN")
        await press(*PIN, "enter")
        await pilot.pause()
        await press(*PIN, "enter")
        await see("u takes it back")
        assert git(workspace, "log", "-1", "--format=%s").startswith("orion(ara): ")
        tags = git(workspace, "tag").splitlines()
        assert [tag.split("/")[0] for tag in tags] == ["orion-post-promote", "orion-pre-promote"]
        assert (workspace / "docs" / "retry.md").is_file()
        # And back, from the same screen.
        await press("u")
        await see("Your PIN.")
        await press(*PIN, "enter")
        await see("revert commit")
    bridge.close()
    assert git(workspace, "diff", "--stat", before, "main") == ""
    assert not Path(workspace / "docs" / "retry.md").exists()
