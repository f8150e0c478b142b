"""What a command prints, kept in bounded memory: the first bytes and the last."""

from __future__ import annotations

import os


class Output:
    """Reads a pipe and keeps the head and the tail of what came, at most `limit` bytes together."""

    def __init__(self, limit: int) -> None:
        self._head_limit = limit - limit // 2
        self._ring_limit = limit // 2
        # Reads go straight into the ring, so that a command that prints without end costs no allocation.
        self._ring = bytearray(max(limit // 2, 1))
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._head = bytearray()
        self._position = 0
        self._total = 0
        self._told = 0

    @property
    def untold(self) -> bool:
        """Whether something came since the last `latest`."""
        return self._total > self._told

    def latest(self, limit: int) -> tuple[bytes, int]:
        """The last of what came since this was asked before, at most `limit` bytes, and the count of those left out."""
        new = self._total - self._told
        self._told = self._total
        data = self._last(min(new, limit))
        return data, new - len(data)

    def _last(self, count: int) -> bytes:
        """The last `count` bytes that came, as far as they are kept."""
        after_head = self._total - len(self._head)
        tail = min(count, after_head, self._ring_limit)
        begin = self._position - tail
        ring = bytes(self._ring[max(begin, 0) : self._position]) if tail else b""
        if begin < 0:
            ring = bytes(self._ring[begin:]) + ring
        rest = count - tail if after_head <= self._ring_limit else 0
        return (bytes(self._head[-rest:]) if rest else b"") + ring

    def read_from(self, descriptor: int) -> int:
        """Take what the pipe holds now; bytes read, 0 at its end. Raises BlockingIOError when it holds nothing."""
        room = self._head_limit - len(self._head)
        if room > 0:
            data = os.read(descriptor, min(room, 65536))
            self._head += data
            self._total += len(data)
            return len(data)
        count = os.readv(descriptor, [memoryview(self._ring)[self._position :]])
        self._position = (self._position + count) % len(self._ring)
        self._total += count
        return count

    def result(self) -> tuple[bytes, int]:
        """Head and tail joined, and the count of bytes left out between them."""
        after_head = self._total - len(self._head)
        if after_head <= self._ring_limit:
            tail = bytes(self._ring[:after_head])
        elif self._ring_limit:
            tail = bytes(self._ring[self._position :]) + bytes(self._ring[: self._position])
        else:
            tail = b""
        return bytes(self._head) + tail, after_head - len(tail)
