"""What a model is saying at this moment, for whoever watches: a small file beside the store, never part of the record.

The whole answer is recorded when it is there. What streams in before that would cost the store a transaction for each
few words, and wake every reader; so it goes to `run/words/SESSION`, which one writer fills and readers look at.
"""

import contextlib
import os
from types import TracebackType
from typing import Self

import attrs

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import CleanText, clean

#: Bytes that are kept of one answer; what comes after it is not shown while it streams.
LIMIT = 256 * 1024


@attrs.frozen(kw_only=True)
class Words:
    """What was said so far of the answer that step `step` waits for."""

    step: int
    text: CleanText


class Speaking:
    """The writer's end, for one question: `with Speaking(home, session, step) as speaking: ... speaking.heard(text)`.

    `heard` may be called from any one thread. A disk that fails costs the view, not the work.
    """

    def __init__(self, home: OrionHome, session_id: str, step: int) -> None:
        self._path = home.run / "words" / session_id
        self._step = step
        self._left = LIMIT
        self._descriptor = -1

    def __enter__(self) -> Self:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
            os.write(self._descriptor, f"{self._step}\n".encode())
        return self

    def heard(self, text: str) -> None:
        """Some more words of the answer."""
        data = text.encode("utf-8", "replace")[: self._left]
        if self._descriptor < 0 or not data:
            return
        self._left -= len(data)
        with contextlib.suppress(OSError):
            os.write(self._descriptor, data)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The answer is recorded, or will never be: nothing is being said any more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        with contextlib.suppress(OSError):
            self._path.unlink()


def being_said(home: OrionHome, session_id: str) -> Words | None:
    """What the session's model is saying now; None where it says nothing."""
    if not session_id.isalnum():
        raise OrionError(f"{session_id!r} is no session's id")
    try:
        with (home.run / "words" / session_id).open("rb") as file:
            data = file.read(LIMIT + 32)
    except OSError:
        return None
    step, newline, text = data.partition(b"\n")
    if not newline or not step.isdigit():
        return None
    return Words(step=int(step), text=clean(text.decode("utf-8", "ignore")))
