"""The two streams of a process that the engine started, over the one connection that it was started with.

The engine prefixes each piece of output with which stream it is of and how long. Standard output is the channel;
standard error is kept, in bounded memory, for when something has to be explained.
"""

import contextlib
import socket
import struct
import time
from typing import Any

_HEADER = struct.Struct("!BxxxI")
_OUTPUT, _ERRORS = 1, 2
_BUFFER = 64 * 1024
#: Bytes of standard error that are kept.
_KEPT = 16 * 1024


class ExecStream:
    """Implements `channel.Stream`."""

    def __init__(self, raw: Any) -> None:
        #: What the library hands out: a file object around a socket, or the socket.
        self._raw = raw
        self._socket: socket.socket = getattr(raw, "_sock", raw)
        self._timeout: float | None = None
        self._buffer = bytearray(_BUFFER)
        self._start = self._end = 0
        #: What is left of the piece of standard output that is being read.
        self._left = 0
        self._errors = bytearray()
        self._ended = False

    @property
    def errors(self) -> bytes:
        """What it has said on standard error, as far as that was read."""
        return bytes(self._errors)

    def settimeout(self, seconds: float | None) -> None:
        """How long the next call may take."""
        self._timeout = seconds
        self._socket.settimeout(seconds)

    def send(self, data: memoryview) -> int:
        """Send some of it: how many bytes. Raises OSError."""
        return self._socket.send(data)

    def recv_into(self, view: memoryview) -> int:
        """The next bytes of standard output; 0 at its end. Raises OSError, TimeoutError for one."""
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        while not self._left:
            if not self._header(deadline):
                return 0
        return self._take(view, deadline)

    def read_errors(self, seconds: float) -> bytes:
        """Everything that it says until it hangs up, or time runs out: what of it was standard error."""
        deadline = time.monotonic() + seconds
        sink = memoryview(bytearray(4096))
        with contextlib.suppress(OSError):
            while (left := deadline - time.monotonic()) > 0:
                self.settimeout(left)
                if not self.recv_into(sink):
                    break
        return self.errors

    def shutdown(self, how: int) -> None:
        """Hang up. Raises OSError where that was done."""
        self._socket.shutdown(how)

    def close(self) -> None:
        """Let go of the connection."""
        response = getattr(self._raw, "_response", None)
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError, ValueError):
            self._raw.close()
        if response is not None:
            with contextlib.suppress(OSError, ValueError):
                response.close()

    # -- inside

    def _header(self, deadline: float | None) -> bool:
        """Read on to the next piece of standard output; False at the end."""
        head = bytearray(_HEADER.size)
        if not self._exactly(memoryview(head), deadline):
            return False
        kind, size = _HEADER.unpack(head)
        if kind == _OUTPUT:
            self._left = size
            return True
        if kind != _ERRORS:
            raise OSError("the engine's stream is out of order")
        while size:
            piece = bytearray(min(size, _BUFFER))
            if not self._exactly(memoryview(piece), deadline):
                return False
            size -= len(piece)
            self._errors += piece[: max(0, _KEPT - len(self._errors))]
        return True

    def _take(self, view: memoryview, deadline: float | None) -> int:
        wanted = view[: self._left]
        count = self._from_buffer(wanted) or self._receive(wanted, deadline)
        self._left -= count
        return count

    def _exactly(self, view: memoryview, deadline: float | None) -> bool:
        while view:
            count = self._from_buffer(view) or self._receive(view, deadline)
            if not count:
                return False
            view = view[count:]
        return True

    def _from_buffer(self, view: memoryview) -> int:
        count = min(len(view), self._end - self._start)
        view[:count] = memoryview(self._buffer)[self._start : self._start + count]
        self._start += count
        return count

    def _receive(self, view: memoryview, deadline: float | None) -> int:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
        if len(view) >= _BUFFER:
            return self._socket.recv_into(view)
        self._start = 0
        self._end = self._socket.recv_into(self._buffer)
        return self._from_buffer(view)
