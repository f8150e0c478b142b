"""What a session needs from a person now, and the commands for it."""

from typing import TYPE_CHECKING

from orion_tui.cli.output import one_line, plural, say
from orion_tui.cli.signs import SESSION
from orion_tui.core.models.sessions import SessionState

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session


def tell_outcome(engine: "Engine", session: "Session") -> None:
    """How a session stands, and what to do about it."""
    done = f"{session.tasks_done} of {plural(session.tasks_total, 'task')} done"
    reason = f": {one_line(session.reason)}" if session.reason else ""
    say(f"{SESSION[session.state]}  session {session.id}, {done}{reason}", bold=True)
    tell_needs(engine, session)


def tell_needs(engine: "Engine", session: "Session") -> None:
    """The next commands, where there is something to do."""
    for approval in engine.approvals(session.id):
        card = approval.card
        say(f"  waits for you: {one_line(str(card.get('title', '')), 140)}")
        say(f"    because {one_line(str(card.get('why', '')), 200)}")
        say(f"    orion approvals show {approval.id}    approve {approval.id}    reject {approval.id} --reason ...")
    match session.state:
        case SessionState.COMPLETED | SessionState.FAILED | SessionState.CANCELLED if session.tasks_done:
            say(f"  look: orion diff {session.id}    take it: orion promote {session.id}")
            say(f"  or not: orion reject {session.id} --reason ...")
        case SessionState.PAUSED:
            say(f"  go on: orion resume {session.id}")
        case SessionState.PROMOTED:
            say(f"  take it back: orion undo-promote {session.id}")
        case SessionState.UNDONE:
            say(f"  bring it in again: orion promote {session.id}")
        case _:
            pass
