"""`orion work`: from a goal to a session."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orion_tui.cli.follow import exit_code, follow, tell
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, note, one_line, say
from orion_tui.cli.records import approval_record, session_record
from orion_tui.cli.waiting import tell_outcome
from orion_tui.core.models.sessions import Event

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session


@click.command()
@click.argument("goal", required=False, default="")
@click.option("--role", "-r", required=True, help="Who works: a role's name (`orion role list`).")
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="this folder",
    help="The git repository to work on. It is copied; nothing in it changes until you promote.",
)
@click.option("--plan", "-p", type=click.Path(path_type=Path), help="A plan you wrote (docs/playbooks.md).")
@click.option("--snapshot", is_flag=True, help="Uncommitted changes come along, as the base of the work.")
@click.option("--wait", is_flag=True, help="Follow it here; the exit code tells how it ended.")
@json_option
def work(goal: str, role: str, workspace: Path, plan: Path | None, snapshot: bool, wait: bool, as_json: bool) -> int:
    """Start a session that works towards GOAL in a sandbox, on a copy of a repository.

    Without GOAL, the title of the plan is the goal. The session goes on without this terminal.
    """
    from orion_tui.core.session.submit import SubmitRequest

    request = SubmitRequest(workspace=workspace, goal=goal, role=role, plan_file=plan, snapshot=snapshot)
    with engine() as opened:
        session = opened.submit(request)
        if trouble := opened.supervisor().trouble:
            note(f"{trouble}; the session waits for it (orion daemon status)")
        if not as_json:
            _tell_start(opened, session)
        if not wait:
            if as_json:
                emit_json(session_record(session))
            else:
                say(f"  follow it: orion logs -f {session.id}    or open orion-tui")
            return 0
        return _follow(opened, session, as_json=as_json)


def _tell_start(opened: "Engine", session: "Session") -> None:
    base = f"{session.base_commit[:10]}{f' ({session.base_branch})' if session.base_branch else ' (detached)'}"
    say(f"session {session.id}  {one_line(session.goal, 100)}", bold=True)
    say(f"  {session.role} on {one_line(session.workspace)} from {base}")
    for event in opened.events(session_id=session.id, limit=20):
        for told in event.data.get("notes", ()):
            note(f"  note: {one_line(str(told))}")
        if event.type == "goal.guarded":
            for told in event.data.get("findings", ()):
                note(f"  removed from the goal: {one_line(str(told))}")


def _follow(opened: "Engine", session: "Session", *, as_json: bool) -> int:
    try:
        ended = follow(opened, session.id, _silence if as_json else tell)
    except KeyboardInterrupt:
        note(f"no longer following; session {session.id} goes on (stop it: orion cancel {session.id})")
        raise
    if as_json:
        pending = [approval_record(approval) for approval in opened.approvals(ended.id)]
        emit_json({**session_record(ended), "approvals": pending})
    else:
        tell_outcome(opened, ended)
    return exit_code(ended)


def _silence(event: Event) -> None:
    """JSON is one value, given at the end."""
