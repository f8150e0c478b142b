"""`orion daemon`: the supervisor, the process in which sessions run."""

from typing import Any

import click

from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, say


@click.group()
def daemon() -> None:
    """The supervisor runs sessions apart from any terminal. It starts by itself when there is work."""


@daemon.command()
def start() -> int:
    """Start it, unless it runs."""
    from orion_tui.core.session import launch

    home = OrionHome.from_environment()
    home.prepare()
    running = launch.ensure(home)
    say(f"the supervisor runs (process {running.pid}, version {running.version})")
    return 0


@daemon.command()
def stop() -> int:
    """Let it finish the steps in flight and end. Sessions go on when it is started again."""
    from orion_tui.core.session import launch

    stopped = launch.stop(OrionHome.from_environment())
    say("the supervisor has ended" if stopped else "no supervisor was running")
    return 0


@daemon.command()
@json_option
def status(as_json: bool) -> int:
    """Whether it runs, and which version."""
    from orion_tui.core.session import launch

    home = OrionHome.from_environment()
    found = launch.status(home)
    record: dict[str, Any] = {
        "running": found.running,
        "pid": found.pid or None,
        "version": found.version,
        "log": str(home.logs / "supervisor.log"),
    }
    if as_json:
        emit_json(record)
    elif not found.running:
        say("no supervisor runs; it starts by itself when there is work")
    else:
        say(f"the supervisor runs (process {found.pid}, version {found.version}); its log: {record['log']}")
    return 0
