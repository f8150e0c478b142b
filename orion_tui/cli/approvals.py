"""`orion approvals`: what waits for a person."""

from typing import TYPE_CHECKING

import click

from orion_tui.cli.approval_answers import answer, approve, reject
from orion_tui.cli.approval_edit import edit
from orion_tui.cli.approval_reach import reach
from orion_tui.cli.approval_text import show_approval
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, moment, one_line, say, table
from orion_tui.cli.records import answers_record, approval_record

if TYPE_CHECKING:
    from orion_tui.core.models.sessions import Approval


@click.group(invoke_without_command=True)
@click.option("--session", "-s", "session_id", help="Only of this session.")
@json_option
@click.pass_context
def approvals(ctx: click.Context, session_id: str | None, as_json: bool) -> int:
    """What waits for your word, grouped by like, oldest first; the other commands take the id."""
    if ctx.invoked_subcommand is None:
        return _list(session_id, as_json=as_json)
    return 0


for command in (approve, reject, answer, edit, reach):
    approvals.add_command(command)


@approvals.command("list")
@click.option("--session", "-s", "session_id", help="Only of this session.")
@json_option
def list_approvals(session_id: str | None, as_json: bool) -> int:
    """List what waits, the like together, oldest first."""
    return _list(session_id, as_json=as_json)


@approvals.command()
@click.argument("approval_id", metavar="ID")
@json_option
def show(approval_id: str, as_json: bool) -> int:
    """Show exactly what would run or change, why it needs you, and how the like was answered before."""
    with engine() as opened:
        approval = opened.approval(approval_id)
        before = opened.answers_to(approval.alike)
    if as_json:
        emit_json({**approval_record(approval), "before": answers_record(before)})
    else:
        show_approval(approval, before)
    return 0


def _list(session_id: str | None, *, as_json: bool) -> int:
    from orion_tui.core.answering import grouped

    with engine() as opened:
        chosen = opened.session(session_id).id if session_id else None
        waiting = opened.approvals(chosen)
    if as_json:
        emit_json([approval_record(approval) for approval in waiting])
        return 0
    if not waiting:
        say("nothing waits for your word")
        return 0
    for number, group in enumerate(grouped(waiting)):
        if number:
            say()
        if len(group) > 1:
            say(f"{one_line(group[0].alike)}  ({len(group)})", bold=True)
        table(("id", "session", "task", "asked", "what", "why"), [_row(approval) for approval in group])
        if len(group) > 1:
            say(f"  all of them: orion approvals approve --all-like {group[0].id}")
    return 0


def _row(approval: "Approval") -> tuple[str, ...]:
    return (
        approval.id,
        approval.session_id,
        approval.task_id,
        moment(approval.created_at),
        str(approval.card.get("title", "")),
        str(approval.card.get("why", "")),
    )
