"""The user's systemd, through `systemctl --user` and `loginctl`: the one module that runs them."""

import os
import subprocess
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import attrs

from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.service import unit

#: Seconds for a question, and for starting or stopping (which may wait for the last steps: TimeoutStopSec and more).
_ASK, _ACT = 10.0, 120.0

_RUNS = frozenset({"running", "degraded", "starting", "initializing", "maintenance"})


class Lingering(Enum):
    """Whether the user's services run without the user being logged in."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class Answer:
    """What a program said."""

    code: int
    text: str


def _run(environ: Mapping[str, str], *argv: str, timeout: float = _ASK) -> Answer | None:
    """None where the program is not there or does not answer."""
    try:
        done = subprocess.run(
            argv,
            env={**environ, "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Answer(code=done.returncode, text=(done.stdout.strip() or done.stderr.strip()))


def missing(environ: Mapping[str, str] = os.environ) -> str:
    """Why no user service can be had here; empty where one can."""
    answer = _run(environ, "systemctl", "--user", "is-system-running")
    if answer is None:
        return "systemctl is not there, so this system is not run by systemd"
    state = answer.text.splitlines()[0] if answer.text else ""
    # The word counts, not the exit code: a user's manager with one failed unit is "degraded", and serves.
    if state in _RUNS:
        return ""
    return f"the systemd of this user does not run ({state or f'exit status {answer.code}'})"


def act(environ: Mapping[str, str], *arguments: str) -> None:
    """`systemctl --user` something. Raises StateError with what it said when it fails."""
    answer = _run(environ, "systemctl", "--user", *arguments, timeout=_ACT)
    if answer is None or answer.code:
        said = answer.text if answer is not None else "no answer"
        raise StateError(
            f"systemctl --user {' '.join(arguments)} failed", hint="see: journalctl --user", problems=(said,)
        )


def active(environ: Mapping[str, str], name: str) -> bool:
    """Whether the unit runs."""
    answer = _run(environ, "systemctl", "--user", "is-active", name)
    return answer is not None and answer.text in {"active", "activating", "reloading"}


def start_installed(home: OrionHome, environ: Mapping[str, str] = os.environ) -> bool:
    """Start the supervisor's service where it is installed for this home; False where it is not, or does not start."""
    path = unit.path_of(home, environ)
    if not path.exists():
        return False
    answer = _run(environ, "systemctl", "--user", "start", path.name, timeout=_ACT)
    return answer is not None and answer.code == 0


def user_name() -> str:
    """Who this is, for `loginctl`; the number where the system knows no name."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def lingering(environ: Mapping[str, str] = os.environ, marks: Path = Path("/var/lib/systemd/linger")) -> Lingering:
    """Whether the user's services go on when the user is logged out, and begin when the machine does."""
    name = user_name()
    answer = _run(environ, "loginctl", "show-user", name, "--property=Linger")
    if answer is not None and answer.code == 0 and answer.text in {"Linger=yes", "Linger=no"}:
        return Lingering.ON if answer.text == "Linger=yes" else Lingering.OFF
    # Of a user who is not logged in logind says nothing; the mark is what it goes by.
    if (marks / name).exists():
        return Lingering.ON
    return Lingering.OFF if marks.is_dir() or answer is not None else Lingering.UNKNOWN
