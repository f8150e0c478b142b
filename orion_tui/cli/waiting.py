"""What a session needs from a person now, and the commands for it."""

from typing import TYPE_CHECKING

from orion_tui.cli.needs import answers
from orion_tui.cli.output import one_line, plural, prose, say
from orion_tui.cli.signs import SESSION
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session.stuck import needs_person

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session


def tell_outcome(engine: "Engine", session: "Session") -> None:
    """How a session stands, and what to do about it."""
    done = f"{session.tasks_done} of {plural(session.tasks_total, 'task')} done"
    reason = f": {one_line(session.reason)}" if session.reason else ""
    say(f"{SESSION[session.state]}  session {session.id}, {done}{reason}", bold=True)
    tell_needs(engine, session)


def tell_needs(engine: "Engine", session: "Session", *, why: bool = False) -> None:
    """The next commands, where there is something to do; with `why` also the reason, where nobody has said it yet."""
    for approval in engine.approvals(session.id):
        card = approval.card
        if "question" in card:
            say(f"  the agent asks: {one_line(str(card['question']), 300)}")
            (_, answer), (_, refuse) = answers(approval)
            say(f"    {answer}    no answer: {_short(refuse)}")
            continue
        say(f"  waits for you: {one_line(str(card.get('title', '')), 140)}")
        say(f"    because {one_line(str(card.get('why', '')), 200)}")
        (_, show), (_, approve), (_, reject) = answers(approval)
        say(f"    {show}    {_short(approve)}    {_short(reject)}")
    match session.state:
        case SessionState.AWAITING_PLAN:
            _tell_plan(engine, session)
        case SessionState.COMPLETED | SessionState.FAILED | SessionState.CANCELLED if session.tasks_done:
            say(f"  look: orion diff {session.id}    take it: orion promote {session.id}")
            say(f"  or not: orion reject {session.id} --reason ...")
            _tell_retry(engine, session)
        case SessionState.FAILED | SessionState.CANCELLED:
            _tell_retry(engine, session)
        case SessionState.PAUSED if needs_person(session):
            # The reason ends with the command.
            if why:
                say(f"  waits for you: {prose(session.reason)}")
        case SessionState.WAITING | SessionState.INTERRUPTED if session.delayed:
            if why:
                say(f"  {prose(session.reason)}")
            say(f"  at once: orion resume {session.id}")
        case SessionState.PAUSED:
            say(f"  go on: orion resume {session.id}")
        case SessionState.PROMOTED:
            say(f"  take it back: orion undo-promote {session.id}")
        case SessionState.UNDONE:
            say(f"  bring it in again: orion promote {session.id}")
        case _:
            pass


def _short(command: str) -> str:
    """Without what the command before it on the line begins with already."""
    return command.removeprefix("orion approvals ")


def _tell_plan(engine: "Engine", session: "Session") -> None:
    from orion_tui.cli.plan_view import tell_what_to_do

    seen = engine.plan_review(session.id)
    what = "a revision of its plan" if seen.in_force is not None else "its plan"
    tasks = plural(len(seen.plan.tasks), "task")
    problems = f", {plural(len(seen.problems), 'problem')} to mend" if seen.problems else ""
    say(f"  {what} waits for you: {one_line(seen.plan.title, 100)} ({tasks}{problems}); orion plan {session.id}")
    tell_what_to_do(seen)


def _tell_retry(engine: "Engine", session: "Session") -> None:
    if session.state is not SessionState.FAILED:
        return
    if (stop := engine.ceiling(session.id)) is not None:
        option = {"cost": "--cost USD", "tokens": "--tokens N", "time": "--hours H"}[stop.limit]
        say(f"  give it more: orion budget {session.id} {option}    then: orion retry {session.id}")
    else:
        say(f"  try what failed again: orion retry {session.id}")
