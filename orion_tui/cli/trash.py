"""`orion trash list | restore | empty`: work that was taken back."""

import click

from orion_tui.base.errors import UsageError
from orion_tui.cli.agree import agree
from orion_tui.cli.diff import show_stat
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, moment, note, one_line, plural, say, table
from orion_tui.cli.records import files_record, trash_record
from orion_tui.cli.signs import SESSION

_session_option = click.option("--session", "session_id", metavar="SESSION", help="Only of this session.")


@click.group(invoke_without_command=True)
@_session_option
@json_option
@click.pass_context
def trash(context: click.Context, session_id: str | None, as_json: bool) -> int:
    """What was taken back by a rollback, or moved away unpromoted; it lies here for 30 days."""
    if context.invoked_subcommand is None:
        return _list(session_id, as_json=as_json)
    return 0


@trash.command("list")
@_session_option
@json_option
def list_trash(session_id: str | None, as_json: bool) -> int:
    """List it, newest first."""
    return _list(session_id, as_json=as_json)


def _list(session_id: str | None, *, as_json: bool) -> int:
    with engine() as opened:
        found = opened.in_trash(opened.session(session_id).id if session_id else None)
    if as_json:
        emit_json([trash_record(entry) for entry in reversed(found)])
        return 0
    if not found:
        say("the trash is empty")
        return 0
    table(
        ("number", "session", "what", "thrown away", "kept until", "name"),
        [
            (
                str(entry.id), entry.session_id, entry.summary, moment(entry.created_at), moment(entry.until),
                entry.name,
            )
            for entry in reversed(found)
        ],
        right=("number",),
    )  # fmt: skip
    return 0


@trash.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def restore(number: int, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Bring something back as it was. What was done in its place since goes to the trash."""
    with engine() as opened:
        preview = opened.trash.preview(number)
        if as_json and dry_run:
            emit_json(
                {
                    **trash_record(preview.entry),
                    "state": str(preview.state),
                    "replaces": [made.name for made in preview.beyond.checkpoints],
                    "files": files_record(preview.diff),
                }
            )
            return 0
        if not as_json:
            say(f"{one_line(preview.session.goal)}", bold=True)
            say(f"  comes back  {preview.entry.summary}")
            say(f"  session     {SESSION[preview.session.state]} → {SESSION[preview.state]}")
            if preview.beyond.checkpoints:
                names = ", ".join(made.name for made in preview.beyond.checkpoints)
                say(f"  to trash    {names}; kept for 30 days")
            show_stat(preview.diff)
        if dry_run:
            return 0
        if preview.beyond.checkpoints or preview.beyond.steps:
            agree("Put that in the place of what was done since?", yes=yes)
        done = opened.trash.restore(number)
    if as_json:
        replaced = trash_record(done.replaced) if done.replaced is not None else None
        emit_json({**trash_record(done.entry), "state": str(done.state), "replaced": replaced})
        return 0
    say(f"✓ session {done.session_id} has it back: {done.entry.summary}", bold=True)
    if done.replaced is not None:
        say(f"  what was in its place: orion trash restore {done.replaced.id}")
    return 0


@trash.command()
@click.argument("numbers", metavar="[NUMBER]...", type=click.IntRange(min=1), nargs=-1)
@_session_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def empty(numbers: tuple[int, ...], session_id: str | None, yes: bool) -> int:
    """Delete what lies in the trash for good: these, those of a session, or all of it."""
    with engine() as opened:
        there = opened.in_trash(opened.session(session_id).id if session_id else None)
        if unknown := sorted(set(numbers) - {entry.id for entry in there}):
            raise UsageError(
                f"not in the trash: {', '.join(map(str, unknown))}", hint="`orion trash list` shows what there is"
            )
        chosen = opened.trash.dependents(set(numbers) if numbers else {entry.id for entry in there})
        if not chosen:
            say("the trash is empty")
            return 0
        for entry in chosen:
            on_it = "" if not numbers or entry.id in numbers else "  (stands on one of them)"
            say(f"  {entry.id}  {entry.session_id}  {entry.summary}{on_it}")
        agree(f"Delete {plural(len(chosen), 'piece')} of work for good?", yes=yes)
        for entry in chosen:
            opened.trash.purge(entry)
    note(f"deleted {plural(len(chosen), 'piece')} of work")
    return 0
