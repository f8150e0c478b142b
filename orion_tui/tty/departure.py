"""Leaving when told to by a signal, with the terminal as it was found.

The first signal asks the application to leave, as `q` does. Where it cannot, because the terminal takes no more output
or something hangs, the terminal is given back from outside and the process ends, after a few seconds or at the second
signal. A hang-up is told twice, by the kernel and by what held the terminal: that counts as one. Sessions are not
touched by any of it: they run in the supervisor.
"""

import _thread
import contextlib
import os
import signal
import termios
import time
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from textual.app import App

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)

#: Seconds that the application has to leave by itself.
PATIENCE = 5.0

#: Everything that Textual and we switch on, off again: frames, paste, wrap, mouse, keys, screen, cursor, focus, title.
RESTORE = (
    b"\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    b"\x1b[<u\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1004l"
)


class Departure:
    """Holds the signals from the first frame to the last byte."""

    def __init__(self, app: "App[Any]", loop: "AbstractEventLoop", descriptors: Sequence[int]) -> None:
        self._app = app
        self._loop = loop
        #: Where the terminal is: to write to, and to set.
        self._descriptors = descriptors
        self._before: list[Any] | None = None
        #: The signal that said so; 0 while nobody did.
        self._told = 0
        #: Whether the terminal has been given back.
        self._finished = False
        #: What else has to be written at the end, such as the title that was there before.
        self.owed = b""

    @property
    def told(self) -> bool:
        """Whether a signal asked to leave."""
        return self._told != 0

    def prepare(self, before: list[Any] | None) -> None:
        """From now on signals ask to leave; `before` is how the terminal was set."""
        self._before = before
        self._finished = False
        for number in SIGNALS:
            # Who started the application deaf to a signal (nohup) has a reason.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._leave)

    def done(self) -> None:
        """The terminal has been given back; a signal that comes now ends the process in its own way."""
        self._finished = True
        for number in SIGNALS:
            if signal.getsignal(number) == self._leave:
                signal.signal(number, signal.SIG_DFL)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._told == number == signal.SIGHUP:
            return
        if self._told:
            self._force()
        self._told = number
        # Not by `threading`: the signal may have interrupted the start of another thread, with its lock held.
        _thread.start_new_thread(self._guard, ())
        # The signal may have interrupted the loop anywhere.
        self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=128 + number))

    def _guard(self) -> None:
        time.sleep(PATIENCE)
        if not self._finished:
            self._force()

    def _force(self) -> None:
        """Without anybody's help."""
        output, keys = self._descriptors
        with contextlib.suppress(OSError, termios.error):
            if self._before is not None:
                termios.tcsetattr(keys, termios.TCSANOW, self._before)
        with contextlib.suppress(OSError, termios.error):
            # Whatever the terminal has not taken must not hold this up, too.
            termios.tcflush(output, termios.TCOFLUSH)
            os.set_blocking(output, False)
            os.write(output, RESTORE + self.owed)
        with contextlib.suppress(OSError):
            # The shell goes on with the same open file.
            os.set_blocking(output, True)
        os._exit(128 + self._told)
