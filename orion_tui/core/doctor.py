"""What this machine can do for Orion: real checks, each with what was measured, and a fix where something is wrong.

Checks change nothing. They never make the state directory, and they open the sandbox rather than look for a file.
"""

import os
import platform
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import NETWORK_FILE_SYSTEMS, OrionHome, file_system_of

if TYPE_CHECKING:
    from orion_tui.core.session.status import SupervisorStatus

if TYPE_CHECKING:
    from orion_tui.core.sandbox.base import Availability

MIB = 1024 * 1024

#: A session may come to 500 MB (SAVE-4): with less than this free, work will end badly.
_DISK_ENOUGH = 1024 * MIB
_DISK_LEAST = 200 * MIB

#: The smallest terminal that every screen is made for.
_COLUMNS, _LINES = 80, 24


class Outcome(StrEnum):
    """How a check came out. Only a FAULT keeps Orion from working."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@attrs.frozen(kw_only=True)
class Detail:
    """One property behind a check: what was promised and what was measured."""

    name: str
    promised: str
    measured: str
    #: "holds", "lacking" (known, shown, not a mismatch) or "fails".
    verdict: str


@attrs.frozen(kw_only=True)
class Check:
    """One line of the doctor's report."""

    #: Stable name, for `--only` and for programs.
    name: str
    title: str
    outcome: Outcome
    #: What was found, as measured.
    value: str
    #: What to do about it; empty when all is well.
    fix: str = ""
    #: The command that mends it, as argv, where there is one.
    command: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()


def examine(
    home: OrionHome | None, environ: Mapping[str, str] = os.environ, *, only: frozenset[str] = frozenset()
) -> list[Check]:
    """Run the checks, all or those named in `only`, in the order of the report.

    `home` is None where no state directory could be told ($HOME unset): that is then a fault of its own.
    """
    checks: dict[str, Callable[[], Check]] = {
        "python": _python,
        "git": _git,
        "sandbox": _sandbox,
        "state": lambda: _state(home),
        "store": lambda: _store(home),
        "supervisor": lambda: _supervisor(home),
        "vault": lambda: _vault(home),
        "terminal": lambda: _terminal(environ),
        "disk": lambda: _disk(home),
        "tools": lambda: _tools(home),
    }
    return [check() for name, check in checks.items() if not only or name in only]


#: The names that `examine` knows, in its order.
NAMES = ("python", "git", "sandbox", "state", "store", "supervisor", "vault", "terminal", "disk", "tools")


def _python() -> Check:
    value = f"{platform.python_implementation()} {platform.python_version()} ({sys.executable})"
    sqlite = sqlite3.sqlite_version
    title = "Python 3.11 or newer, SQLite 3.35 or newer"
    if sys.version_info < (3, 11) or sqlite3.sqlite_version_info < (3, 35):
        return Check(
            name="python",
            title=title,
            outcome=Outcome.FAULT,
            value=f"{value}, SQLite {sqlite}",
            fix="install Python 3.11 or newer and set Orion up again with it",
        )
    return Check(name="python", title=title, outcome=Outcome.OK, value=f"{value}, SQLite {sqlite}")


def _git() -> Check:
    from orion_tui.core.repo.git import MINIMUM_GIT, git_executable, git_version, require_git

    title = f"git {'.'.join(map(str, MINIMUM_GIT))} or newer"
    try:
        require_git()
        value = f"git {'.'.join(map(str, git_version()))} ({git_executable()})"
    except OrionError as error:
        return Check(name="git", title=title, outcome=Outcome.FAULT, value=error.message, fix=error.hint)
    return Check(name="git", title=title, outcome=Outcome.OK, value=value)


def _sandbox() -> Check:
    from orion_tui.core.sandbox import select

    title = "A sandbox that holds what it promises"
    tried = select.backends()
    serving = next((found for found in tried if found.available), None)
    if serving is None:
        command = next((found.install for found in reversed(tried) if found.install), ())
        # Each detail ends with what mends it, where that is known; a command is worth a line of its own.
        fix = " ".join(command) or "docs/security.md says what the sandbox needs of the system"
        value = "; ".join(f"{found.backend}: {' '.join(found.detail.split())}" for found in tried)
        return Check(name="sandbox", title=title, outcome=Outcome.FAULT, value=value, fix=fix, command=command)
    try:
        measured = _measured(serving.backend)
    except OrionError as error:
        value = "; ".join((error.message, *(" ".join(problem.split()) for problem in error.problems)))
        return Check(name="sandbox", title=title, outcome=Outcome.FAULT, value=value, fix=error.hint)
    value = f"{serving.detail}; {len(measured)} properties measured"
    outcome, fixes = Outcome.OK, list[str]()
    failures = [detail.name for detail in measured if detail.verdict == "fails"]
    if failures or not measured:
        names = ", ".join(failures) or "everything: nothing was measured"
        outcome, fixes = Outcome.FAULT, [f"not as promised: {names}; work refuses to start"]
    elif lacks := [_bare(detail) for detail in measured if detail.verdict == "lacking"]:
        value += f", lacks: {', '.join(lacks)}"
        outcome, fixes = Outcome.WARNING, ["this machine cannot give it, and every session says so (docs/security.md)"]
    details = list(measured)
    for other in tried:
        if other is serving:
            continue
        found, problem = _spare(other)
        details += found
        if problem:
            outcome = Outcome.WARNING if outcome is Outcome.OK else outcome
            fixes.append(problem)
    return Check(
        name="sandbox", title=title, outcome=outcome, value=value, fix="; ".join(fixes), details=tuple(details)
    )


def _bare(detail: Detail) -> str:
    """Its name without the backend's and without where it was seen from."""
    return detail.name.partition(": ")[2].rpartition(" (")[0]


def _measured(backend: str) -> tuple[Detail, ...]:
    """Open one and measure it. Raises OrionError."""
    from orion_tui.core.sandbox import select
    from orion_tui.core.sandbox.base import SandboxSpec

    with select.choose(backend).open(SandboxSpec(session_id="doctor")) as sandbox:
        attestation = sandbox.attest()
    return tuple(
        Detail(
            name=f"{backend}: {found.name} ({found.seen_from})",
            promised=found.promised,
            measured=found.measured,
            verdict="holds" if found.holds else "lacking" if found.lacking else "fails",
        )
        for found in attestation.properties
    )


def _spare(found: "Availability") -> tuple[list[Detail], str]:
    """What a backend that does not serve would give, and what is to be done about it; nothing where it is not here."""
    detail = " ".join(found.detail.split())
    if found.available:
        try:
            return list(_measured(found.backend)), ""
        except OrionError as error:
            detail = "; ".join((error.message, *error.problems))
    line = Detail(name=f"{found.backend}: serves", promised="yes", measured=detail, verdict="lacking")
    # One that is not installed is a choice; one that is here and does not serve is worth a word.
    return [line], "" if found.install else f"{found.backend}: {detail}"


def _state(home: OrionHome | None) -> Check:
    title = "A state directory of one's own, on a local disk"
    if home is None:
        return Check(
            name="state",
            title=title,
            outcome=Outcome.FAULT,
            value="neither ORION_HOME nor HOME is set",
            fix="set ORION_HOME to a directory of yours",
        )
    root = home.root
    if (kind := file_system_of(root)) in NETWORK_FILE_SYSTEMS:
        value = f"{root} is on a network file system ({kind}), where locks do not hold"
        fix = "set ORION_HOME to a directory on a local disk"
        return Check(name="state", title=title, outcome=Outcome.FAULT, value=value, fix=fix)
    if not root.exists():
        parent = next(folder for folder in root.parents if folder.exists())
        try:
            _try_to_write(parent)
        except OSError as error:
            return _bad_state(title, f"{root} is not there, and {parent} cannot be written: {error.strerror}", root)
        return Check(name="state", title=title, outcome=Outcome.OK, value=f"{root} (made when there is work)")
    status = root.stat()
    if not root.is_dir():
        return _bad_state(title, f"{root} is not a directory", root)
    if status.st_uid != os.geteuid():
        return _bad_state(title, f"{root} belongs to user id {status.st_uid}", root)
    try:
        _try_to_write(root)
    except OSError as error:
        return _bad_state(title, f"{root} cannot be written: {error.strerror}", root)
    mode = stat.S_IMODE(status.st_mode)
    value = f"{root} (mode {mode:04o}, {kind or 'unknown file system'})"
    if mode & 0o077:
        return Check(
            name="state",
            title=title,
            outcome=Outcome.WARNING,
            value=f"{value}: others can look inside",
            fix=f"chmod 700 {root}",
            command=("chmod", "700", str(root)),
        )
    return Check(name="state", title=title, outcome=Outcome.OK, value=value)


def _try_to_write(folder: Path) -> None:
    """Write to a file without a name, so that nothing is left behind however this ends."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"\0" * 4096)
        probe.flush()
        os.fsync(probe.fileno())


def _bad_state(title: str, value: str, root: Path) -> Check:
    fix = f"make {root} writable for you, or set ORION_HOME to another directory"
    return Check(name="state", title=title, outcome=Outcome.FAULT, value=value, fix=fix)


def _store(home: OrionHome | None) -> Check:
    title = "A store that is whole"
    if home is None or not home.database.exists():
        return Check(name="store", title=title, outcome=Outcome.OK, value="no store yet")
    from orion_tui.core.store import Store, sessions

    try:
        with Store.open(home.database) as store:
            store.quick_check()
            counts = sessions.counts_by_state(store.reader())
    except OrionError as error:
        return Check(
            name="store",
            title=title,
            outcome=Outcome.FAULT,
            value="; ".join((error.message, *error.problems)),
            fix=error.hint or "docs/guide.md, “When something is damaged”",
        )
    size = home.database.stat().st_size
    value = f"{sum(counts.values()):,} sessions, {size / MIB:.1f} MiB, checked page by page"
    return Check(name="store", title=title, outcome=Outcome.OK, value=value)


def _supervisor(home: OrionHome | None) -> Check:
    title = "A supervisor that works without a terminal"
    if home is None or not home.run.exists():
        return Check(
            name="supervisor", title=title, outcome=Outcome.OK, value="none runs; it starts when there is work"
        )
    from orion_tui.core.session.status import memory

    found = _supervisor_status(home)
    if not found.running:
        return Check(
            name="supervisor", title=title, outcome=Outcome.OK, value="none runs; it starts when there is work"
        )
    weight = memory(found.pid)
    weighs = f", {weight[0] / MIB:.0f} MiB" if weight else ""
    how = f", started {found.how}" if found.how else ""
    value = f"process {found.pid}, version {found.version}, in a session of its own{how}{weighs}"
    if found.trouble:
        return Check(name="supervisor", title=title, outcome=Outcome.FAULT, value=found.trouble, fix=found.remedy)
    if not found.same_version:
        fix = "orion daemon start: it finishes its steps, and this version's goes on with its sessions"
        if not found.outdated:
            fix = "it is the newer one: use the orion that belongs to it"
        return Check(
            name="supervisor",
            title=title,
            outcome=Outcome.WARNING,
            value=f"{value}: another version than this program",
            fix=fix,
        )
    return Check(name="supervisor", title=title, outcome=Outcome.OK, value=value)


def _supervisor_status(home: OrionHome) -> "SupervisorStatus":
    from orion_tui.base.clock import SystemClock
    from orion_tui.core.session.status import status
    from orion_tui.core.store import Store

    clock = SystemClock()
    try:
        with Store.open(home.database, clock=clock) as store:
            return status(home, store.reader(), clock)
    except OrionError:  # the check of the store says what is wrong with it
        return status(home)


def _vault(home: OrionHome | None) -> Check:
    title = "A place for credentials"
    if home is None:
        return Check(name="vault", title=title, outcome=Outcome.WARNING, value="unknown without a state directory")
    from orion_tui.core.auth.keychain import find_backend
    from orion_tui.core.auth.vault import MACHINE_KEY_WARNING, VaultChoice, chosen

    try:
        find_backend()
        keychain, missing = "the system keychain can be used", None
    except OrionError as error:
        keychain, missing = error.message, error
    try:
        choice = chosen(home)
    except OrionError as error:
        return Check(name="vault", title=title, outcome=Outcome.FAULT, value=error.message, fix=error.hint)
    match choice:
        case None:
            value = f"none chosen yet (`orion auth set` asks); {keychain}"
        case VaultChoice.KEYCHAIN if missing is not None:
            return Check(name="vault", title=title, outcome=Outcome.FAULT, value=missing.message, fix=missing.hint)
        case VaultChoice.KEYCHAIN:
            value = "the system keychain"
        case VaultChoice.PASSPHRASE:
            value = "a file encrypted under your passphrase"
        case VaultChoice.MACHINE_KEY:
            value = "a file encrypted under a machine key"
            fix = f"{MACHINE_KEY_WARNING} Better: orion auth set --vault passphrase"
            return Check(name="vault", title=title, outcome=Outcome.WARNING, value=value, fix=fix)
    return Check(name="vault", title=title, outcome=Outcome.OK, value=value)


def _terminal(environ: Mapping[str, str]) -> Check:
    title = f"A terminal of {_COLUMNS}x{_LINES} or more that shows UTF-8"
    if not sys.stdout.isatty():
        return Check(name="terminal", title=title, outcome=Outcome.OK, value="none here (output is piped)")
    size = shutil.get_terminal_size()
    term = environ.get("TERM", "")
    encoding = (sys.stdout.encoding or "").lower()
    colours = "24-bit" if environ.get("COLORTERM") in {"truecolor", "24bit"} else "256" if "256" in term else "16"
    over = ", over SSH" if environ.get("SSH_CONNECTION") else ""
    plain = ", NO_COLOR" if environ.get("NO_COLOR") else ""
    value = f"{size.columns}x{size.lines}, {term or 'TERM unset'}, {colours} colours, {encoding}{over}{plain}"
    problems: list[str] = []
    if size.columns < _COLUMNS or size.lines < _LINES:
        problems.append(f"make the window at least {_COLUMNS}x{_LINES}")
    if encoding.replace("-", "") != "utf8":
        problems.append("set LANG or LC_ALL to a UTF-8 locale such as C.UTF-8")
    if term in {"", "dumb"}:
        problems.append("set TERM to what the terminal is, such as xterm-256color")
    outcome = Outcome.WARNING if problems else Outcome.OK
    return Check(name="terminal", title=title, outcome=outcome, value=value, fix="; ".join(problems))


def _disk(home: OrionHome | None) -> Check:
    title = "Room for sessions"
    place = home.root if home is not None else Path(tempfile.gettempdir())
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    value = f"{usage.free / MIB:,.0f} MiB free of {usage.total / MIB:,.0f} at {place}"
    if usage.free >= _DISK_ENOUGH:
        return Check(name="disk", title=title, outcome=Outcome.OK, value=value)
    outcome = Outcome.FAULT if usage.free < _DISK_LEAST else Outcome.WARNING
    fix = "free some space, or set ORION_HOME to a directory on a larger disk"
    return Check(name="disk", title=title, outcome=outcome, value=value, fix=fix)


def _tools(home: OrionHome | None) -> Check:
    """What is set up; no server is started for it, `orion mcp list` does that."""
    from orion_tui.core import settings
    from orion_tui.core.external.hub import HOW_TO_INSTALL, installed

    title = "Servers of external tools"
    try:
        named = [*settings.load(home).mcp] if home is not None else list[str]()
    except OrionError as error:
        return Check(name="tools", title=title, outcome=Outcome.WARNING, value=error.message, fix=error.hint)
    extra = "the MCP extra is installed" if installed() else "the MCP extra is not installed"
    if not named:
        return Check(name="tools", title=title, outcome=Outcome.OK, value=f"none set up; {extra}")
    value = f"{', '.join(named)}: outside of the sandbox, where a role names them; {extra}"
    if not installed():
        return Check(name="tools", title=title, outcome=Outcome.WARNING, value=value, fix=HOW_TO_INSTALL)
    return Check(name="tools", title=title, outcome=Outcome.OK, value=value)
