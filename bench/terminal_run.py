"""`orion-tui` (or anything else) on a real pty, as the benchmarks of the application need it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE = (120, 40)
PATIENCE = 60.0


class Run:
    """One program in a pseudo-terminal."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        environ = {**os.environ, "ORION_HOME": str(home), "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
        self.begun = time.perf_counter()
        self.child = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self.master)

    def read(self, seconds: float) -> bytes:
        """What comes within that time; empty for nothing."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        return os.read(self.master, 65536)

    def settled(self, words: bytes, quiet: float) -> float:
        """Seconds from the start to the last byte of the frame that has `words` and is followed by `quiet` seconds."""
        written, last = b"", self.begun
        while True:
            now = time.perf_counter()
            if words in written and now - last >= quiet:
                return last - self.begun
            if now - self.begun > PATIENCE or self.child.poll() is not None:
                raise SystemExit(f"never drew {words!r}: {written[-2000:]!r}")
            if data := self.read(0.01):
                written += data
                last = time.perf_counter()

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def resident(self) -> float:
        """MiB of resident memory."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def ticks(self) -> int:
        """Processor time of it and its children so far, in the kernel's ticks."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))
