"""`orion promote | undo-promote | reject`: what happens to finished work."""

from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import NotEnrolled, UsageError
from orion_tui.base.text import display_path
from orion_tui.cli.agree import agree
from orion_tui.cli.auth import open_for_checking
from orion_tui.cli.opening import engine, find_session, reason_option, session_argument
from orion_tui.cli.output import emit_json, json_option, note, one_line, plural, say
from orion_tui.cli.secret import pin_stdin_option, secrets
from orion_tui.cli.signs import TASK, is_unchecked
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import TaskRow
    from orion_tui.core.shipping.promotion import PromotionPreview
    from orion_tui.roles.schema import AuthMethod

_ENDED = (SessionState.COMPLETED, SessionState.FAILED, SessionState.CANCELLED)

_yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask whether to; the PIN is needed all the same.")


@click.command()
@session_argument
@click.option("--onto", metavar="BRANCH", default="", help="Another branch than the one work started on.")
@click.option("--allow-path", "allow", metavar="PATH", multiple=True, help="A special path that you have looked at.")
@click.option("--dry-run", is_flag=True, help="Show what it would do, and what stands against it; go no further.")
@_yes_option
@pin_stdin_option
@json_option
def promote(
    session_id: str | None,
    onto: str,
    allow: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    pin_stdin: bool,
    as_json: bool,
) -> int:
    """Bring a session's work into your repository as one merge commit, with a tag before and after.

    Nothing of yours that is not committed is touched; where it would be in the way, nothing happens at all.
    """
    from orion_tui.core.repo.refusal import raise_all

    if as_json and not dry_run:
        raise UsageError("--json goes with --dry-run: promoting is no read")
    with engine() as opened:
        states = (*_ENDED, SessionState.UNDONE)
        session = find_session(opened, session_id, states=states, doing="promote")
        preview = opened.preview_promotion(session.id, allow=allow, target=onto)
        if as_json:
            emit_json(_record(preview, credential=_credential_state(opened, preview.method)))
        else:
            _show(preview)
            _show_doubts(opened.tasks(session.id))
            if _credential_state(opened, preview.method) == "missing":
                say(f"  ✗ credential: missing; no {str(preview.method).upper()} is set up (orion auth set)")
        if not preview.gate.approved:
            hint = "look at it with `orion diff`"
            if preview.special:
                hint += "; allow a special path by name with --allow-path PATH"
            preview.gate.refuse(hint=hint)
        raise_all(preview.plan.refusals, "promotion")
        if dry_run:
            return 0
        agree(f"Promote into {preview.plan.place.branch}?", yes=yes)
        secret = _credential(opened, preview.method, pin_stdin=pin_stdin)
        done = opened.promote(preview, secret, allow=allow)
    say(f"✓ promoted into {_branch(done.target_ref)} as {done.merge_commit[:12]}", bold=True)
    say(f"  tags {done.tags[0]} and {done.tags[1]}; take it back: orion undo-promote {session.id}")
    for told in done.notes:
        note(f"  note: {told}")
    return 0


@click.command("undo-promote")
@session_argument
@click.option("--dry-run", is_flag=True, help="Only show what it would change.")
@_yes_option
@pin_stdin_option
def undo_promote(session_id: str | None, dry_run: bool, yes: bool, pin_stdin: bool) -> int:
    """Take a promotion back with a commit that reverts it. Commits made since stay."""
    from orion_tui.core.repo.refusal import raise_all

    with engine() as opened:
        session = find_session(opened, session_id, states=(SessionState.PROMOTED,), doing="take back")
        preview = opened.preview_undo(session.id)
        say(one_line(session.goal), bold=True)
        say(f"  on        {preview.place.branch} ({preview.place.tip[:12]}) of {one_line(str(preview.place.root))}")
        say(f"  files     {len(preview.changes)} as before")
        for change in preview.changes[:10]:
            say(f"            {change.status} {display_path(change.path)}")
        if len(preview.changes) > 10:
            say(f"            and {len(preview.changes) - 10} more")
        raise_all(preview.refusals, "undo")
        if dry_run:
            return 0
        agree(f"Take back “{one_line(session.goal, 60)}”?", yes=yes)
        secret = _credential(opened, _method(opened, session.id), pin_stdin=pin_stdin)
        done = opened.undo_promotion(session.id, secret, preview)
    say(f"↺ taken back from {_branch(done.target_ref)} with {done.revert_commit[:12]}", bold=True)
    say(f"  {plural(len(done.changes), 'file')} as before; bring it in again: orion promote {session.id}")
    for told in done.notes:
        note(f"  note: {told}")
    return 0


@click.command()
@session_argument
@reason_option("What was wrong with it; kept with the session.")
def reject(session_id: str | None, reason: str) -> int:
    """Turn a session's work down. It can still be read, and never be promoted."""
    with engine() as opened:
        session = find_session(opened, session_id, states=_ENDED, doing="reject")
        opened.reject(session.id, reason)
    say(f"■ session {session.id} is rejected: {one_line(reason)}")
    return 0


def _method(opened: "Engine", session_id: str) -> "AuthMethod":
    """How the role that the session ran under authenticates, whatever its file says now."""
    from orion_tui.core.aegis import policy
    from orion_tui.core.store import sessions

    reader = opened.store.reader()
    return policy.from_json(sessions.policy(reader, opened.session(session_id).policy)).role.auth_method


def _credential_state(opened: "Engine", method: "AuthMethod") -> str:
    """`set` or `missing`: whether there is something that could let it through. Opens no vault."""
    return "set" if method in opened.auth.status().methods else "missing"


def _credential(opened: "Engine", method: "AuthMethod", *, pin_stdin: bool) -> str:
    """The PIN, asked for only where it can count. NotEnrolled, AuthError or UsageError before anything is asked."""
    from orion_tui.roles.schema import AuthMethod

    if method is not AuthMethod.PIN:
        opened.auth.verify(method, "")
    if method not in opened.auth.status().methods:
        raise NotEnrolled("no PIN is set yet", hint="set one first: orion auth set")
    answers = secrets(from_stdin=pin_stdin)
    open_for_checking(opened.auth, answers)
    return answers.ask("PIN")


def _branch(ref: str) -> str:
    return one_line(ref.removeprefix("refs/heads/"))


def _show(preview: "PromotionPreview") -> None:
    plan = preview.plan
    say(f"{one_line(preview.session.goal)}", bold=True)
    say(f"  into      {plan.place.branch} ({plan.place.tip[:12]}) of {one_line(str(plan.place.root))}")
    if plan.author:  # else git does not know, and a refusal says so
        say(f"  by        {plan.author}{', signed' if plan.signed else ''}")
    say(f"  files     {len(plan.changes)}; drift since the start: {plan.drift.level}")
    for path in plan.drift.decisive[:10]:
        say(f"            {display_path(path)}")
    for check in preview.gate.checks:
        say(f"  {'✓' if check.passed else '✗'} {check.name}{': ' + check.covered if check.passed else ''}")


def _show_doubts(tasks: "list[TaskRow]") -> None:
    """What is worth a second look before the work is taken over."""
    for task in tasks:
        if task.status is TaskStatus.FLAGGED:
            say(f"  {TASK[task.status]}: {one_line(task.title, 60)}: {one_line(task.reason)}", style="yellow")
    # A flag says already what there is to say.
    for task in tasks:
        if is_unchecked(task) and task.status is not TaskStatus.FLAGGED:
            say(f"  ! not checked: {one_line(task.title, 60)}: no check was agreed that proves it", style="yellow")


def _record(preview: "PromotionPreview", *, credential: str) -> dict[str, Any]:
    plan = preview.plan
    return {
        "session": preview.session.id,
        "ready": preview.ready,
        "branch": plan.place.branch,
        "tip": plan.place.tip,
        "author": plan.author,
        "signed": plan.signed,
        "message": plan.message,
        "tags": list(plan.tags),
        "files": len(plan.changes),
        "drift": {"level": str(plan.drift.level), "paths": [display_path(path) for path in plan.drift.paths]},
        "gate": {
            "result": str(preview.gate.result),
            "checks": [
                {"name": check.name, "passed": check.passed, "problems": list(check.problems)}
                for check in preview.gate.checks
            ],
        },
        "refusals": [
            {"text": refusal.text, "problems": list(refusal.problems), "hint": refusal.hint}
            for refusal in plan.refusals
        ],
        "special": [{"path": display_path(path), "reason": reason} for path, reason in preview.special],
        "auth_method": str(preview.method),
        "credential": credential,
    }
