"""A server behind an address: bounded answers, only the headers that the user named, no redirection to elsewhere."""

from collections.abc import AsyncIterator, Mapping

import httpx2

from orion_tui import __version__
from orion_tui.core.external.wire.program import MAX_MESSAGE

_CONNECT = 10.0


def client(headers: Mapping[str, str], *, read_timeout: float) -> httpx2.AsyncClient:
    """The HTTP client of one server; to be made and closed on the loop that uses it."""
    return httpx2.AsyncClient(
        headers={**headers, "user-agent": f"orion-tui/{__version__}", "accept-encoding": "identity"},
        timeout=httpx2.Timeout(connect=_CONNECT, read=read_timeout, write=60.0, pool=read_timeout),
        follow_redirects=False,
        mounts={f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
        event_hooks={"response": [_arriving]},
    )


async def _arriving(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        problem = "the answer is compressed, although that was not asked for"
        raise httpx2.DecodingError(problem, request=response.request)
    response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: object) -> None:
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("an answer to an asynchronous client is a stream")
        self._stream = stream
        self._read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._read += len(chunk)
            if self._read > MAX_MESSAGE:
                raise httpx2.ReadError(f"the answer has more than {MAX_MESSAGE:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
