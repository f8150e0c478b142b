"""The unit file: what it says, where it stands, and whether it is still as it was written."""

import hashlib
import os
import re
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from orion_tui.base.errors import UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.session.launch import INHERITED

_MARK = "# Written by `orion daemon install`; sha256 of the rest:"
_SIGNED = re.compile(re.escape(_MARK) + r" ([0-9a-f]{64})\n")

_TEMPLATE = """\
# `orion daemon uninstall` removes it. For settings of your own use a drop-in: systemctl --user edit {name}

[Unit]
Description=Orion supervisor of {description}
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
# It says when it is ready, and every 30 seconds that it still answers; one that hangs is killed and started again, and
# only the step in flight is run anew.
Type=notify
NotifyAccess=main
WatchdogSec=180
ExecStart={command}
Environment={home}
Environment={path}
{engine}WorkingDirectory={directory}
Restart=on-failure
RestartSec=5
# A store that cannot be used (11) needs a person, not another try.
RestartPreventExitStatus=11
# To stop is to finish the steps in flight. Only the supervisor is asked to: a sandbox that were ended with it would
# take its step along. What is not done after this time is killed, and run again by the next supervisor.
KillMode=mixed
TimeoutStopSec=90
# A command in a sandbox that runs out of memory is that command's failure, not the supervisor's.
OOMPolicy=continue
# Lets an ordinary user's sandboxes have limits of their own.
Delegate=yes
UMask=0077
# Memory may hold keys: it is never written to disk.
LimitCORE=0
# No NoNewPrivileges=, and nothing that implies it in a user's manager (SystemCallFilter=, Restrict...=, Protect...=):
# bubblewrap may be set-uid or change its AppArmor profile, and it makes its own, stricter, namespaces inside.

[Install]
WantedBy=default.target
"""


#: Which container engine to use, where that is not the usual one: as the shell has it that installs the service.
_ENGINE = tuple(name for name in INHERITED if name.startswith(("DOCKER_", "ORION_")))


class Found(Enum):
    """What stands where the unit file belongs."""

    NOTHING = "nothing"
    OURS = "ours"
    EDITED = "edited"
    FOREIGN = "foreign"


def name_of(home: OrionHome, environ: Mapping[str, str] = os.environ) -> str:
    """The unit's name: one for `~/.orion`, and one of its own for every other state directory."""
    usual = Path(environ.get("HOME", "")).absolute() / ".orion"
    if environ.get("HOME") and home.root == usual:
        return "orion-supervisor.service"
    place = hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8]
    return f"orion-supervisor-{place}.service"


def path_of(home: OrionHome, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the user's own units stand: `$XDG_CONFIG_HOME/systemd/user`, else `~/.config/systemd/user`."""
    chosen = environ.get("XDG_CONFIG_HOME", "")
    # The specification: a relative path is to be ignored.
    base = Path(chosen) if chosen.startswith("/") else Path(environ.get("HOME", "/")).absolute() / ".config"
    return base / "systemd" / "user" / name_of(home, environ)


def text(home: OrionHome, environ: Mapping[str, str] = os.environ, interpreter: str = sys.executable) -> str:
    """The whole unit file, signed. Raises UsageError for a place that no unit file can name."""
    folders = [folder for folder in environ.get("PATH", "").split(":") if folder.startswith("/")]
    body = _TEMPLATE.format(
        name=name_of(home, environ),
        description=_specifiers(_printable(str(home.root))),
        command=" ".join(
            _word(part, command=True) for part in (interpreter, "-P", "-m", "orion_tui.server.daemon", "--service")
        ),
        home=_word(f"ORION_HOME={home.root}"),
        # What git and bubblewrap are found by; a user's manager often knows less than the user's shell.
        path=_word(f"PATH={':'.join(folders) or os.defpath}"),
        engine="".join(f"Environment={_word(f'{name}={environ[name]}')}\n" for name in _ENGINE if environ.get(name)),
        # Not quoted: this setting takes the rest of its line.
        directory=_specifiers(_printable(str(home.root))),
    )
    return f"{_MARK} {hashlib.sha256(body.encode()).hexdigest()}\n{body}"


def look(path: Path) -> Found:
    """What stands at `path`."""
    try:
        content = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return Found.NOTHING
    except OSError:
        return Found.FOREIGN
    signed = _SIGNED.match(content)
    if signed is None:
        return Found.EDITED if _MARK in content else Found.FOREIGN
    whole = hashlib.sha256(content[signed.end() :].encode()).hexdigest() == signed[1]
    return Found.OURS if whole else Found.EDITED


def _word(part: str, *, command: bool = False) -> str:
    """One word of a setting, in quotes: systemd unquotes it and expands specifiers, and `$` in commands."""
    escaped = _specifiers(_printable(part)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace("$", "$$") if command else escaped}"'


def _specifiers(part: str) -> str:
    return part.replace("%", "%%")


def _printable(part: str) -> str:
    if not part.isprintable():
        raise UsageError(
            f"{part!r} cannot be named in a unit file", hint="set ORION_HOME to a path of printable characters"
        )
    return part
