"""`orion checkpoints`: what a session can be taken back to, and what it had used by then."""

from typing import TYPE_CHECKING

import click

from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.output import emit_json, json_option, moment, note, plural, say, span, table
from orion_tui.cli.records import moment_record

if TYPE_CHECKING:
    from orion_tui.core.models.so_far import SoFar


@click.command()
@session_argument
@json_option
def checkpoints(session_id: str | None, as_json: bool) -> int:
    """List a session's checkpoints, newest first, each with what it changed since the one before.

    Work, tokens and cost are what the session had used up to then, work included that was taken back later.
    """
    with engine() as opened:
        session = find_session(opened, session_id, doing="show")
        found = opened.timeline(session.id)
    if as_json:
        emit_json([moment_record(made) for made in reversed(found.moments)])
        return 0
    if not found.moments:
        say("no checkpoint yet; the first is made when work begins")
        return 0
    # A playbook asks no model: then there are neither tokens nor dollars to tell of.
    asked = any(made.so_far is not None and made.so_far.tokens for made in found.moments)
    table(
        ("checkpoint", "made", "files", "added", "removed", "worked", *(("tokens", "cost") if asked else ()), "reason"),
        [
            (
                made.checkpoint.name,
                moment(made.checkpoint.created_at),
                str(len(made.changed.files)) if made.changed.files else "",
                f"+{made.changed.added}" if made.changed.files else "",
                f"-{made.changed.removed}" if made.changed.files else "",
                span(made.so_far.worked) if made.so_far is not None else "",
                *(spent(made.so_far) if asked else ()),
                made.checkpoint.reason + (" (inside the task)" if made.checkpoint.partial else ""),
            )
            for made in reversed(found.moments)
        ],
        right=("files", "added", "removed", "worked", "tokens", "cost"),
        least=("added", "removed", "files", "tokens"),
    )
    last = found.moments[-1].checkpoint.name
    say()
    say(f"see: orion diff {session.id} --from {last}    go back: orion rollback {session.id}:{last}")
    if found.trash:
        note(f"{plural(len(found.trash), 'piece')} of later work in the trash: orion trash list --session {session.id}")
    return 0


def spent(used: "SoFar | None") -> tuple[str, str]:
    """Tokens and dollars up to there; `+` where some of the tokens have no price."""
    if used is None or not used.tokens:
        return "", ""
    if used.unpriced and not used.cost_usd:
        return f"{used.tokens:,}", "no price"
    return f"{used.tokens:,}", f"${used.cost_usd:.2f}{'+' if used.unpriced else ''}"
