"""Where the application writes to: a terminal that may vanish, refuse for a moment, or know few letters."""

import os
import select
from typing import IO

#: Seconds between two tries where the terminal takes nothing for now.
_AGAIN = 0.5


class Outlet:
    """A file to write to from one thread. A terminal that is gone takes everything and shows nothing.

    An error would end the writing thread, and with it every way to leave: the application would wait for it.
    """

    def __init__(self, file: IO[str]) -> None:
        self._descriptor = file.fileno()
        self._encoding = getattr(file, "encoding", None) or "utf-8"
        self._waiting: list[bytes] = []
        #: Whether the terminal was found gone.
        self.gone = False

    def write(self, text: str) -> int:
        """Keep `text` for the next `flush`; letters that the terminal's encoding has not become `?`."""
        self._waiting.append(text.encode(self._encoding, "replace"))
        return len(text)

    def flush(self) -> None:
        """Write what was kept, waiting while the terminal takes nothing."""
        data = memoryview(b"".join(self._waiting))
        self._waiting.clear()
        while data and not self.gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                # Another program of this terminal has made its descriptor non-blocking.
                select.select([], [self._descriptor], [], _AGAIN)
            except OSError:
                self.gone = True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)
