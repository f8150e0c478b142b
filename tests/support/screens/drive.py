"""Drive the application in a test: start it on a World, press keys, wait for what must become true."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from orion_tui.app import OrionApp
from orion_tui.base.clock import FixedClock
from orion_tui.core.appearance import Appearance
from orion_tui.screens.base import View
from tests.support.screens.fake_engine import bridge_to, clock
from tests.support.screens.world import World

W = TypeVar("W", bound=Widget)

#: Turns of the event loop after which a condition is given up: some seconds, and a failure rather than a wait.
PATIENCE = 1_000


@attrs.define
class Drive:
    """A running application."""

    app: OrionApp
    pilot: Pilot[Any]
    world: World
    clock: FixedClock

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the application run until the condition holds."""
        for _ in range(PATIENCE):
            if condition():
                return
            await self.pilot.pause(0.005)
        raise AssertionError(f"never came true: {what or condition}\n{self.text}")

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, each settled before the next."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def settle(self) -> None:
        """Let the half second of grace pass."""
        await self.pilot.pause()
        self.clock.advance(1.0)

    async def start_over(self, world: World) -> None:
        """Back to the first screen, with another world."""
        while len(self.app.screen_stack) > 1:
            await self.app.pop_screen()
        self.app.goal_draft = None
        self.world.become(world)
        shown = sorted(self.world.sessions, key=lambda s: s.id)
        await self.until(
            lambda: (s := self.view.snapshot) is not None and sorted(s.sessions, key=lambda s: s.id) == shown
        )
        await self.settle()

    async def shows(self, text: str) -> None:
        """Wait until the text stands on the screen."""
        await self.until(lambda: text in self.text, f"{text!r} on the screen")

    async def called(self, *call: object) -> None:
        """Wait until the engine was asked exactly this."""
        await self.until(lambda: call in self.world.calls, f"{call} among {self.world.calls}")

    @property
    def screen(self) -> Screen[Any]:
        """The screen or dialog in front."""
        return self.app.screen

    @property
    def view(self) -> View:
        """The screen in front, dialogs aside."""
        view = self.app.view
        assert view is not None
        return view

    def widget(self, selector: str, kind: type[W]) -> W:
        """A widget of the screen in front."""
        return self.screen.query_one(selector, kind)

    @property
    def strips(self) -> list[Strip]:
        """What would go to the terminal, line by line."""
        # Textual has no public way to the finished lines of a screen.
        compositor: Any = getattr(self.screen, "_compositor")  # noqa: B009
        return [Strip(strip) if not isinstance(strip, Strip) else strip for strip in compositor.render_strips()]

    @property
    def lines(self) -> list[str]:
        """The text of each line."""
        return [strip.text for strip in self.strips]

    @property
    def text(self) -> str:
        """All text on the screen."""
        return "\n".join(self.lines)

    @property
    def said(self) -> str:
        """What the bottom line says; empty while it shows keys."""
        return self.view.footer.message


@asynccontextmanager
async def orion(
    world: World,
    *,
    size: tuple[int, int] = (120, 40),
    session: str = "",
    workspace: str = "/home/ada/src/api-client",
    theme: str = "dark",
    ascii_only: bool = False,
    appearance: Appearance | None = None,
    complaints: Sequence[str] = (),
    read_only: bool = False,
) -> AsyncGenerator[Drive, None]:
    """The application on a World, with its first snapshot shown and the grace period over."""
    bridge = bridge_to(world, read_only=read_only)
    bridge.start()
    at = clock()
    app = OrionApp(
        bridge,
        clock=at,
        theme=theme,
        ascii_only=ascii_only,
        session=session,
        workspace=workspace,
        appearance=appearance,
        complaints=complaints,
    )
    try:
        async with app.run_test(size=size) as pilot:
            drive = Drive(app, pilot, world, at)
            await drive.until(lambda: app.view is not None and app.view.snapshot is not None, "the first snapshot")
            await drive.settle()
            yield drive
    finally:
        bridge.close()
