"""What the command in flight prints, for whoever watches: a small file beside the store, never part of the record.

The output is recorded whole (within its bounds) when the command has ended. What comes before that goes to
`run/printing/SESSION`, as `words` does with what a model says: bounded, its beginning given up where there is more.
"""

import contextlib
import os
from types import TracebackType
from typing import Self

import attrs

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import CleanText, clean

#: Bytes at which the file is written anew with its end only, and how many it keeps then.
MOST = 256 * 1024
KEPT = 64 * 1024
#: Bytes at the end that are shown: more than any pane holds.
SHOWN = 24 * 1024


@attrs.frozen(kw_only=True)
class Printed:
    """The end of what the command of step `step` printed so far."""

    step: int
    text: CleanText
    #: There was more before it.
    cut: bool


class Printing:
    """The writer's end, for one step: `with Printing(home, session, step) as printing: run(watch=printing.printed)`.

    Nothing is written before something was printed. A disk that fails costs the view, not the work.
    """

    def __init__(self, home: OrionHome, session_id: str, step: int) -> None:
        self._path = home.run / "printing" / session_id
        self._step = step
        self._size = 0
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def printed(self, data: bytes, dropped: int) -> None:
        """Some more of it; `dropped` bytes before it were left out."""
        if dropped:
            data = b"\n[%s bytes are not shown while it runs]\n%s" % (f"{dropped:,}".encode(), data)
        with contextlib.suppress(OSError):
            if self._descriptor < 0:
                self._begin(b"")
            elif self._size + len(data) > MOST:
                kept = os.pread(self._descriptor, KEPT, max(0, self._size - KEPT))
                self._begin(kept)
            self._size += os.write(self._descriptor, data)

    def _begin(self, data: bytes) -> None:
        """A new file in the place of the old one, so that who reads that one reads it to its end."""
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        beside = self._path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(beside, flags, 0o600)
        self._close()
        self._descriptor = descriptor
        self._size = os.write(descriptor, b"%d\n" % self._step + (b"\n" + data if data else b""))
        beside.replace(self._path)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It has ended: its output is recorded, or never will be."""
        if self._descriptor >= 0:
            self._close()
            with contextlib.suppress(OSError):
                self._path.unlink()


def being_printed(home: OrionHome, session_id: str) -> Printed | None:
    """What the session's command in flight prints; None where nothing runs, or nothing was printed."""
    if not session_id.isalnum():
        raise OrionError(f"{session_id!r} is no session's id")
    try:
        with (home.run / "printing" / session_id).open("rb") as file:
            head = file.readline(32)
            begin = file.tell()
            end = file.seek(0, os.SEEK_END)
            start = file.seek(max(begin, end - SHOWN))
            data = file.read(SHOWN)
    except OSError:
        return None
    if not head.endswith(b"\n") or not head[:-1].isdigit():
        return None
    text = data.decode("utf-8", "replace")
    cut = start > begin
    if cut:
        text = text.partition("\n")[2] or text
    text = "\n".join(map(_as_it_stands, text.replace("\r\n", "\n").split("\n")))
    return Printed(step=int(head), text=clean(text), cut=cut)


def _as_it_stands(line: str) -> str:
    """A line without what a carriage return writes over, which is not on a terminal either: of a bar of progress,
    where it stands. In time that grows with the line alone: whoever prints it chooses how long it is."""
    return line.rstrip("\r").rpartition("\r")[2]
