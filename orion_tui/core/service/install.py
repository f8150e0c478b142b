"""Install the supervisor as a service of the user's, and take exactly that away again."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import ConflictError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.service import systemd, unit
from orion_tui.core.service.systemd import Lingering
from orion_tui.core.service.unit import Found
from orion_tui.core.session import launch
from orion_tui.core.session.leaving import Tell, unheard


@attrs.frozen(kw_only=True)
class Installed:
    """What was done, or found done."""

    unit: str
    path: Path
    #: "written", "replaced" or "kept": it was there already, just so.
    file: str
    lingering: Lingering
    #: Where a unit that somebody had edited went.
    aside: Path | None = None


@attrs.frozen(kw_only=True)
class Removed:
    """What was taken away."""

    unit: str
    path: Path
    #: False where there was none.
    was_there: bool
    lingering: Lingering
    #: Settings of the user's own, which stay.
    drop_ins: Path | None = None


def install(home: OrionHome, environ: Mapping[str, str], *, replace: bool = False, tell: Tell = unheard) -> Installed:
    """Write the unit, enable and start it; sessions that run now go on under the service.

    Raises StateError where no systemd of the user's runs, ConflictError when the unit was edited (unless `replace`).
    Nothing was changed then.
    """
    _require_systemd(home, environ)
    path, wanted = unit.path_of(home, environ), unit.text(home, environ)
    found = unit.look(path)
    _refuse_edited(path, found, replace, "replaced")
    aside = None
    if found is Found.OURS and path.read_text("utf-8") == wanted:
        file = "kept"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        if found in {Found.EDITED, Found.FOREIGN}:
            aside = path.with_name(f"{path.name}.before-orion")
            path.replace(aside)
        part = path.with_name(f".{path.name}.part")
        part.write_text(wanted, "utf-8")
        part.replace(path)
        file = "written" if found is Found.NOTHING else "replaced"
        systemd.act(environ, "daemon-reload")
    systemd.act(environ, "enable", path.name)
    now = launch.status(home)
    if now.running and not systemd.active(environ, path.name):
        # Started on demand: it finishes its steps, and the service goes on with its sessions.
        launch.stop(home, timeout=launch.DRAIN_WAIT, tell=tell)
    # A unit that runs with another text than it now has is started anew; finishing its steps is part of that.
    systemd.act(environ, "start" if file == "kept" else "restart", path.name)
    return Installed(unit=path.name, path=path, file=file, lingering=systemd.lingering(environ), aside=aside)


def uninstall(home: OrionHome, environ: Mapping[str, str], *, replace: bool = False) -> Removed:
    """Stop and disable the service and remove its unit: nothing else, above all no lingering that others may need.

    Raises ConflictError when the unit was edited (unless `replace`).
    """
    path = unit.path_of(home, environ)
    found = unit.look(path)
    _refuse_edited(path, found, replace, "removed")
    if found is not Found.NOTHING:
        if not systemd.missing(environ):
            systemd.act(environ, "disable", "--now", path.name)
        path.unlink()
        if not systemd.missing(environ):
            systemd.act(environ, "daemon-reload")
    drop_ins = path.with_name(f"{path.name}.d")
    return Removed(
        unit=path.name,
        path=path,
        was_there=found is not Found.NOTHING,
        lingering=systemd.lingering(environ),
        drop_ins=drop_ins if drop_ins.is_dir() else None,
    )


def reboot_line(home: OrionHome) -> str:
    """A crontab line that starts the supervisor with the machine, where there is no systemd."""
    command = shlex.join(
        ["env", f"ORION_HOME={home.root}", sys.executable, "-P", "-m", "orion_tui.cli.main", "daemon", "start"]
    )
    # cron takes a bare % for the end of the line.
    return "@reboot " + command.replace("%", "\\%")


def _refuse_edited(path: Path, found: Found, replace: bool, done: str) -> None:
    if replace or found in {Found.NOTHING, Found.OURS}:
        return
    who = "was edited since Orion wrote it" if found is Found.EDITED else "was not written by Orion"
    raise ConflictError(
        f"{path} {who}, so it was not {done}",
        hint="keep changes in a drop-in (systemctl --user edit), or say --replace",
    )


def _require_systemd(home: OrionHome, environ: Mapping[str, str]) -> None:
    if not (reason := systemd.missing(environ)):
        return
    raise StateError(
        f"no service can be installed: {reason}",
        problems=(
            "that is so in most containers, on macOS, and in a shell that was entered with su or sudo",
            "on demand: nothing to do. The supervisor starts with the first work and goes on without a terminal;"
            " after a reboot it starts with the next command, or when orion-tui is opened",
            f"with the machine: add this line with crontab -e:  {reboot_line(home)}",
        ),
        hint="over SSH or as the user of the desktop `orion daemon install` can use systemd, where there is one",
    )
