"""All connections to servers of external tools: any thread asks, one event loop on a thread of its own speaks.

A thread of its own, and not the one that asks models: a server that keeps the loop busy holds up no answer that is paid
for. What the wire takes is imported by the first connection.
"""

import asyncio
import concurrent.futures
import importlib.util
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from orion_tui.base.errors import ChannelClosed, InvalidFile, ModelUnavailable, ToolsUnavailable, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.keys import parse_env
from orion_tui.core.auth.vault import read_private
from orion_tui.core.external.port import Answer, Listing
from orion_tui.core.external.servers import ToolServer
from orion_tui.core.session.stop_signal import StopSignal

if TYPE_CHECKING:
    from orion_tui.core.external.wire.link import Greeting, Link

T = TypeVar("T")

#: Seconds that a server may take to start and to greet; programs may fetch themselves first.
CONNECT_TIMEOUT = 30.0
#: Seconds for the list of its tools.
LIST_TIMEOUT = 30.0
#: Seconds beyond a server's own timeout after which the loop is not waited for any more.
_SLACK = 5.0
#: Seconds that all connections have to close.
_FAREWELL = 8.0
#: What a program gets of the environment without being named.
_PASSED_ON = ("PATH", "HOME", "LANG")
_LARGEST_ENV = 64 * 1024
_LONGEST_VALUE = 8192

MISSING = "servers of external tools need the MCP extra, which is not installed"
HOW_TO_INSTALL = "install it: pip install 'orion-tui[mcp]'"


def installed() -> bool:
    """Whether what speaks to servers is there."""
    return importlib.util.find_spec("mcp") is not None


class Hub:
    """The connections of one process."""

    def __init__(
        self,
        home: OrionHome,
        servers: Callable[[], Mapping[str, ToolServer]],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """`servers` says which there are now; it may raise ModelUnavailable where the settings cannot be read."""
        self._home = home
        self._servers = servers
        self._environ = environ
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lines: set[Line] = set()
        self._closed = False

    def servers(self) -> Mapping[str, ToolServer]:
        """The servers of the settings. Raises ToolsUnavailable where those cannot be read."""
        try:
            return self._servers()
        except (ModelUnavailable, InvalidFile) as error:
            raise ToolsUnavailable(error.message, hint=error.hint, problems=error.problems) from None

    def line(self, server: ToolServer) -> "Line":
        """A connection that is still to be opened."""
        return Line(self, server)

    def environment(self, server: ToolServer) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and environment for a server. Raises ToolsUnavailable where a variable that it names is not set."""
        passed = {name: self._environ[name] for name in _PASSED_ON if self._environ.get(name)}
        passed.setdefault("PATH", os.defpath)
        headers = {header: self._value(server, name, header=True) for header, name in server.headers}
        return headers, passed | {name: self._value(server, name, header=False) for name in server.env}

    def _value(self, server: ToolServer, name: str, *, header: bool) -> str:
        value = self._environ.get(name) or self._in_file().get(name, "")
        if not value:
            raise ToolsUnavailable(
                f"the server {server.name} needs {name}, which is not set",
                hint=f"write {name}=... into {self._home.root / '.env'}, a file of yours alone (chmod 600)",
            )
        if len(value) > _LONGEST_VALUE or "\0" in value or (header and not (value.isascii() and value.isprintable())):
            raise ToolsUnavailable(f"the server {server.name}: what {name} holds cannot be sent")
        return value

    def _in_file(self) -> Mapping[str, str]:
        file = self._home.root / ".env"
        try:
            data = read_private(file, limit=_LARGEST_ENV)
            return {} if data is None else parse_env(data, str(file))
        except (VaultError, InvalidFile) as error:
            raise ToolsUnavailable(f"{file} is not used: {error.message}", hint=error.hint) from None

    def start(self, asking: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        """Begin something on the loop; `wait` for it."""
        with self._lock:
            if self._closed:
                asking.close()
                raise ChannelClosed("the connections to external tools are closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="orion-tools", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(asking, self._loop)

    def opened(self, line: "Line") -> None:
        """Remember a connection, to be closed with all."""
        with self._lock:
            self._lines.add(line)

    def forget(self, line: "Line") -> None:
        """One less to close."""
        with self._lock:
            self._lines.discard(line)

    def close(self) -> None:
        """Close all connections and end their programs. Whoever still waits is told that it was called off."""
        with self._lock:
            self._closed = True
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
            lines, self._lines = self._lines, set[Line]()
        if loop is None or thread is None:
            return
        future = asyncio.run_coroutine_threadsafe(_close_all(lines), loop)
        try:
            future.result(_FAREWELL)
        except TimeoutError:
            pass  # a server that does not let go does not keep Orion from ending
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_FAREWELL)


class Line:
    """One connection, for threads that wait. `stop` calls off what is waited for: ChannelClosed is raised then."""

    def __init__(self, hub: Hub, server: ToolServer) -> None:
        self._hub = hub
        self.server = server
        self._link: Link | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._link is not None and self._link.alive

    def begin(self) -> "concurrent.futures.Future[Greeting]":
        """Begin to connect; several may at the same time."""
        headers, env = self._hub.environment(self.server)
        self._hub.opened(self)
        return self._hub.start(self._bounded(lambda: self._open(headers, env), CONNECT_TIMEOUT))

    def open(self, stop: StopSignal | None = None) -> "Greeting":
        """Connect. Raises ToolsUnavailable, ChannelClosed."""
        return wait(self.begin(), stop)

    def tools(self, stop: StopSignal | None = None) -> Listing:
        """What the server offers now. Raises ToolsUnavailable, ChannelClosed."""
        link = self._live()
        return wait(self._hub.start(self._bounded(link.tools, LIST_TIMEOUT)), stop)

    def use(self, tool: str, arguments: dict[str, Any], stop: StopSignal | None = None) -> Answer:
        """Use a tool. Raises ToolsUnavailable where no answer comes, ChannelClosed."""
        link = self._live()
        asking = self._bounded(lambda: link.use(tool, arguments), self.server.timeout + _SLACK)
        return wait(self._hub.start(asking), stop)

    def close(self) -> None:
        """Close the connection and end its program; nothing happens where there is none."""
        self._hub.forget(self)
        if self._link is None:
            return
        try:
            future = self._hub.start(self.closing())
        except ChannelClosed:
            return  # closed with all others
        try:
            future.result(_FAREWELL)
        except TimeoutError:
            future.cancel()

    async def closing(self) -> None:
        """`close`, on the loop."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _open(self, headers: Mapping[str, str], env: Mapping[str, str]) -> "Greeting":
        if not installed():
            raise ToolsUnavailable(MISSING, hint=HOW_TO_INSTALL)
        # A second of importing, beside the loop.
        link_of = await asyncio.to_thread(_load)
        await self.closing()
        self._link = link_of(self.server, headers=headers, env=env, cwd=env.get("HOME") or "/")
        return await self._link.open()

    async def _bounded(self, asking: Callable[[], Awaitable[T]], seconds: float) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await asking()
        except TimeoutError:
            raise ToolsUnavailable(f"the server {self.server.name}: no answer within {seconds:g} s") from None

    def _live(self) -> "Link":
        if self._link is None:
            raise ToolsUnavailable(f"the server {self.server.name} is not connected")
        return self._link


def wait(future: "concurrent.futures.Future[T]", stop: StopSignal | None) -> T:
    """The result of what was begun. Raises ChannelClosed when `stop` is told to abort, or all is closed."""
    try:
        if stop is None:
            return future.result()
        with stop.aborting(lambda: _cancel(future)):
            return future.result()
    except concurrent.futures.CancelledError:
        raise ChannelClosed("the use of an external tool was called off") from None


def _cancel(future: "concurrent.futures.Future[Any]") -> None:
    future.cancel()


def _load() -> "type[Link]":
    from orion_tui.core.external.wire.link import Link

    return Link


async def _close_all(lines: "set[Line]") -> None:
    await asyncio.gather(*(line.closing() for line in lines), return_exceptions=True)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
