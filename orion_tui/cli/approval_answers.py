"""`orion approvals approve`, `reject` and `answer`: one question, several by name, or all that are alike."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from orion_tui.base.errors import StateError, UsageError
from orion_tui.cli.agree import agree
from orion_tui.cli.approval_text import show_covered
from orion_tui.cli.follow import exit_code, follow, tell
from orion_tui.cli.opening import engine, reason_option
from orion_tui.cli.output import emit_json, json_option, note, one_line, say
from orion_tui.cli.records import approval_record
from orion_tui.cli.steer import words_or_stdin
from orion_tui.cli.waiting import tell_outcome
from orion_tui.core.models.sessions import ApprovalStatus

if TYPE_CHECKING:
    from orion_tui.core.answering import BatchAnswer
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Approval

_ids = click.argument("approval_ids", metavar="[ID]...", nargs=-1)
_alike_option = click.option("--all-like", "alike", metavar="ID", help="All that wait and are like this one.")
_yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask: the list was looked at.")
_wait_option = click.option("--wait", is_flag=True, help="Follow the session on; the exit code tells how it ended.")


@click.command()
@_ids
@_alike_option
@click.option("--reason", default="", help="Kept with the answer.")
@_yes_option
@_wait_option
@json_option
def approve(approval_ids: tuple[str, ...], alike: str | None, reason: str, yes: bool, wait: bool, as_json: bool) -> int:
    """Let exactly what was shown run, once. An unused approval lapses after 24 hours.

    Several at once are listed whole first, and then asked about. What was answered or changed between the list and
    your word is left out and named.
    """
    with engine() as opened:
        asked = _asked(opened, approval_ids, alike)
        if len(asked) == 1 and alike is None and "question" in asked[0].card:
            cursor = opened.overview().last_seq
            opened.approve(asked[0].id, reason=reason)
            say(f"✓ answered {asked[0].id}")
            return _follow(opened, asked[0].session_id, cursor) if wait else 0
        return _answer_all(
            opened, asked, ApprovalStatus.APPROVED, reason, ask=alike is not None, yes=yes, wait=wait, as_json=as_json
        )


@click.command()
@_ids
@_alike_option
@reason_option("The agent is told.")
@_yes_option
@_wait_option
@json_option
def reject(approval_ids: tuple[str, ...], alike: str | None, reason: str, yes: bool, wait: bool, as_json: bool) -> int:
    """Refuse it. Its task fails with your reason; what does not depend on it goes on."""
    with engine() as opened:
        asked = _asked(opened, approval_ids, alike)
        return _answer_all(
            opened, asked, ApprovalStatus.REJECTED, reason, ask=alike is not None, yes=yes, wait=wait, as_json=as_json
        )


@click.command()
@click.argument("approval_id", metavar="ID")
@click.argument("text", required=False)
@_wait_option
def answer(approval_id: str, text: str | None, wait: bool) -> int:
    """Answer a question of the agent: TEXT, or standard input."""
    with engine() as opened:
        asked = opened.approval(approval_id)
        cursor = opened.overview().last_seq
        opened.answer(asked.id, words_or_stdin(text, "answer"))
        say(f"✓ answered {asked.id}: {one_line(str(asked.card.get('question', '')), 140)}")
        return _follow(opened, asked.session_id, cursor) if wait else 0


def _asked(opened: "Engine", given: Sequence[str], alike: str | None) -> "list[Approval]":
    """What the command is about. All of it is found before any is answered: a slip must not leave half an answer."""
    # The queue first: what one name means is looked up in it, and what is alike is taken from the same.
    asked = {approval.id: approval for approval in map(opened.approval, given)}
    if alike is not None:
        pattern = opened.approval(alike)
        asked |= {approval.id: approval for approval in opened.approvals_like(pattern)}
    if not asked:
        raise UsageError("which approval?", hint="name it by its id; `orion approvals` lists what waits")
    return list(asked.values())


def _answer_all(
    opened: "Engine",
    asked: "Sequence[Approval]",
    status: ApprovalStatus,
    reason: str,
    *,
    ask: bool,
    yes: bool,
    wait: bool,
    as_json: bool,
) -> int:
    from orion_tui.core.answering import Shown

    many = ask or len(asked) > 1
    doing = "approve" if status is ApprovalStatus.APPROVED else "reject"
    if many and not as_json:
        show_covered(asked)
    if many:
        agree(f"{doing} {'these' if len(asked) > 1 else 'this'} {len(asked)}?", yes=yes)
    cursor = opened.overview().last_seq
    done = opened.answer_all([Shown.of(approval) for approval in asked], status, reason)
    if not many and done.left_out:
        raise StateError(f"approval {asked[0].id} is not answered: {done.left_out[0].why}")
    if as_json:
        _emit(done)
    else:
        _tell(done, status)
    if wait and done.answered:
        return _follow(opened, done.answered[-1].session_id, cursor)
    return StateError.exit_code if done.left_out else 0


def _tell(done: "BatchAnswer", status: ApprovalStatus) -> None:
    sign, word = ("✓", "approved") if status is ApprovalStatus.APPROVED else ("✗", "rejected")
    for approval in done.answered:
        say(f"{sign} {word} {approval.id}: {one_line(str(approval.card.get('title', '')))}")
    for left in done.left_out:
        note(f"not {word}: {left.id} {one_line(left.title)}: {left.why}")


def _emit(done: "BatchAnswer") -> None:
    left = [{"id": one.id, "title": one.title, "why": one.why} for one in done.left_out]
    emit_json({"answered": [approval_record(approval) for approval in done.answered], "left_out": left})


def _follow(opened: "Engine", session_id: str, cursor: int) -> int:
    ended = follow(opened, session_id, tell, after=cursor)
    tell_outcome(opened, ended)
    return exit_code(ended)
