"""Which entries of the workspace a command may have changed, told by the kernel while it ran (inotify).

Looking at every entry after each command costs a stat apiece; asking which names were touched costs what was touched.
The kernel names each file that was opened for writing, truncated, renamed, linked, removed or given other attributes,
and each directory that appeared. Mapped memory is covered by the close of the file that was mapped, since no process
outlives its command. Whatever is not covered is said: the workspace is then looked through as a whole.
"""

from __future__ import annotations

import os
import struct

from orion_tui.core.sandbox.agent import kernel

_EVENT = struct.Struct("iIII")
#: Bytes of events read at a time.
_READ = 1 << 18

_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x40, 0x80, 0x100, 0x200
_UNMOUNT, _OVERFLOW, _IGNORED = 0x2000, 0x4000, 0x8000
_ONLYDIR, _DONT_FOLLOW, _ISDIR = 0x1000000, 0x2000000, 0x40000000

_MASK = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _ONLYDIR | _DONT_FOLLOW


class Watch:
    """Watches directories below one root. Raises OSError where the kernel gives no (more) watches."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._descriptor = kernel.inotify_init()
        #: Directories below the root by watch number, "" for the root itself.
        self._directories: dict[int, bytes] = {}
        #: Bytes of all their paths together.
        self.names = 0

    def __len__(self) -> int:
        """How many directories are watched, the root included."""
        return len(self._directories)

    def add(self, directory: bytes) -> None:
        """Watch one more directory, not what is below it."""
        number = kernel.inotify_add_watch(self._descriptor, self._root + b"/" + directory, _MASK)
        if number not in self._directories:
            self.names += len(directory)
        self._directories[number] = directory

    def changes(self) -> tuple[set[bytes], set[bytes]] | None:
        """Paths that may have changed, and directories that appeared, since the last call.

        None where that cannot be told: too much happened, or a directory moved.
        """
        touched: set[bytes] = set()
        appeared: set[bytes] = set()
        whole = True
        while True:
            try:
                data = os.read(self._descriptor, _READ)
            except BlockingIOError:
                return (touched, appeared) if whole else None
            position = 0
            while position < len(data):
                number, mask, _, size = _EVENT.unpack_from(data, position)
                name = data[position + _EVENT.size : position + _EVENT.size + size].rstrip(b"\0")
                position += _EVENT.size + size
                if mask & (_OVERFLOW | _UNMOUNT):
                    whole = False
                elif mask & _IGNORED:
                    self.names -= len(self._directories.pop(number, b""))
                elif number in self._directories and name:
                    path = self._directories[number] + b"/" + name if self._directories[number] else name
                    if not mask & _ISDIR:
                        touched.add(path)
                    elif mask & (_MOVED_FROM | _MOVED_TO):
                        whole = False
                    elif mask & _CREATE:
                        appeared.add(path)

    def close(self) -> None:
        """Give all watches back."""
        os.close(self._descriptor)
