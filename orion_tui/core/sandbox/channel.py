"""The host's end of the one channel to a sandbox: requests out, answers in, everything bounded and checked.

What comes in is what a process says that lives beside hostile work. Anything out of order ends the channel.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from orion_tui.base.errors import BoundaryViolation, ChannelClosed
from orion_tui.base.text import clean
from orion_tui.core.sandbox.agent import frames

#: Seconds that an answer may take beyond what its request allows for.
GRACE = 30.0


class Stream(Protocol):
    """What a channel needs of its connection; a stream socket has it."""

    def settimeout(self, value: float | None, /) -> None:
        """How long the next call may take."""
        ...

    def send(self, data: memoryview, /) -> int:
        """Send some of it: how many bytes. OSError."""
        ...

    def recv_into(self, buffer: memoryview, /) -> int:
        """Receive some: how many bytes, 0 once the other side has hung up. OSError."""
        ...

    def shutdown(self, how: int, /) -> None:
        """Hang up, so that whoever waits on it is told. OSError."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Channel:
    """One exchange at a time over a connection."""

    def __init__(self, connection: Stream, on_broken: Callable[[], str]) -> None:
        self._connection = connection
        #: Called once when the channel breaks: ends the sandbox, returns what is known of why.
        self._on_broken = on_broken
        self._number = 0
        self._closed = False
        #: Held while an exchange is under way: whoever leaves last closes the socket, so that its number is never
        #: another file's while somebody still waits on it.
        self._busy = threading.RLock()

    @property
    def closed(self) -> bool:
        """Whether it has ended, by either side."""
        return self._closed

    def send_raw(self, data: bytes, *, timeout: float) -> None:
        """Bytes outside any frame: the start message."""

        def send(deadline: float) -> tuple[dict[str, Any], bytes]:
            self._send(data, deadline)
            return {}, b""

        self._guard(send, timeout)

    def receive_ready(self, *, timeout: float) -> dict[str, Any]:
        """The first frame of a server that has come up."""
        return self._guard(lambda deadline: self._answer(0, frames.MAX_DATA, deadline), timeout)[0]

    def call(
        self,
        operation: str,
        arguments: dict[str, Any] | None = None,
        body: Iterable[bytes] | None = None,
        *,
        timeout: float = GRACE,
        limit: int = frames.MAX_DATA,
        partial: Callable[[bytes, int], None] | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        """One request and its answer: the result's fields, and at most `limit` bytes of data.

        `partial` is called, in this thread, with what comes before the answer, and with the count of bytes left out
        before that.

        `body` is sent in frames as it comes, cut where it must be. Raises what the operation raised inside (OSError by
        errno, ValueError, BoundaryViolation), and ChannelClosed for everything else.
        """
        self._number = self._number % 0xFFFFFFFF + 1
        meta = {"op": operation, **(arguments or {})}
        kind = frames.CALL if body is None else frames.OPEN
        try:
            request = frames.encode(kind, self._number, meta)
        except frames.Malformed as error:
            raise ValueError("the request is too large for the sandbox's channel") from error

        def exchange(deadline: float) -> tuple[dict[str, Any], bytes]:
            self._send(request, deadline)
            if body is not None:
                for piece in body:
                    for start in range(0, len(piece), frames.MAX_DATA):
                        part = memoryview(piece)[start : start + frames.MAX_DATA]
                        self._send(frames.encode(frames.DATA, self._number, {}, part), time.monotonic() + timeout)
                self._send(frames.encode(frames.END, self._number, {}), time.monotonic() + timeout)
                deadline = time.monotonic() + timeout
            return self._answer(self._number, limit, deadline, partial, timeout)

        return self._guard(exchange, timeout)

    def close(self) -> None:
        """Hang up. Safe from any thread: a call under way elsewhere ends."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        if self._busy.acquire(blocking=False):
            try:
                self._connection.close()
            finally:
                self._busy.release()

    # -- inside

    def _guard(
        self, exchange: Callable[[float], tuple[dict[str, Any], bytes]], timeout: float
    ) -> tuple[dict[str, Any], bytes]:
        with self._busy:
            if self._closed:
                raise ChannelClosed("the sandbox is gone")
            try:
                return exchange(time.monotonic() + timeout)
            except _Failure as error:
                raise error.reason from None
            except (OSError, frames.Malformed) as error:
                raise self._broken(error) from error
            except BaseException:
                # The caller's own, in the middle of a body: the other side waits for what will never come.
                self._broken(None)
                raise
            finally:
                if self._closed:
                    self._connection.close()

    def _broken(self, error: Exception | None) -> ChannelClosed:
        self.close()
        if isinstance(error, frames.Malformed):
            reason = f"it answered out of order ({error})"
        elif isinstance(error, TimeoutError):
            reason = "it did not answer in time"
        else:
            reason = "it hung up"
        said = clean(self._on_broken())
        return ChannelClosed(f"the sandbox went away: {reason}" + (f"\n{said}" if said else ""))

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._connection.settimeout(_left(deadline))
            view = view[self._connection.send(view) :]

    def _exactly(self, count: int, deadline: float) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            self._connection.settimeout(_left(deadline))
            size = self._connection.recv_into(view)
            if not size:
                raise ConnectionResetError(os.strerror(104))
            view = view[size:]
        return data

    def _answer(
        self,
        number: int,
        limit: int,
        deadline: float,
        partial: Callable[[bytes, int], None] | None = None,
        seconds: float = 0.0,
    ) -> tuple[dict[str, Any], bytes]:
        pieces: list[bytes] = []
        total = 0
        # Whoever sends more often than was agreed wants to keep this side busy.
        partials = int(seconds / frames.PARTIAL_INTERVAL) + 2 if partial is not None else 0
        while True:
            kind, got, meta_size, size = frames.decode_header(self._exactly(frames.HEADER.size, deadline))
            if kind == frames.PARTIAL and partial is not None:
                partials -= 1
                if got != number or size > frames.MAX_PARTIAL or pieces or partials < 0:
                    raise frames.Malformed("not what a command printed")
                both = bytes(self._exactly(meta_size + size, deadline))
                dropped = frames.decode_meta(both[:meta_size]).get("dropped", 0)
                if type(dropped) is not int or dropped < 0:
                    raise frames.Malformed("not what a command printed")
                partial(both[meta_size:], dropped)
                continue
            total += size
            if got != number or kind not in {frames.DATA, frames.RESULT, frames.FAIL} or total > limit:
                raise frames.Malformed("not the answer to the request")
            both = bytes(self._exactly(meta_size + size, deadline))
            meta = frames.decode_meta(both[:meta_size])
            if size:
                pieces.append(both[meta_size:])
            if kind == frames.RESULT:
                return meta, b"".join(pieces)
            if kind == frames.FAIL:
                raise _Failure(_failure(meta))


class _Failure(Exception):
    """The operation failed inside; the channel is fine."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(reason)
        self.reason = reason


def _failure(meta: dict[str, Any]) -> Exception:
    kind = meta.get("error")
    if kind == "os":
        number = meta.get("errno")
        if isinstance(number, int) and 0 < number < 4096:
            return OSError(number, os.strerror(number))
    text = meta.get("text")
    if isinstance(text, str):
        if kind == "value":
            return ValueError(clean(text))
        if kind == "refused":
            return BoundaryViolation(clean(text))
    raise frames.Malformed("not a failure")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
