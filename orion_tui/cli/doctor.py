"""`orion doctor`: check this machine, and mend what one command mends."""

import os
import shlex
import subprocess
import sys
from textwrap import wrap
from typing import Any

import click

from orion_tui.base.errors import StoreError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, one_line, say, table
from orion_tui.core.doctor import NAMES, Check, Outcome, examine

_SIGNS = {Outcome.OK: "✓", Outcome.WARNING: "!", Outcome.FAULT: "✗"}
#: Columns of the narrowest terminal.
_NARROW = 80
_COLOURS = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.FAULT: "red"}


@click.command()
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Only this check; may be given several times.")
@click.option("--install", is_flag=True, help="Offer to run the command that mends a fault (ORION_YES=1 says yes).")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing when all is well.")
@click.option("--verbose", "-v", is_flag=True, help="Every property that was measured, not only what is not well.")
@click.option("--prove", is_flag=True, help="Kill a supervisor at work with -9, and see that nothing is lost.")
@click.option("--restore", is_flag=True, help="Put the last good copy of the store in the place of a damaged one.")
@click.option("--yes", "-y", is_flag=True, help="With --restore: do not ask.")
@json_option
def doctor(
    only: tuple[str, ...],
    install: bool,
    quiet: bool,
    verbose: bool,
    prove: bool,
    restore: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Check everything Orion needs of this machine. Exit code 1 when a check finds a fault."""
    if prove and restore:
        raise UsageError("--prove and --restore are two things; say one")
    if prove:
        from orion_tui.cli.proving import prove_recovery

        return prove_recovery(as_json=as_json)
    if restore:
        from orion_tui.cli.restoring import restore_store

        return restore_store(yes=yes, as_json=as_json)
    checks = examine(_home(), only=frozenset(only))
    if install:
        checks = [_mended(check) for check in checks]
    faults = [check for check in checks if check.outcome is Outcome.FAULT]
    if as_json:
        emit_json({"healthy": not faults, "checks": [_record(check) for check in checks]})
    elif faults or not quiet:
        for check in checks:
            _show(check, verbose=verbose)
    return 1 if faults else 0


def _home() -> OrionHome | None:
    try:
        return OrionHome.from_environment()
    except StoreError:
        return None


def _mended(check: Check) -> Check:
    """The check after its command has run, where a person (or ORION_YES) said that it may; else as it was."""
    if check.outcome is not Outcome.FAULT or not check.command:
        return check
    say(f"{check.title}: {one_line(check.value)}")
    command = shlex.join(check.command)
    if os.environ.get("ORION_YES") != "1":
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return check
        if not click.confirm(f"Run `{command}` now?", default=True):
            return check
    say(f"running: {command}")
    try:
        done = subprocess.run(check.command, check=False).returncode
    except OSError as error:
        say(f"  could not be run: {error.strerror}", style="red")
        return check
    if done != 0:
        say(f"  ended with exit status {done}", style="red")
        return check
    (again,) = examine(_home(), only=frozenset({check.name}))
    return again


def _record(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "title": check.title,
        "outcome": str(check.outcome),
        "value": check.value,
        "fix": check.fix,
        "command": list(check.command),
        "details": [
            {"name": d.name, "promised": d.promised, "measured": d.measured, "verdict": d.verdict}
            for d in check.details
        ],
    }


def _show(check: Check, *, verbose: bool) -> None:
    sign, colour = _SIGNS[check.outcome], _COLOURS[check.outcome]
    if check.outcome is Outcome.OK and not verbose:
        say(one_line(f"{sign} {check.title}: {check.value}", _NARROW), style=colour)
        return
    say(f"{sign} {check.title}", style=colour, bold=True)
    for line in wrap(one_line(check.value), _NARROW - 4):
        say(f"    {line}")
    if check.fix:
        say(f"    fix: {one_line(check.fix)}")
    if details := [d for d in check.details if verbose or d.verdict != "holds"]:
        table(
            ("    property", "promised", "measured", ""),
            [(f"    {d.name}", d.promised, one_line(d.measured, 60), d.verdict) for d in details],
        )
