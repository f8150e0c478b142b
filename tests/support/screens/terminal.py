"""The real program on a real pseudo-terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")

#: Seconds after which a run has failed.
PATIENCE = 60.0


class TerminalRun:
    """`orion-tui` in a pty; reads all it writes."""

    def __init__(
        self,
        *,
        home: Path | None,
        size: tuple[int, int] = (100, 30),
        environ: dict[str, str] | None = None,
        cwd: Path | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        environment = dict(os.environ if environ is None else environ)
        environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        if home is not None:
            environment["ORION_HOME"] = str(home)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._child = subprocess.Popen(
            [sys.executable, "-m", "orion_tui", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """What was written, without sequences."""
        return _SEQUENCE.sub(b"", self.raw).decode("utf-8", "replace")

    def send(self, data: bytes) -> None:
        """Type."""
        os.write(self._master, data)

    def read_for(self, seconds: float) -> bytes:
        """What is written within the time."""
        got = b""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            got += self._read(left)
        return got

    def quiet(self, seconds: float = 0.5) -> None:
        """Read until nothing has been written for a while."""
        deadline = time.monotonic() + PATIENCE
        while self._read(seconds):
            assert time.monotonic() < deadline, "never quiet"

    def until(self, text: str) -> None:
        """Read until the text was written."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.text[-3000:]}"
            assert self._read(0.2) or self._child.poll() is None, f"ended before {text!r}:\n{self.text[-3000:]}"

    def wait(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._child.poll() is None:
            assert time.monotonic() < deadline, "never ended"
            self._read(0.1)
        self._read(0.1)
        return self._child.returncode

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return b""
        self.raw += data
        return data
