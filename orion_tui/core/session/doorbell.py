"""How a front end tells the supervisor that something is to be done: a datagram, so that idling need not mean looking.

The store stays the only place where anything *is*: a ring that gets lost costs one slow look, never work. Its socket is
`run/supervisor.sock`, 0600 in a 0700 directory; what is sent to it is thrown away unread.
"""

import contextlib
import select
import socket
from pathlib import Path

from orion_tui.base.paths import OrionHome
from orion_tui.core.session import socket_address

NAME = "supervisor.sock"


class Doorbell:
    """The supervisor's end. `ring` may be called from any thread, and from a signal handler."""

    def __init__(self, folder: Path | None = None) -> None:
        """Listen in `folder`, or (None) for rings of this process alone."""
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._theirs.setblocking(False)
        self._ours.setblocking(False)
        self._outer = _listen(folder) if folder is not None else None

    def ring(self) -> None:
        """End the wait, the present one or the next."""
        # Full means that it rings already; closed, that nobody waits any more.
        with contextlib.suppress(OSError):
            self._theirs.send(b".")

    def wait(self, seconds: float) -> bool:
        """Until somebody rings, at most so long; whether somebody did."""
        listening = [self._ours, *([self._outer] if self._outer is not None else [])]
        ready, _, _ = select.select(listening, [], [], seconds)
        for bell in ready:
            with contextlib.suppress(OSError):
                while bell.recv(16):
                    pass
        return bool(ready)

    def close(self) -> None:
        """Stop listening. The socket's file stays for the next supervisor to replace: it may be there already."""
        for end in (self._ours, self._theirs, self._outer):
            if end is not None:
                end.close()


def _listen(folder: Path) -> socket.socket | None:
    """The socket; None where the file system or the length of the path does not allow one (looking then serves)."""
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        bell.setblocking(False)
        # Whoever holds the supervisor's lock replaces what the last one left.
        socket_address.bind(bell, folder, NAME)
    except OSError:
        bell.close()
        return None
    return bell


def ring(home: OrionHome) -> bool:
    """Tell the supervisor of a home to look now; False when nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        try:
            with socket_address.address(home.run, NAME) as address:
                bell.sendto(b".", address)
        except BlockingIOError:
            return True  # its queue is full of rings that it has not heard yet
        except OSError:
            return False
    return True
