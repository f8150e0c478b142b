"""The port over real providers: any thread asks, one event loop on a thread of its own talks to all of them.

pydantic-ai's objects and the HTTP client under them belong to the loop that made them, so there is exactly one,
started by the first question. Whoever asks looks at its `stop` ten times a second while it waits, and can always be let
go: what is still under way then is cancelled, and its connection closed.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from orion_tui.base.clock import Clock
from orion_tui.core.agent.connections import Connection
from orion_tui.core.agent.importing import heavy_imports
from orion_tui.core.agent.model import ModelFacts, ModelRef, Question, Reply, StopFlag, Stopped
from orion_tui.core.agent.price import Prices
from orion_tui.core.agent.providers import Wire
from orion_tui.core.agent.underway import Underway
from orion_tui.core.agent.window import context_window
from orion_tui.core.agent.wire.asker import AskersError
from orion_tui.core.settings import Settings

if TYPE_CHECKING:
    from orion_tui.core.agent.wire.answer import Wires

#: Seconds between two looks at `stop`.
_LOOK = 0.1
#: Seconds that connections are given to close when all is over.
_FAREWELL = 2.0


class Gateway:
    """A ModelPort. `connect` says how to reach a model, and raises where it cannot be."""

    def __init__(
        self,
        connect: Callable[[ModelRef], Connection],
        *,
        clock: Clock,
        prices: Prices,
        facts: Callable[[ModelRef, int], ModelFacts] | None = None,
    ) -> None:
        """`facts` says what is known of a model; without it, what the price table has of one that can be reached."""
        self._connect = connect
        self._clock = clock
        self._prices = prices
        self._facts = facts
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._wires: Wires | None = None
        #: Formats that are imported; the loop's own.
        self._loaded: set[Wire] = set()
        self._closed = False

    def ask(
        self,
        question: Question,
        *,
        heard: Callable[[str], None] | None = None,
        stop: StopFlag | None = None,
    ) -> Reply:
        """See ModelPort."""
        connection = self._connect(question.model)
        if stop is not None and stop.is_set():
            raise Stopped(f"{question.model}: called off before it was asked")
        underway = Underway()
        future = self._submit(self._ask(question, connection, heard, underway))
        asker: AskersError | None = None
        try:
            while True:
                try:
                    return future.result(_LOOK if stop is not None else None)
                except AskersError as error:
                    asker = error
                    break
                except concurrent.futures.CancelledError:
                    break
                except TimeoutError:
                    # Of the look, not of the answer: that one is a ModelFailure.
                    if stop is not None and stop.is_set():
                        break
        finally:
            # Also when the asker itself is interrupted: nobody waits for the answer any more.
            future.cancel()
        if asker is not None:
            raise asker.error
        raise Stopped(f"{question.model}: called off", spent=underway.counted(), begun=underway.begun())

    async def _ask(
        self,
        question: Question,
        connection: Connection,
        heard: Callable[[str], None] | None,
        underway: Underway,
    ) -> Reply:
        wire = connection.provider.wire
        if wire not in self._loaded or self._wires is None:
            # Seconds of importing, beside the loop: other answers go on meanwhile, and the asker can be let go.
            wires = await asyncio.to_thread(load, wire)
            self._loaded.add(wire)
            if self._wires is None:
                self._wires = wires(self._clock, self._prices)
        return await self._wires.ask(question, connection, heard, underway)

    def prepare(self, model: ModelRef) -> None:
        """Import what asking `model` takes, so that its first answer is as quick as all others."""
        load(self._connect(model).provider.wire)

    def facts(self, model: ModelRef, *, tokens: int = 1_000) -> ModelFacts:
        """See ModelPort."""
        if self._facts is not None:
            return self._facts(model, tokens)
        provider = self._connect(model).provider
        return ModelFacts(
            price=self._prices.highest(provider, model.name, tokens),
            window=context_window(model, provider, Settings()),
        )

    def close(self) -> None:
        """See ModelPort. Whoever still asks is told that it was called off."""
        with self._lock:
            self._closed = True
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(lambda: loop.create_task(self._wind_up(loop)))
        thread.join(_FAREWELL + 1)

    async def _wind_up(self, loop: asyncio.AbstractEventLoop) -> None:
        others = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
        for task in others:
            task.cancel()
        try:
            async with asyncio.timeout(_FAREWELL):
                await asyncio.gather(*others, return_exceptions=True)
                if self._wires is not None:
                    await self._wires.close()
        except TimeoutError:
            pass  # A server that does not let go of a connection does not keep Orion from ending.
        finally:
            loop.stop()

    def _submit(self, asking: Coroutine[Any, Any, Reply]) -> "concurrent.futures.Future[Reply]":
        with self._lock:
            if self._closed:
                asking.close()
                raise Stopped("the gateway to language models is closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="orion-models", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(asking, self._loop)


def load(wire: Wire) -> "type[Wires]":
    """Import what a format needs, which takes seconds; any thread may. What comes back asks in all of them."""
    with heavy_imports():
        from orion_tui.core.agent.wire import models
        from orion_tui.core.agent.wire.answer import Wires

        models.load(wire)
    return Wires


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
