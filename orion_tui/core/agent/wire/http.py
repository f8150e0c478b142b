"""The HTTP client under all providers, and what it adds to them: bounds, and no header that nobody meant to send.

- Redirects are not followed: the key would go to whoever the server names.
- Only the headers listed here leave. The SDKs add others, from variables such as `OPENAI_CUSTOM_HEADERS` and about the
  machine they run on.
- Nothing is answered compressed, and only so many bytes are read, so that a hostile server cannot fill the memory.
- Proxies come from the environment, except to this machine itself.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any, cast

import attrs
import httpx2

from orion_tui import __version__
from orion_tui.core.agent.connections import Connection
from orion_tui.core.agent.underway import Underway

#: Seconds to make a connection, name and TLS included.
CONNECT_TIMEOUT = 10.0
_WRITE_TIMEOUT = 60.0

_HEADERS = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
        "user-agent",
        "anthropic-version",
        "anthropic-beta",
    }
)
# What each SDK puts the key into.
_KEY_HEADERS = frozenset({"authorization", "x-api-key", "x-goog-api-key"})
# Which of several accounts pays: OpenAI's own business, and meant for nobody else.
_OPENAI_HEADERS = frozenset({"openai-organization", "openai-project"})
_USER_AGENT = f"orion-tui/{__version__}"
# Room for the mark of the end, and before it for an event that tells of an error.
_TAIL = 4096
_END = 64


@attrs.define(kw_only=True, eq=False)
class Call:
    """One request on its way, and what was seen of its answer."""

    connection: Connection
    #: Bytes of the answer that are read at the most.
    most_bytes: int
    #: How far it has come, for whoever gives it up.
    underway: Underway = attrs.field(factory=Underway)
    status: int = 0
    content_type: str = ""
    read: int = 0
    #: The last bytes of the answer.
    tail: bytes = b""
    #: Why the answer is not looked at any further.
    problem: str = ""

    @property
    def has_end_mark(self) -> bool:
        """Whether the stream said that it is complete, as OpenAI's format does."""
        return b"[DONE]" in self.tail[-_END:]

    def broken_off(self) -> str | None:
        """What the server says where it ends a stream with an error in the place of an answer; None where it does not.

        vLLM's shape, an event that is the error object itself: the SDK knows only errors under the name `error`, and
        takes this one for an event with nothing in it.
        """
        for event in self.tail.split(b"\n"):
            if event.startswith(b"data:") and b'"error"' in event:
                with contextlib.suppress(ValueError):
                    told: Any = json.loads(event.removeprefix(b"data:"))
                    if isinstance(told, dict):
                        error = cast("dict[str, Any]", told)
                        if error.get("object") == "error":
                            return str(error.get("message") or "")
        return None


#: The call that this task is about: hooks of the client know no other way to it.
current: ContextVar[Call] = ContextVar("current")


def client(*, read_timeout: float) -> httpx2.AsyncClient:
    """A client for all providers; to be made and closed on the loop that uses it."""
    return httpx2.AsyncClient(
        timeout=timeouts(read_timeout),
        follow_redirects=False,
        mounts={f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
        event_hooks={"request": [_leaving], "response": [_arriving]},
    )


def timeouts(read_timeout: float) -> httpx2.Timeout:
    """Each phase its own: connecting never takes as long as thinking may."""
    return httpx2.Timeout(connect=CONNECT_TIMEOUT, read=read_timeout, write=_WRITE_TIMEOUT, pool=read_timeout)


async def _leaving(request: httpx2.Request) -> None:
    call = current.get()
    connection = call.connection
    allowed = _HEADERS
    if connection.key is not None:
        allowed = allowed | _KEY_HEADERS
        if "authorization" in request.headers:
            # An SDK lets its variable of custom headers come before the key that it was given.
            request.headers["authorization"] = f"Bearer {connection.key.value}"
    if connection.provider.name == "openai":
        allowed = allowed | _OPENAI_HEADERS
    for name in [name for name in request.headers if name.lower() not in allowed]:
        del request.headers[name]
    request.headers["accept-encoding"] = "identity"
    request.headers["user-agent"] = _USER_AGENT

    async def trace(event: str, _: object) -> None:
        # The transport's own word: a name that does not resolve, or nobody who listens, leaves it unsaid.
        if event.endswith("send_request_body.complete"):
            call.underway.sent = True

    request.extensions = {**request.extensions, "trace": trace}


async def _arriving(response: httpx2.Response) -> None:
    call = current.get()
    call.status = call.underway.status = response.status_code
    call.content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        call.problem = "the answer is compressed, although that was not asked for"
        raise httpx2.DecodingError(call.problem, request=response.request)
    response.stream = _Bounded(response.stream, call)


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of an answer, up to the most that it may have."""

    def __init__(self, stream: object, call: Call) -> None:
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("an answer to an asynchronous client is a stream")
        self._stream = stream
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        call = self._call
        async for chunk in self._stream:
            call.read += len(chunk)
            if call.read > call.most_bytes:
                call.problem = f"the answer has more than {call.most_bytes:,} bytes, which no answer of that length has"
                raise httpx2.ReadError(call.problem)
            call.tail = (call.tail + chunk)[-_TAIL:] if len(chunk) < _TAIL else chunk[-_TAIL:]
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
