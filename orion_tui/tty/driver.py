"""Textual's driver for Unix terminals, made to bear what terminals do."""

import contextlib
import fcntl
import os
import select
import signal
import struct
import termios
from typing import IO, TYPE_CHECKING, Any, cast

from textual import events
from textual.drivers.linux_driver import LinuxDriver

from orion_tui.tty.departure import Departure
from orion_tui.tty.keyboard import Keyboard
from orion_tui.tty.outlet import Outlet

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

#: Columns and lines that are drawn at most: a pseudo-terminal may claim 65,535 of each.
LARGEST = (1_000, 500)
_USUAL = (80, 24)
#: Seconds between two looks at whether to end.
_LOOK = 0.1


class TerminalDriver(LinuxDriver):
    """Reads any bytes, writes to a terminal that may be gone, believes the terminal about its size, and leaves well."""

    def __init__(
        self, app: "App[Any]", *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
        outlet = Outlet(self._file)
        self._file = cast("IO[str]", outlet)
        self._size = size or self._get_terminal_size()
        self.departure = Departure(app, self._loop, (outlet.fileno(), self.fileno))
        #: Whether keys are read and frames written, and whether that is wanted: not while leaving.
        self._has_terminal = False
        self._wants_terminal = False

    def _get_terminal_size(self) -> tuple[int, int]:
        """The terminal's own word; `COLUMNS` and `LINES`, which shells leave behind, would speak of another moment."""
        for descriptor in (self._file.fileno(), self.fileno):
            try:
                answer = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8)
            except OSError:
                continue
            lines, columns, _, _ = struct.unpack("HHHH", answer)
            if lines and columns:
                return min(columns, LARGEST[0]), min(lines, LARGEST[1])
        return _USUAL

    def _sigtstp_application(self, *_: object) -> None:
        """Stand still once nothing is in the middle of something: what is on its way to the terminal has a lock."""
        self._soon(self._stand_still)

    def _sigcont_application(self, *_: object) -> None:
        """Go on, in the same way."""
        self._soon(self._go_on)

    def _soon(self, what: "Callable[[], None]") -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)

    def _stand_still(self) -> None:
        if self._has_terminal:
            self.suspend_application_mode()
            self._wants_terminal = self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self) -> None:
        """Have the terminal as the application needs it again, after a stop that may have come without a warning.

        A hang-up brings this signal as well: who began anew while leaving would never end, for nobody would tell the
        new reader of keys to.
        """
        if self.departure.told or not self._wants_terminal:
            return
        if self._has_terminal:
            self.suspend_application_mode()
        self.resume_application_mode()
        # Whoever had the terminal meanwhile has written over the picture.
        self._app.call_later(self._app.refresh, layout=True)

    def start_application_mode(self) -> None:
        """Textual's, and what was typed before is dropped: it was meant for something else than the first screen."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)
        self._wants_terminal = True
        before = self._writer_thread
        super().start_application_mode()
        if self._writer_thread is before:
            # In the background: the signal that says so stops the process, and it begins anew when it may go on.
            return
        self.departure.prepare(self.attrs_before)
        self._has_terminal = True

    def stop_application_mode(self) -> None:
        """Textual's."""
        self._has_terminal = self._wants_terminal = False
        super().stop_application_mode()

    def close(self) -> None:
        """The last thing that is written."""
        super().close()
        self.departure.done()

    def run_input_thread(self) -> None:
        """Read keys until the application leaves."""
        keyboard = Keyboard()
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], _LOOK)
            try:
                data = os.read(self.fileno, 4096) if ready else None
            except OSError:
                data = b""
            if data == b"":
                # The terminal is gone; the application looks for that by itself.
                self.exit_event.wait(_LOOK)
                continue
            for message in keyboard.tick() if data is None else keyboard.feed(data):
                if isinstance(message, events.Resize) and not self._is_so(message):
                    continue
                self.process_message(message)

    def _is_so(self, message: events.Resize) -> bool:
        """Whether a size that came among the keys is to be believed: asked for, and what the system says as well."""
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            return False
        return bool(self._in_band_window_resize) and (columns, lines) == tuple(message.size)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        # Textual asks for cells in fractions where sizes come among the keys, and does not take that back.
        self.write("\x1b[?1016l")
