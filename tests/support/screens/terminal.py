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
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")

#: Seconds after which a run has failed.
PATIENCE = 60.0


def plain(raw: bytes) -> str:
    """The text in what was written."""
    return _SEQUENCE.sub(b"", raw).decode("utf-8", "replace")


def left_on(raw: bytes) -> set[str]:
    """What a terminal that has read this is left with and was not set to before."""
    modes = {b"7": True, b"25": True}
    for number, switch in re.findall(rb"\x1b\[\?(\d+)([hl])", raw):
        modes[number] = switch == b"h"
    keys = len(re.findall(rb"\x1b\[>\d*u", raw)) - len(re.findall(rb"\x1b\[<u", raw))
    titles = raw.count(b"\x1b[22;2t") - raw.count(b"\x1b[23;2t")
    found = {name.decode() for name, on in modes.items() if on != (name in {b"7", b"25"})}
    # Colours that were still on when the last text was written.
    colours = re.findall(rb"\x1b\[([\d;]*)m", raw)
    if keys:
        found.add("keys")
    if titles:
        found.add("title")
    if colours and colours[-1] not in {b"", b"0"}:
        found.add("colours")
    return found


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
        module: str = "orion_tui",
        unlike: Mapping[str, str] | None = None,
    ) -> None:
        """`environ` replaces the environment; `unlike` changes it, `TERM` and `LANG` too; "" takes out."""
        environment = dict(os.environ if environ is None else environ)
        environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        environment |= unlike or {}
        environment = {name: value for name, value in environment.items() if value or name not in (unlike or {})}
        if home is not None:
            environment["ORION_HOME"] = str(home)
        self._master, slave = pty.openpty()
        #: How the terminal was set before, and what it looks like from the other end.
        self._slave = slave
        self.resize(*size)
        self.settings = termios.tcgetattr(slave)
        self._child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=environment,
            start_new_session=True,
            # The terminal controls it, as a shell's would: changes of size are told by a signal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - nothing else runs in the child
        )
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
        os.close(self._slave)

    @property
    def text(self) -> str:
        """What was written, without sequences."""
        return plain(self.raw)

    @property
    def process(self) -> int:
        """Its number."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child.poll() is None

    @property
    def threads(self) -> int:
        """How many it has."""
        return len(list(Path(f"/proc/{self.process}/task").iterdir()))

    @property
    def set_back(self) -> bool:
        """Whether the terminal is set as it was before."""
        return termios.tcgetattr(self._slave) == self.settings

    def send(self, data: bytes) -> None:
        """Type, however much it is; what is written meanwhile is read."""
        left = memoryview(data)
        while left:
            _, ready, _ = select.select([], [self._master], [], 0.05)
            if ready:
                left = left[os.write(self._master, left[:1024]) :]
            self._read(0)

    @property
    def colours(self) -> set[str]:
        """The ways in which text was drawn, as the terminal was told."""
        return {found.decode() for found in re.findall(rb"\x1b\[([\d;]*)m", self.raw)}

    def wait_unread(self, seconds: float) -> int | None:
        """The exit code, without reading anything; None while it runs."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def until_stopped(self) -> None:
        """Read until the program was stopped by a signal."""
        deadline = time.monotonic() + PATIENCE
        while Path(f"/proc/{self._child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            assert time.monotonic() < deadline, "never stopped"
            self._read(0.05)

    def resize(self, columns: int, lines: int) -> None:
        """Another size; the program is told by the terminal."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def signal(self, number: int) -> None:
        """A signal for the program."""
        os.kill(self._child.pid, number)

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

    def until(self, text: str, *, since: int = 0) -> None:
        """Read until the text was written, after so many bytes."""
        deadline = time.monotonic() + PATIENCE
        while text not in plain(self.raw[since:]):
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.text[-3000:]}"
            assert self._read(0.2) or self._child.poll() is None, f"ended before {text!r}:\n{self.text[-3000:]}"

    def wait(self, patience: float = PATIENCE) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + patience
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
