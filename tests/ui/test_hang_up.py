"""A terminal that vanishes without a signal: the application ends, work goes on without it (HOME-5)."""

import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from orion_tui import terminal

pytestmark = pytest.mark.unit

#: Seconds in which it must have noticed.
PATIENCE = 40.0


def test_a_closed_terminal_is_told_from_an_open_one() -> None:
    master, slave = pty.openpty()
    try:
        assert not terminal.hung_up(slave)
        os.close(master)
        assert terminal.hung_up(slave)
    finally:
        os.close(slave)


@pytest.mark.slow
def test_the_application_ends_when_its_terminal_vanishes_silently(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    child = subprocess.Popen(
        # Deaf to the hang-up signal, as under nohup.
        ["sh", "-c", "trap '' HUP; exec \"$0\" -m orion_tui", sys.executable],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "ORION_HOME": str(tmp_path / "home"), "TERM": "xterm-256color"},
    )
    os.close(slave)
    try:
        seen = b""
        while b"mission" not in seen:
            seen += os.read(master, 65536)
        os.close(master)
        deadline = time.monotonic() + PATIENCE
        tick = threading.Event()
        while child.poll() is None and time.monotonic() < deadline:
            tick.wait(0.1)
        assert child.poll() is not None
    finally:
        child.kill()
        child.wait()
