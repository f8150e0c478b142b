"""That a sandbox came up here lately: what spares a submission to try one itself.

Only ever a reason not to look ahead. Work happens in a sandbox that was started for it and measured from inside; where
none comes up then, it does not begin, whatever is remembered here.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from orion_tui.base.paths import OrionHome

#: Seconds, of time that the machine was awake, for which it is taken to be as it was.
LATELY = 3_600.0

#: What decides which sandbox is chosen and how its engine is reached.
_VARIABLES = (
    *("PATH", "ORION_SANDBOX"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
)
#: Programs, and switches of the kernel, without which none comes up.
_PLACES = (
    "/proc/sys/kernel/random/boot_id",
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "/proc/sys/user/max_user_namespaces",
)


class Lately:
    """The memory of one state directory, shared by all processes that use it."""

    def __init__(self, home: OrionHome, environ: Mapping[str, str] = os.environ) -> None:
        self._path = home.run / "sandbox.lately"
        self._environ = environ

    def came_up(self) -> bool:
        """Whether a sandbox came up lately, and nothing is known to have changed since."""
        try:
            at, mark = self._path.read_text("ascii").split()
            return 0.0 <= _awake() - float(at) < LATELY and mark == self._mark()
        except (OSError, ValueError):
            return False

    def note(self) -> None:
        """One has come up."""
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}.{time.monotonic_ns()}")
        try:
            partial.write_text(f"{_awake()!r} {self._mark()}\n", "ascii")
            partial.replace(self._path)
        except OSError:
            partial.unlink(missing_ok=True)  # a full disk: then the next one is tried

    def forget(self) -> None:
        """None came up."""
        self._path.unlink(missing_ok=True)

    def _mark(self) -> str:
        known: list[str] = [f"{os.getuid()}", *(self._environ.get(name, "") for name in _VARIABLES)]
        known += [_stamp(shutil.which(name, path=self._environ.get("PATH"))) for name in ("bwrap", "docker")]
        known += [_text(Path(place)) for place in _PLACES]
        return hashlib.sha256("\0".join(known).encode("utf-8", "surrogateescape")).hexdigest()


def _awake() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def _stamp(program: str | None) -> str:
    if program is None:
        return ""
    found = Path(program).stat()
    return f"{program} {found.st_ino} {found.st_size} {found.st_mtime_ns}"


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
