"""`orion rollback`: a session as it was at a checkpoint, with everything later in the trash."""

import time
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import OrionError, UsageError
from orion_tui.base.text import display_path
from orion_tui.cli.agree import agree
from orion_tui.cli.diff import show_stat
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, note, one_line, plural, say
from orion_tui.cli.records import files_record, returns_record, trash_record
from orion_tui.cli.signs import TASK
from orion_tui.core.models.sessions import SessionState

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.timeline.rollback import RollbackPreview

#: Seconds between looks at whether a session has paused.
_LOOK = 0.2


@click.command()
@click.argument("place", metavar="SESSION:CHECKPOINT")
@click.option("--session", "session_id", metavar="SESSION", help="Whose checkpoint a bare name means.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken back; change nothing.")
@click.option("--pause", is_flag=True, help="Pause a session that is at work first, and wait for that.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def rollback(place: str, session_id: str | None, dry_run: bool, pause: bool, yes: bool, as_json: bool) -> int:
    """Take a session back to a checkpoint: its files, tasks and questions as they were then.

    What came later goes to the trash, where it can be had back for 30 days. The session then waits for `orion resume`.
    """
    from orion_tui.core.timeline.names import checkpoint_number, split

    named, checkpoint = split(place)
    number = checkpoint_number(checkpoint)
    if bool(named) == bool(session_id):
        raise UsageError(
            f"{display_path(place)} is not both a session and a checkpoint"
            if not named
            else "the session is named twice",
            hint="orion rollback SESSION:cp-0003; `orion checkpoints SESSION` lists them",
        )
    with engine() as opened:
        session = opened.session(named or session_id or "")
        if session.state is SessionState.RUNNING and not dry_run:
            _pause(opened, session.id, asked=pause)
        preview = opened.preview_rollback(session.id, number)
        if dry_run:
            if as_json:
                emit_json(_record(preview))
            else:
                _show(preview)
            return 0
        if not as_json:
            _show(preview)
        if not preview.beyond.nothing:
            agree(f"Go back to {preview.target.name}?", yes=yes)
        done = opened.rollback(preview)
        if as_json:
            emit_json({**_record(preview), "trash": trash_record(done.entry)})
            return 0
    say(f"↺ session {session.id} is back at {done.target.name}", bold=True)
    say(f"  go on from there: orion resume {session.id}    take this back: orion trash restore {done.entry.id}")
    return 0


def _pause(opened: "Engine", session_id: str, *, asked: bool) -> None:
    """Have a session that is at work stand still first, when the person says so."""
    if not asked:
        try:
            agree(f"Session {session_id} is at work. Pause it after the step in flight?", yes=False)
        except UsageError:
            raise UsageError(
                f"session {session_id} is running: it has to stand still first",
                hint=f"--pause does that, or: orion pause {session_id}",
            ) from None
    opened.pause(session_id)
    note("waiting for the step in flight ...")
    while (session := opened.session(session_id)).state is SessionState.RUNNING:
        if not opened.supervisor().running and not session.lease_owner:
            raise OrionError(
                f"session {session_id} is running and no supervisor works on it", hint="orion daemon start, then again"
            )
        time.sleep(_LOOK)


def _show(preview: "RollbackPreview") -> None:
    target, beyond = preview.target, preview.beyond
    say(f"{one_line(preview.session.goal)}", bold=True)
    say(f"  back to    {target.name}: {one_line(target.reason)}")
    if beyond.nothing:
        say("  nothing came after it")
        return
    for task in beyond.tasks:
        kept = f", goes on after {plural(task.kept, 'finished step')}" if task.kept else ""
        say(f"  task       {TASK[task.before]} → {TASK[task.after]}  {one_line(task.title, 60)}{kept}")
    if beyond.steps:
        say(f"  history    {plural(beyond.steps, 'step')} no longer count; they stay in the log")
    if beyond.checkpoints:
        say(f"  trash      {', '.join(made.name for made in beyond.checkpoints)}; kept for 30 days")
    for approval in beyond.approvals:
        say(f"  withdrawn  {one_line(str(approval.card.get('title', approval.id)), 100)}")
    say("  files whose later changes are taken back:" if preview.lost.files else "  no file changes")
    if preview.lost.files:
        show_stat(preview.lost)


def _record(preview: "RollbackPreview") -> dict[str, Any]:
    return {
        "session": preview.session.id,
        "state": str(preview.session.state),
        "checkpoint": preview.target.name,
        "branch_commit": preview.branch_commit,
        **returns_record(preview.beyond),
        "files": files_record(preview.lost),
        "trash": None,
    }
