"""A live connection to one server: opened, listed, asked and closed on the loop that it belongs to."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, cast

import attrs
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import (
    AudioContent,
    BlobResourceContents,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    Implementation,
    PaginatedRequestParams,
    ResourceLink,
    TextContent,
)

from orion_tui import __version__
from orion_tui.base.errors import ToolsUnavailable
from orion_tui.base.text import clean
from orion_tui.core.external.port import Answer, Listed, Listing, answer_of
from orion_tui.core.external.servers import ToolServer
from orion_tui.core.external.wire import address
from orion_tui.core.external.wire.program import MAX_MESSAGE, Said, speak

#: Tools of one server that are looked at, and pages that they may come on.
MOST_TOOLS = 2_000
_MOST_PAGES = 50
#: Seconds for one page of a list.
_LIST_TIMEOUT = 20.0
#: Seconds that a connection has to close.
_FAREWELL = 3.0
_QUOTE = 300

# The library logs what servers send, as it came and without end.
for _name in ("mcp", "client"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@attrs.frozen(kw_only=True)
class Greeting:
    """What a server said of itself: its own words, cleaned."""

    name: str
    version: str
    protocol: str


class Link:
    """One connection. Everything runs on one loop; `open` starts a task that holds the connection until `close`."""

    def __init__(self, server: ToolServer, *, headers: Mapping[str, str], env: Mapping[str, str], cwd: str) -> None:
        self._server = server
        self._headers = headers
        self._env = env
        self._cwd = cwd
        self._said = Said()
        self._client: Client | None = None
        self._closing = asyncio.Event()
        self._holder: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._client is not None and self._holder is not None and not self._holder.done()

    async def open(self) -> Greeting:
        """Connect. Raises ToolsUnavailable; whoever calls bounds the time."""
        ready: asyncio.Future[Greeting] = asyncio.get_running_loop().create_future()
        self._holder = asyncio.create_task(self._hold(ready))
        try:
            return await ready
        except BaseException:
            await self.close()
            raise

    async def _hold(self, ready: "asyncio.Future[Greeting]") -> None:
        # Entered and left in one task: the scopes of the library belong to it.
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(await self._connect(stack))
                self._client = client
                if not ready.done():
                    ready.set_result(_greeting(client))
                await self._closing.wait()
        except Exception as error:  # noqa: BLE001 - the boundary to a stranger's server: whatever it did, it is over
            if not ready.done():
                ready.set_exception(self._unavailable(error))
        finally:
            self._client = None
            if not ready.done():
                ready.set_exception(self._unavailable(None))

    async def _connect(self, stack: AsyncExitStack) -> Client:
        server = self._server
        if server.url:
            http = await stack.enter_async_context(address.client(self._headers, read_timeout=server.timeout + 30))
            transport: Any = streamable_http_client(server.url, http_client=http, max_sse_event_size=MAX_MESSAGE)
        else:
            transport = speak(server.command, self._env, self._cwd, self._said)
        return Client(
            transport,
            cache=None,
            read_timeout_seconds=_LIST_TIMEOUT,
            client_info=Implementation(name="orion-tui", version=__version__),
        )

    async def close(self) -> None:
        """Close the connection, and kill the program with all that it started; bounded in time."""
        self._closing.set()
        if self._holder is None or self._holder is asyncio.current_task():
            return
        done, _ = await asyncio.wait({self._holder}, timeout=_FAREWELL)
        if not done:
            self._holder.cancel()
            await asyncio.wait({self._holder}, timeout=_FAREWELL)

    async def tools(self) -> Listing:
        """What the server offers now. Raises ToolsUnavailable."""
        session = self._live().session
        found: dict[str, Listed] = {}
        cursor: str | None = None
        try:
            for _ in range(_MOST_PAGES):
                page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
                for tool in page.tools:
                    if len(found) >= MOST_TOOLS:
                        return Listing(tools=tuple(found.values()), cut=True)
                    one = Listed(name=tool.name, description=tool.description or "", schema=tool.input_schema)
                    found.setdefault(tool.name, one)
                cursor = page.next_cursor
                if not cursor:
                    return Listing(tools=tuple(found.values()))
        except Exception as error:  # noqa: BLE001 - as in `_hold`
            raise self._unavailable(error) from None
        return Listing(tools=tuple(found.values()), cut=True)

    async def use(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """Use a tool once. Raises ToolsUnavailable where no answer comes: what the tool did is not known then."""
        session = self._live().session
        started = time.monotonic()
        asked = CallToolRequest(params=CallToolRequestParams(name=tool, arguments=arguments))
        try:
            # Not `call_tool`: it checks the answer by the server's own schema, whose patterns may take for ever.
            result = await session.send_request(
                asked, CallToolResult, request_read_timeout_seconds=self._server.timeout
            )
        except MCPError as error:
            if self.alive and not self._said.problem and _is_refusal(error):
                return answer_of([error.message], failed=True, seconds=time.monotonic() - started)
            raise self._unavailable(error) from None
        except Exception as error:  # noqa: BLE001 - as in `_hold`
            raise self._unavailable(error) from None
        parts = [_text_of(part) for part in result.content]
        if not parts and result.structured_content is not None:
            parts = [_as_json(result.structured_content)]
        return answer_of(parts, failed=bool(result.is_error), seconds=time.monotonic() - started)

    def _live(self) -> Client:
        if self._client is None:
            raise self._unavailable(None)
        return self._client

    def _unavailable(self, error: BaseException | None) -> ToolsUnavailable:
        reason = self._said.problem or _reason(error)
        if self._said.errors:
            reason += f"; the end of what it wrote: {_quoted(self._said.errors.decode('utf-8', 'replace'))}"
        return ToolsUnavailable(f"the server {self._server.name}: {reason}")


def _is_refusal(error: MCPError) -> bool:
    """Whether the server itself answered with an error: codes of JSON-RPC and of its own, none of the library's."""
    from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT

    return error.code not in {CONNECTION_CLOSED, REQUEST_TIMEOUT}


def _reason(error: BaseException | None) -> str:
    if error is None:
        return "the connection is over"
    # Groups of one error inside of another say nothing by themselves.
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, FileNotFoundError):
        return f"there is no {error.filename}"
    return _quoted(str(error)) or type(error).__name__


def _quoted(text: str) -> str:
    line = " ".join(clean(text[-_QUOTE * 4 :]).split())
    return line if len(line) <= _QUOTE else f"…{line[-_QUOTE:]}"


def _greeting(client: Client) -> Greeting:
    info = client.server_info
    name, version = (info.name, info.version) if info is not None else ("", "")
    return Greeting(name=_quoted(name), version=_quoted(version), protocol=_quoted(client.protocol_version))


def _text_of(part: object) -> str:
    match part:
        case TextContent():
            return part.text
        case ImageContent() | AudioContent():
            kind = "image" if isinstance(part, ImageContent) else "sound"
            return f"[{kind}, {part.mime_type}, {len(part.data) * 3 // 4:,} bytes, not shown]"
        case EmbeddedResource():
            resource = part.resource
            if isinstance(resource, BlobResourceContents):
                return f"[file {resource.uri}, {len(resource.blob) * 3 // 4:,} bytes, not shown]"
            return resource.text
        case ResourceLink():
            return f"[link to {part.uri}]"
        case _:
            return "[something that is not shown]"


def _as_json(value: object) -> str:
    import json

    try:
        return json.dumps(value, ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return "[something that is not shown]"
