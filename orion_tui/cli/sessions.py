"""`orion sessions`: the list."""

import click

from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, moment, say, table
from orion_tui.cli.records import session_record
from orion_tui.cli.signs import SESSION
from orion_tui.core.models.sessions import SessionState


@click.command()
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
def sessions(states: tuple[str, ...], limit: int, as_json: bool) -> int:
    """List sessions, newest first."""
    with engine() as opened:
        listed = opened.sessions(states=[SessionState(state) for state in states] or None, limit=limit)
    if as_json:
        emit_json([session_record(session) for session in listed])
    elif not listed:
        say("no sessions; start one: orion work --role software-engineer --plan plan.yaml")
    else:
        table(
            ("id", "state", "tasks", "role", "created", "workspace", "goal"),
            [
                (
                    session.id,
                    SESSION[session.state],
                    f"{session.tasks_done}/{session.tasks_total}",
                    session.role,
                    moment(session.created_at),
                    session.workspace,
                    session.goal,
                )
                for session in listed
            ],
            right=("tasks",),
        )
    return 0
