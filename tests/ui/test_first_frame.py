"""The first frame: drawn once, with what there is to see; without it where that is long in coming."""

import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
from textual.screen import Screen

from orion_tui.app import OrionApp
from orion_tui.bridge.bridge import Bridge
from orion_tui.screens import base
from tests.support.screens.drive import Drive
from tests.support.screens.fake_engine import FakeCommands, FakeReads, clock
from tests.support.screens.night import night

pytestmark = pytest.mark.unit


@attrs.define
class Frames:
    """The text of each frame that was drawn."""

    drawn: list[str] = attrs.Factory(list[str])


@asynccontextmanager
async def _held(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[tuple[Drive, Frames, threading.Event]]:
    """The application, its body standing, over reads that come once the event is set."""
    world, let_go, frames = night(), threading.Event(), Frames()
    # Textual has no public place where a frame is drawn.
    draw: Any = getattr(OrionApp, "_display")  # noqa: B009

    def opened() -> FakeReads:
        let_go.wait(60.0)
        return FakeReads(world)

    def recorded(app: OrionApp, screen: Screen[Any], frame: Any) -> None:
        if frame is not None:
            frames.drawn.append(drive.text)
        draw(app, screen, frame)

    monkeypatch.setattr(OrionApp, "_display", recorded)
    bridge = Bridge(opened, lambda: FakeCommands(world), interval=0.005)
    bridge.start()
    at = clock()
    app = OrionApp(bridge, clock=at)
    drive: Any = Drive(app, None, world, at)  # pyright: ignore[reportArgumentType]
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            drive.pilot = pilot
            await drive.until(lambda: drive.view.stands)
            await pilot.pause()
            yield drive, frames, let_go
    finally:
        let_go.set()
        bridge.close()


async def test_it_waits_for_the_first_snapshot_and_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 60.0)
    async with _held(monkeypatch) as (drive, frames, let_go):
        assert frames.drawn == []
        let_go.set()
        await drive.until(lambda: frames.drawn)
        assert "needs you  " in frames.drawn[0]


async def test_what_is_long_in_coming_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.01)
    async with _held(monkeypatch) as (drive, frames, let_go):
        await drive.until(lambda: frames.drawn)
        assert "needs you" in frames.drawn[0]
        assert "needs you  " not in frames.drawn[0]
        let_go.set()
        await drive.until(lambda: "needs you  " in frames.drawn[-1])
