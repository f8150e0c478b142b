"""`orion sessions`: the list, one in full, and cleaning up."""

import click

from orion_tui.cli.cleanup import cleanup
from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.output import emit_json, json_option, moment, say, table
from orion_tui.cli.records import session_record
from orion_tui.cli.signs import SESSION
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session.machine import ACTIVE


@click.group(invoke_without_command=True)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([str(state) for state in SessionState]),
    metavar="STATE",
    help="Only these; may be given several times.",
)
@click.option("--limit", "-n", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_context
def sessions(context: click.Context, states: tuple[str, ...], limit: int, as_json: bool) -> int:
    """List sessions, newest first."""
    if context.invoked_subcommand is not None:
        return 0
    with engine() as opened:
        listed = opened.sessions(states=[SessionState(state) for state in states] or None, limit=limit)
    if as_json:
        emit_json([session_record(session) for session in listed])
    elif not listed:
        say('no sessions; start one: orion work "what is to be done" --role software-engineer')
    else:
        table(
            ("id", "state", "tasks", "role", "created", "workspace", "goal", "why"),
            [
                (
                    session.id,
                    SESSION[session.state],
                    f"{session.tasks_done}/{session.tasks_total}",
                    session.role,
                    moment(session.created_at),
                    session.workspace,
                    session.goal,
                    session.reason if session.state in ACTIVE else "",
                )
                for session in listed
            ],
            right=("tasks",),
            least=("role", "workspace", "created", "why"),
        )
    return 0


@sessions.command()
@session_argument
@json_option
def show(session_id: str | None, as_json: bool) -> int:
    """Everything about one session: its tasks, its checkpoints, what waits for you."""
    from orion_tui.cli.status import show_session

    with engine() as opened:
        show_session(opened, find_session(opened, session_id, doing="show"), as_json=as_json)
    return 0


sessions.add_command(cleanup)
