"""`orion checkpoints`: what a session can be taken back to."""

import click

from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.output import emit_json, json_option, moment, note, plural, say, table
from orion_tui.cli.records import moment_record


@click.command()
@session_argument
@json_option
def checkpoints(session_id: str | None, as_json: bool) -> int:
    """List a session's checkpoints, newest first, each with what it changed since the one before."""
    with engine() as opened:
        session = find_session(opened, session_id, doing="show")
        found = opened.timeline(session.id)
    if as_json:
        emit_json([moment_record(made) for made in reversed(found.moments)])
        return 0
    if not found.moments:
        say("no checkpoint yet; the first is made when work begins")
        return 0
    table(
        ("checkpoint", "made", "files", "added", "removed", "reason"),
        [
            (
                made.checkpoint.name,
                moment(made.checkpoint.created_at),
                str(len(made.changed.files)) if made.changed.files else "",
                f"+{made.changed.added}" if made.changed.files else "",
                f"-{made.changed.removed}" if made.changed.files else "",
                made.checkpoint.reason + (" (inside the task)" if made.checkpoint.partial else ""),
            )
            for made in reversed(found.moments)
        ],
        right=("files", "added", "removed"),
    )
    last = found.moments[-1].checkpoint.name
    say()
    say(f"see: orion diff {session.id} --from {last}    go back: orion rollback {session.id}:{last}")
    if found.trash:
        note(f"{plural(len(found.trash), 'piece')} of later work in the trash: orion trash list --session {session.id}")
    return 0
