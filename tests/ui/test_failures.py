"""When things go wrong: the store cannot be read, the engine breaks, a command is still running at the end."""

import threading
from collections.abc import Callable

import pytest

from orion_tui.app import OrionApp
from orion_tui.base.errors import StoreError
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.diff_port import WHOLE, DiffView, Span
from orion_tui.bridge.port import Reads
from orion_tui.core.models.sessions import Approval, SessionState
from orion_tui.core.store.faults import LockedStore
from tests.support.screens.drive import orion
from tests.support.screens.fake_engine import FakeCommands, FakeReads, clock
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


async def test_a_store_that_cannot_be_opened_ends_the_app_with_its_code() -> None:
    def damaged() -> Reads:
        raise StoreError("the database is damaged", hint="restore the copy")

    bridge = Bridge(damaged, lambda: FakeCommands(World()))
    bridge.start()
    app = OrionApp(bridge, clock=clock())
    async with app.run_test() as pilot:
        for _ in range(400):
            if not app.is_running:
                break
            await pilot.pause(0.005)
    bridge.close()
    assert app.failure is not None
    assert app.failure.message == "the database is damaged"
    assert app.return_code == 11


async def test_a_store_that_breaks_later_ends_the_app_too() -> None:
    class Breaks(FakeReads):
        def counts(self) -> dict[SessionState, int]:
            if self.changed() > 0:
                raise StoreError("disk full")
            return super().counts()

    world = night()
    bridge = Bridge(lambda: Breaks(world), lambda: FakeCommands(world), interval=0.005)
    bridge.start()
    app = OrionApp(bridge, clock=clock())
    async with app.run_test() as pilot:
        for _ in range(400):
            if app.view is not None and app.view.snapshot is not None:
                break
            await pilot.pause(0.005)
        world.touch()
        for _ in range(400):
            if not app.is_running:
                break
            await pilot.pause(0.005)
    bridge.close()
    assert app.failure is not None
    assert app.failure.message == "disk full"


async def test_a_store_that_is_locked_for_a_while_is_said_and_read_again() -> None:
    locked = threading.Event()

    class Locks(FakeReads):
        def pending(self) -> list[Approval]:
            if locked.is_set():
                raise LockedStore("another Orion process kept orion.db locked")
            return super().pending()

    world = night()
    bridge = Bridge(lambda: Locks(world), lambda: FakeCommands(world), interval=0.005)
    bridge.start()
    app = OrionApp(bridge, clock=clock())

    async def until(condition: Callable[[], object]) -> None:
        for _ in range(1_000):
            if condition():
                return
            await pilot.pause(0.005)
        raise AssertionError("it did not come to that")

    async with app.run_test(size=(160, 40)) as pilot:
        await until(lambda: app.view is not None and app.view.snapshot is not None)
        assert app.view is not None
        locked.set()
        world.touch()
        await until(lambda: app.view is not None and "tried again" in app.view.footer.message)
        world.set_state(RETRY, SessionState.CANCELLED)
        locked.clear()
        await until(lambda: bridge.latest and SessionState.CANCELLED in bridge.latest.counts)
        assert app.is_running
    bridge.close()


async def test_an_error_nobody_expected_is_said_and_nothing_ends() -> None:
    world = night()
    world.errors["approve"] = ValueError("boom")  # type: ignore[assignment]
    async with orion(world, size=(200, 50)) as drive:
        await drive.press("a")
        await drive.until(lambda: "something unexpected went wrong" in drive.said and "boom" in drive.said)
        assert drive.app.is_running


async def test_answers_that_come_after_a_screen_was_left_do_no_harm() -> None:
    world = night()
    held = threading.Event()

    class Slow(FakeCommands):
        def diff(self, session_id: str, span: Span = WHOLE) -> DiffView:
            held.wait(5)
            return super().diff(session_id, span)

    bridge = Bridge(lambda: FakeReads(world), lambda: Slow(world), interval=0.005)
    bridge.start()
    app = OrionApp(bridge, clock=clock())
    async with app.run_test() as pilot:
        for _ in range(400):
            if app.view is not None and app.view.snapshot is not None:
                break
            await pilot.pause(0.005)
        app.open_diff(RETRY)
        await pilot.pause(0.02)
        await pilot.press("q")
        held.set()
        for _ in range(20):
            await pilot.pause(0.005)
        assert app.is_running
    bridge.close()


def test_leaving_waits_for_a_command_in_progress() -> None:
    world = night()
    begun, go_on = threading.Event(), threading.Event()

    class Slow(FakeCommands):
        def cancel(self, session_id: str) -> None:
            begun.set()
            go_on.wait(5)
            super().cancel(session_id)

    bridge = Bridge(lambda: FakeReads(world), lambda: Slow(world))
    bridge.start()
    bridge.command(lambda engine: engine.cancel(RETRY))
    assert begun.wait(5)
    assert bridge.busy
    threading.Timer(0.05, go_on.set).start()
    assert bridge.close()
    assert ("cancel", RETRY) in world.calls
