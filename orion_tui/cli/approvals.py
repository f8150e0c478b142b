"""`orion approvals`: what waits for a person, and the person's answer."""

from typing import TYPE_CHECKING

import click

from orion_tui.cli.follow import exit_code, follow, tell
from orion_tui.cli.opening import engine, reason_option
from orion_tui.cli.output import emit_json, json_option, moment, one_line, say, table
from orion_tui.cli.records import approval_record
from orion_tui.cli.steer import words_or_stdin
from orion_tui.cli.waiting import tell_outcome
from orion_tui.core.models.sessions import ApprovalStatus

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Approval


@click.group(invoke_without_command=True)
@click.option("--session", "-s", "session_id", help="Only of this session.")
@json_option
@click.pass_context
def approvals(ctx: click.Context, session_id: str | None, as_json: bool) -> int:
    """What waits for your word, oldest first; `show`, `approve`, `reject` and `answer` take the id."""
    if ctx.invoked_subcommand is None:
        return _list(session_id, as_json=as_json)
    return 0


@approvals.command("list")
@click.option("--session", "-s", "session_id", help="Only of this session.")
@json_option
def list_approvals(session_id: str | None, as_json: bool) -> int:
    """List what waits, oldest first."""
    return _list(session_id, as_json=as_json)


@approvals.command()
@click.argument("approval_id", metavar="ID")
@json_option
def show(approval_id: str, as_json: bool) -> int:
    """Show exactly what would run or change, and why it needs you."""
    with engine() as opened:
        approval = opened.approval(approval_id)
    if as_json:
        emit_json(approval_record(approval))
    else:
        _show(approval)
    return 0


@approvals.command()
@click.argument("approval_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--reason", default="", help="Kept with the answer.")
@click.option("--wait", is_flag=True, help="Follow the session on; the exit code tells how it ended.")
def approve(approval_ids: tuple[str, ...], reason: str, wait: bool) -> int:
    """Let exactly what was shown run, once. An unused approval lapses after 24 hours."""
    with engine() as opened:
        # All of them are found before the first is answered: a slip in the last name must not leave half an answer.
        asked = [opened.approval(approval_id) for approval_id in approval_ids]
        cursor = opened.overview().last_seq
        for approval in asked:
            opened.approve(approval.id, reason=reason)
            say(f"✓ approved {approval.id}: {one_line(str(approval.card.get('title', '')))}")
        return _follow(opened, asked[-1].session_id, cursor) if wait else 0


@approvals.command()
@click.argument("approval_ids", metavar="ID...", nargs=-1, required=True)
@reason_option("The agent is told.")
@click.option("--wait", is_flag=True, help="Follow the session on; the exit code tells how it ended.")
def reject(approval_ids: tuple[str, ...], reason: str, wait: bool) -> int:
    """Refuse it. Its task fails with your reason; what does not depend on it goes on."""
    with engine() as opened:
        asked = [opened.approval(approval_id) for approval_id in approval_ids]
        cursor = opened.overview().last_seq
        for approval in asked:
            opened.reject_approval(approval.id, reason)
            say(f"✗ rejected {approval.id}: {one_line(str(approval.card.get('title', '')))}")
        return _follow(opened, asked[-1].session_id, cursor) if wait else 0


@approvals.command()
@click.argument("approval_id", metavar="ID")
@click.argument("text", required=False)
@click.option("--wait", is_flag=True, help="Follow the session on; the exit code tells how it ended.")
def answer(approval_id: str, text: str | None, wait: bool) -> int:
    """Answer a question of the agent: TEXT, or standard input."""
    with engine() as opened:
        asked = opened.approval(approval_id)
        cursor = opened.overview().last_seq
        opened.answer(asked.id, words_or_stdin(text, "answer"))
        say(f"✓ answered {asked.id}: {one_line(str(asked.card.get('question', '')), 140)}")
        return _follow(opened, asked.session_id, cursor) if wait else 0


def _follow(opened: "Engine", session_id: str, cursor: int) -> int:
    ended = follow(opened, session_id, tell, after=cursor)
    tell_outcome(opened, ended)
    return exit_code(ended)


def _list(session_id: str | None, *, as_json: bool) -> int:
    with engine() as opened:
        chosen = opened.session(session_id).id if session_id else None
        waiting = opened.approvals(chosen)
    if as_json:
        emit_json([approval_record(approval) for approval in waiting])
    elif not waiting:
        say("nothing waits for your word")
    else:
        table(
            ("id", "session", "task", "asked", "what", "why"),
            [
                (
                    approval.id,
                    approval.session_id,
                    approval.task_id,
                    moment(approval.created_at),
                    str(approval.card.get("title", "")),
                    str(approval.card.get("why", "")),
                )
                for approval in waiting
            ],
        )
    return 0


def _show(approval: "Approval") -> None:
    card = approval.card
    say(one_line(str(card.get("title", ""))), bold=True)
    if card.get("disguised"):
        say("! it holds hidden characters, spelled out below as ⟨U+XXXX⟩", style="red", bold=True)
    rows = [
        ("approval", f"{approval.id}  {approval.status}"),
        ("session", f"{approval.session_id}  task {approval.task_id}"),
        ("why you", str(card.get("why", ""))),
        ("agent says", str(card.get("agent_reason", ""))),
        *((str(name), str(value)) for name, value in card.get("details", ())),
        ("waits on it", ", ".join(map(str, card.get("waits_on", ())))),
        ("changed", str(card.get("changed_since", ""))),
        ("asked", moment(approval.created_at)),
        ("answered", moment(approval.answered_at)),
        ("reason", approval.answer_reason),
        ("lapses", moment(approval.lapses_at)),
    ]
    for name, value in rows:
        if value.strip():
            say(f"  {name:<12} {one_line(value.strip())}")
    say()
    for line in (str(card.get("preview", "")) or str(card.get("text", ""))).splitlines():
        say(f"  │ {line}")
    if approval.status is ApprovalStatus.PENDING:
        say()
        if "question" in card:
            say(f'  orion approvals answer {approval.id} "..."    orion approvals reject {approval.id} --reason ...')
            return
        say(f"  orion approvals approve {approval.id}    orion approvals reject {approval.id} --reason ...")
