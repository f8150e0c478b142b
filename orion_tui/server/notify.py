"""Telling a service manager how the supervisor is (the protocol of sd_notify(3), which is one datagram)."""

import contextlib
import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The manager that started this process; silent where none did."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        # An abstract address is written with @ for its leading zero byte.
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)

    def ready(self) -> None:
        """Start-up is complete."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """The sign of life that the unit's watchdog waits for."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The last steps are being finished."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(text.encode("utf-8"), self._address)
