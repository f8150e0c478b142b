"""`orion daemon`: the supervisor, the process in which sessions run."""

import os

import click

from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, note, say


@click.group()
def daemon() -> None:
    """The supervisor runs sessions apart from any terminal. It starts by itself when there is work."""


@daemon.command()
def start() -> int:
    """Start it, unless it runs. One of an older version is replaced, once its steps in flight are done."""
    from orion_tui.core.session import launch

    home = OrionHome.from_environment()
    home.prepare()
    running = launch.ensure(home, tell=note)
    say(f"the supervisor runs (process {running.pid}, version {running.version})")
    return 0


@daemon.command()
@click.option("--timeout", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds to wait.")
@click.option("--kill", is_flag=True, help="End it at once: steps in flight are cut off, and run again later.")
def stop(timeout: float, kill: bool) -> int:
    """Let it finish the steps in flight and end. Sessions go on when it is started again."""
    from orion_tui.core.session import launch

    stopped = launch.stop(OrionHome.from_environment(), timeout=timeout, tell=note, kill=kill)
    say("the supervisor has ended" if stopped else "no supervisor was running")
    return 0


@daemon.command()
@json_option
def status(as_json: bool) -> int:
    """Whether it runs and answers, what it does, what it takes, and who starts it."""
    from orion_tui.cli.daemon_status import record, tell

    found = record(OrionHome.from_environment(), os.environ)
    if as_json:
        emit_json(found)
    else:
        tell(found)
    return 0


@daemon.command()
@click.option("--replace", is_flag=True, help="Also when the unit was edited; the edited one is kept beside it.")
def install(replace: bool) -> int:
    """Make it a service of your systemd: started when you log in, and again should it ever crash."""
    from orion_tui.cli.lingering import tell_lingering
    from orion_tui.core.service import install as service

    home = OrionHome.from_environment()
    home.prepare()
    done = service.install(home, os.environ, replace=replace, tell=note)
    match done.file:
        case "kept":
            say(f"{done.unit} was installed already, just so; it is enabled and runs")
        case _:
            say(f"{done.unit} is {'installed' if done.file == 'written' else 'renewed'}, enabled and runs: {done.path}")
    if done.aside is not None:
        say(f"the unit that stood there is now {done.aside}")
    say()
    tell_lingering(done.lingering)
    say()
    say(f"look: systemctl --user status {done.unit}    take it away: orion daemon uninstall")
    return 0


@daemon.command()
@click.option("--replace", is_flag=True, help="Also when the unit was edited.")
def uninstall(replace: bool) -> int:
    """Take the service away again: steps in flight are finished first, and sessions stay as they are."""
    from orion_tui.core.service import install as service
    from orion_tui.core.service.systemd import Lingering, user_name

    gone = service.uninstall(OrionHome.from_environment(), os.environ, replace=replace)
    if not gone.was_there:
        say(f"no service was installed ({gone.path} is not there)")
        return 0
    say(f"{gone.unit} is stopped, disabled and removed; the supervisor starts on demand from now on")
    if gone.drop_ins is not None:
        say(f"your own settings stay: {gone.drop_ins}")
    if gone.lingering is Lingering.ON:
        say(
            "lingering is still on, for other services may need it; if none does: loginctl disable-linger "
            f"{user_name()}"
        )
    return 0
