"""`orion uninstall`: what Orion made on this machine, listed and, when agreed to, removed."""

import os
import sys
from typing import TYPE_CHECKING

import click

from orion_tui.base.errors import Busy, StoreError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, note, one_line, say

if TYPE_CHECKING:
    from orion_tui.core.uninstall import Inventory

_MIB = 1024 * 1024


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list it.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Also while sessions run: they finish their step and are removed.")
@click.option("--keep-roles", is_flag=True, help="Your role files stay.")
@json_option
def uninstall(dry_run: bool, yes: bool, force: bool, keep_roles: bool, as_json: bool) -> int:
    """List what Orion made on this machine and remove it: state, service, sandboxes, credentials.

    Your repositories are not touched; what promotions put into them is named.
    """
    from orion_tui.core import uninstall as removal

    home = OrionHome.from_environment()
    found = removal.inventory(home, os.environ, keep_roles=keep_roles)
    if as_json:
        if not (dry_run or yes):
            raise UsageError("--json never asks", hint="add --dry-run, or --yes")
        emit_json(_record(found))
    else:
        _show(home, found)
    if dry_run or not found.items:
        return 0
    if found.running and not force:
        raise Busy("sessions are at work", hint="let them end, or say --force", problems=found.running)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to be asked", hint="add --yes, or --dry-run to look only")
        if not click.confirm("Remove all of this? It cannot be taken back", default=False):
            say("nothing was removed")
            return 0
    problems = removal.uninstall(home, os.environ, force=force, keep_roles=keep_roles, tell=note)
    if problems:
        raise StoreError("some of it could not be removed", problems=tuple(problems), hint="mend that and run it again")
    if not as_json:
        say("everything is removed; the program itself goes with the environment it was installed in")
    return 0


def _show(home: OrionHome, found: "Inventory") -> None:
    if not found.items:
        say(f"Orion has made nothing here ({home.root})")
    else:
        say("to be removed:", bold=True)
    for item in found.items:
        size = f"{item.size / _MIB:8.1f} MiB" if item.size >= _MIB / 10 else " " * 12
        say(f"  {size}  {one_line(item.name)}  ({item.what})" if item.what else f"  {size}  {one_line(item.name)}")
    for title, lines in (
        ("at work now:", found.running),
        ("work that was not taken over is lost with it:", found.unpromoted),
        ("stays in your repositories (remove with git, if you like):", found.kept),
        ("stays in the engine, for every state directory uses it (orion sandbox remove --all):", found.images),
        ("stays, for Orion did not make it:", found.foreign),
    ):
        if lines:
            say(title, bold=True)
            for line in lines:
                say(f"    {one_line(line, 160)}")


def _record(found: "Inventory") -> dict[str, object]:
    return {
        "items": [{"kind": i.kind, "name": i.name, "what": i.what, "size": i.size} for i in found.items],
        "running": list(found.running),
        "unpromoted": list(found.unpromoted),
        "kept": list(found.kept),
        "images": list(found.images),
        "foreign": list(found.foreign),
    }
