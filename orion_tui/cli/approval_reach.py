"""`orion approvals reach`: let an answer reach further than once, see what is allowed so, take it back."""

from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.clock import iso
from orion_tui.cli.agree import agree
from orion_tui.cli.approval_text import show_content, warn_of_disguise
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, note, one_line, say, table
from orion_tui.cli.records import approval_record
from orion_tui.cli.secret import pin_stdin_option, secrets

if TYPE_CHECKING:
    from orion_tui.core.reaching import Allowed
    from orion_tui.core.session.past import Past
    from orion_tui.core.session.reach import ReachPreview

#: Past actions that are listed one by one; the counts are of all.
_LISTED = 40


@click.group()
def reach() -> None:
    """What may be done without asking, beyond what roles say: for a session, or for every session of a role."""


@reach.command("allow")
@click.argument("approval_id", metavar="ID")
@click.option("--rule", "rules", multiple=True, help="Instead of exactly what is asked: 'run(make *) in api'.")
@click.option("--role", "whole_role", is_flag=True, help="For every session of the role from now on; takes the PIN.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask: the list was looked at.")
@pin_stdin_option
@json_option
def allow(approval_id: str, rules: tuple[str, ...], whole_role: bool, yes: bool, pin_stdin: bool, as_json: bool) -> int:
    """Approve it, and the like of it: until the session ends, or for its role.

    The rule is shown first with every past action that it would have let through. What AEGIS, a hard limit or the role
    forbids stays forbidden, special paths and what cannot be read are asked about each time.
    """
    with engine() as opened:
        approval = opened.approval(approval_id)
        shown = opened.preview_reach(approval.id, list(rules) or None, whole_role=whole_role)
        if not as_json:
            _show(shown, whole_role=whole_role)
        if not shown.problem:
            agree(f"allow it for {'the role' if whole_role else 'this session'}?", yes=yes)
        if whole_role and not shown.problem:
            done = opened.allow_for_role(shown, secrets(from_stdin=pin_stdin).ask("PIN"))
        else:
            done = opened.allow_for_session(shown)
    if as_json:
        emit_json({"approval": approval_record(done), "rules": [rule.text for rule in shown.rules], **_past(shown)})
    else:
        say(f"✓ approved {done.id}, and allowed: {', '.join(one_line(rule.text) for rule in shown.rules)}")
    return 0


@reach.command("list")
@click.option("--session", "-s", "session_id", help="Only of this session.")
@json_option
def list_reach(session_id: str | None, as_json: bool) -> int:
    """List everything that is allowed beyond what roles say."""
    with engine() as opened:
        chosen = opened.session(session_id) if session_id else None
        found = opened.reaches() if chosen is None else opened.reach_of(chosen)
    if as_json:
        emit_json([_record(one) for one in found])
    elif not found:
        say("nothing is allowed beyond what roles say")
    else:
        rows = [(one.scope, one.of, str(one.number), one.rule, one.where, _holds(one)) for one in found]
        table(("for", "which", "number", "rule", "directory", "holds"), rows)
    return 0


@reach.command("revoke")
@click.argument("number", type=int, required=False)
@click.option("--session", "-s", "session_id", help="Of this session; without a number all of it.")
@json_option
def revoke(number: int | None, session_id: str | None, as_json: bool) -> int:
    """Take it back: a session's from its next action on, a role's for sessions that begin from now on."""
    from orion_tui.base.errors import UsageError

    with engine() as opened:
        if session_id is not None:
            gone = opened.revoke_reach(opened.session(session_id).id, number)
        elif number is not None:
            gone = opened.revoke_role_reach(number).rules
        else:
            raise UsageError("what is to be taken back?", hint="orion approvals reach list shows the numbers")
    if as_json:
        emit_json({"revoked": list(gone)})
    else:
        say(f"✓ taken back: {', '.join(one_line(rule) for rule in gone)}")
    return 0


def _show(shown: "ReachPreview", *, whole_role: bool) -> None:
    from orion_tui.core.aegis.reach import where

    say(one_line(str(shown.approval.card.get("title", ""))), bold=True)
    warn_of_disguise(shown.approval)
    show_content(shown.approval)
    say()
    if shown.problem:
        say(f"  only once: {one_line(shown.problem)}")
        return
    for rule in shown.rules:
        say(f"  rule         {one_line(rule.text)}")
        if place := where(rule):
            say(f"  only in      {'.  (the root of the workspace)' if place == '.' else one_line(place)}")
    for text in shown.warnings:
        note(f"note: {one_line(text)}")
    for text in shown.wider:
        say(f"  or wider     --rule {one_line(repr(text))}")
    of = "all sessions of the role" if whole_role else "this session"
    say(
        f"  matched      {len(shown.matched)} of the last {shown.looked} commands and answered questions of {of}; "
        f"{shown.refused} were refused"
    )
    for past in shown.matched[:_LISTED]:
        say(f"    {'✗' if past.refused else '·'} {iso(past.at)}  {one_line(past.text)}{_why(past)}")
    if len(shown.matched) > _LISTED:
        say(f"    ... and {len(shown.matched) - _LISTED} more")


def _why(past: "Past") -> str:
    return f"  (refused: {one_line(past.reason)})" if past.reason else ""


def _past(shown: "ReachPreview") -> dict[str, Any]:
    return {
        "looked": shown.looked,
        "refused": shown.refused,
        "matched": [
            {"text": past.text, "at": iso(past.at), "session": past.session_id, "refused": past.refused}
            for past in shown.matched
        ],
    }


def _record(one: "Allowed") -> dict[str, Any]:
    return {
        "scope": one.scope,
        "of": one.of,
        "number": one.number,
        "rule": one.rule,
        "directory": one.where,
        "holds": one.holds,
    }


def _holds(one: "Allowed") -> str:
    return "✓" if one.holds else "■ its role says something else now"
