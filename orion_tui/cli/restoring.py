"""`orion doctor --restore`: what would be restored, how old it is, and, when agreed to, doing it."""

import sys
from datetime import UTC, datetime

import click

from orion_tui.base.clock import SystemClock, iso
from orion_tui.base.errors import StoreError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, moment, say, span


def restore_store(*, yes: bool, as_json: bool) -> int:
    """Restore the store of this user. 0 when it was restored, or is whole."""
    from orion_tui.core import restore

    home = OrionHome.from_environment()
    found = restore.prospect(home)
    if not found.damage:
        if as_json:
            emit_json({"restored": False, "damage": "", "copy": None, "made_at": None, "aside": None})
        else:
            say(f"{home.database} is whole: nothing is to be restored")
        return 0
    if found.copy is None:
        raise StoreError(
            f"{found.damage}; and there is no {'sound ' if found.passed_over else ''}copy of it",
            hint="the work of sessions lies in sessions/*/repo.git, each an ordinary repository; to start anew, move"
            f" {home.database} away",
        )
    if not as_json:
        age = datetime.now(UTC).timestamp() - found.made_at
        say(found.damage, style="red")
        say(f"the last good copy is {span(age)} old ({moment(found.made_at)}): {found.copy}")
        if found.passed_over:
            say(f"  {found.passed_over} newer that are damaged, too, were passed over")
        say("what happened since then is not in it: such sessions go on from where they stood; work that was promoted")
        say("meanwhile is in your repositories and stays there. The damaged store is kept beside it.")
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise UsageError("restoring is asked about first", hint="add --yes")
        if not click.confirm("Put this copy in its place?", default=True):
            say("nothing was changed")
            return 0
    done = restore.restore(home, SystemClock())
    if as_json:
        emit_json(
            {
                "restored": True,
                "damage": found.damage,
                "copy": str(done.copy),
                "made_at": iso(done.made_at),
                "aside": str(done.aside),
            }
        )
    else:
        say(f"restored from {done.copy}; the damaged store is in {done.aside}", style="green")
    return 0
