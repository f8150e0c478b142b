"""Where the sandbox of a session at work can be read, for whoever watches: a small file beside the store.

The supervisor writes `run/meters/SESSION` when the sandbox stands and removes it with the sandbox. Whoever watches
reads the numbers from the kernel; a file that was left behind names a process that is gone, and says nothing.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Protocol

import attrs
from cattrs import BaseValidationError

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core import codec
from orion_tui.core.models.meters import Used
from orion_tui.core.sandbox import gauges
from orion_tui.core.sandbox.gauges import Gauges

#: More than the file ever holds.
_MOST = 16 * 1024


class Measured(Protocol):
    """What may say where it is read: a sandbox."""

    def gauges(self) -> Gauges | None:
        """See `sandbox.base.Sandbox`."""
        ...


@attrs.frozen(kw_only=True)
class Shown:
    """A sandbox's file, for as long as it stands."""

    path: Path
    text: bytes

    def remove(self) -> None:
        """It has ended. The file of another sandbox that has its place is left."""
        with contextlib.suppress(OSError):
            if self.path.read_bytes() == self.text:
                self.path.unlink()


def show(home: OrionHome, session_id: str, sandbox: Measured) -> Shown | None:
    """Write down where it is read; None where that cannot be told. A disk that fails costs the view, not the work."""
    where = sandbox.gauges()
    if where is None:
        return None
    shown = Shown(path=_path(home, session_id), text=json.dumps(codec.to_json(where)).encode())
    beside = shown.path.with_suffix(".new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        shown.path.parent.mkdir(mode=0o700, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
            file.write(shown.text)
        beside.replace(shown.path)
    except OSError:
        return None
    return shown


def of(home: OrionHome, session_id: str, at: float) -> Used | None:
    """What the session's sandbox uses now; None where none stands, or nothing can be told of it."""
    try:
        with _path(home, session_id).open("rb") as file:
            found = json.loads(file.read(_MOST))
        where = codec.from_json(found if isinstance(found, dict) else {}, Gauges)
    except (OSError, ValueError, BaseValidationError):
        return None
    return gauges.read(where, at)


def _path(home: OrionHome, session_id: str) -> Path:
    if not session_id.isalnum():
        raise OrionError(f"{session_id!r} is no session's id")
    return home.run / "meters" / session_id
