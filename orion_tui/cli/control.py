"""`orion pause | resume | cancel`: the reins of a session that is at work."""

import click

from orion_tui.cli.follow import exit_code, follow, tell
from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.other_models import bring_models, other_models
from orion_tui.cli.output import say
from orion_tui.cli.waiting import tell_outcome
from orion_tui.core.models.sessions import SessionState

_AT_WORK = (
    SessionState.CREATED,
    SessionState.PLANNING,
    SessionState.AWAITING_PLAN,
    SessionState.RUNNING,
    SessionState.WAITING,
    SessionState.INTERRUPTED,
)


@click.command()
@session_argument
def pause(session_id: str | None) -> int:
    """Finish the step in flight, checkpoint, and stop there."""
    with engine() as opened:
        session = find_session(opened, session_id, states=_AT_WORK, doing="pause")
        opened.pause(session.id)
    say(f"⏸ session {session.id} pauses after the step in flight; go on: orion resume {session.id}")
    return 0


@click.command()
@session_argument
@other_models
@click.option("--wait", is_flag=True, help="Follow it here; the exit code tells how it ended.")
def resume(session_id: str | None, model: str, plan_model: str, wait: bool) -> int:
    """Go on after a pause, or end the wait for a time. Without SESSION a paused one is meant.

    With --model it goes on with another one, such as when the name was misspelt or the server is gone.
    """
    with engine() as opened:
        session = find_session(opened, session_id, states=(SessionState.PAUSED,), doing="resume")
        cursor = opened.overview().last_seq
        bring_models(opened, session, model, plan_model)
        opened.resume(session.id)
        say(f"● session {session.id} goes on")
        if not wait:
            return 0
        ended = follow(opened, session.id, tell, after=cursor)
        tell_outcome(opened, ended)
        return exit_code(ended)


@click.command()
@session_argument
def cancel(session_id: str | None) -> int:
    """End a session now. Its work up to the last checkpoint is kept and can still be promoted."""
    with engine() as opened:
        session = find_session(opened, session_id, states=(*_AT_WORK, SessionState.PAUSED), doing="cancel")
        opened.cancel(session.id)
    say(f"■ session {session.id} is cancelled; the work up to its last checkpoint is kept")
    return 0
