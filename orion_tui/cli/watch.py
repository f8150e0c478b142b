"""`orion watch`: what happens, a line each, in full words."""

from typing import TYPE_CHECKING

import click

from orion_tui.base.errors import UsageError
from orion_tui.cli.opening import engine, find_session

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

#: As for a command that the keyboard interrupts anywhere else.
_INTERRUPTED = 130


@click.command()
@click.argument("session_id", metavar="[SESSION]", required=False)
@click.option("--from", "cursor", type=click.IntRange(0), metavar="N", help="Go on after event N (`seq` with --json).")
@click.option("--since", metavar="WHEN", help="Begin with what happened since: 20m, 2h, 03:12, 2026-11-23 03:12.")
@click.option("--once", is_flag=True, help="Say what is, and leave.")
@click.option("--bell", is_flag=True, help="Ring the terminal's bell when something new waits for you.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; keys in docs/cli.md.")
def watch(session_id: str | None, cursor: int | None, since: str | None, once: bool, bell: bool, as_json: bool) -> int:
    """Say what happens, one line each, as plain text: for screen readers, pipes and slow links.

    What waits for you comes first, with the commands that answer it, and is said again when something new waits.
    Without SESSION all sessions are watched, until you leave; with SESSION the exit code tells how it ended, as with
    `work --wait`. Leaving stops nothing.
    """
    from orion_tui.cli.watching import Watching

    if cursor is not None and since is not None:
        raise UsageError("--from and --since both say where to begin", hint="give one of them")
    if session_id is not None and not session_id.strip():
        raise UsageError("the session's id is empty", hint="leave it out to watch all; `orion sessions` lists them")
    try:
        with engine() as opened:
            chosen = find_session(opened, session_id).id if session_id else None
            begin = _begin(opened, cursor, since)
            return Watching(opened, chosen, begin, as_json=as_json, bell=bell).run(once=once)
    except KeyboardInterrupt:
        return _INTERRUPTED


def _begin(opened: "Engine", cursor: int | None, since: str | None) -> int:
    """The event after which to begin: where nobody says, the newest."""
    if since is not None:
        from orion_tui.cli.since import cursor_at, moment_of

        return cursor_at(opened, moment_of(since, opened.clock.now()))
    return opened.overview().last_seq if cursor is None else cursor
