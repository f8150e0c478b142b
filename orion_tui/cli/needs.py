"""What waits for the person, each with the commands that answer it: in words, for a line of text or of JSON."""

from typing import TYPE_CHECKING

import attrs

from orion_tui.cli.output import one_line, plural, prose
from orion_tui.core.models.sessions import Approval, Session, SessionState
from orion_tui.core.session.stuck import needs_person

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

#: Sessions read of each kind: more than anybody is told at once.
READ = 50
#: Finished work that nobody has decided about.
_ENDED = (SessionState.COMPLETED, SessionState.FAILED, SessionState.CANCELLED)

#: What a command does, in a word or two, and the command.
Command = tuple[str, str]


@attrs.frozen(kw_only=True)
class Waits:
    """One thing that waits for the person."""

    #: `approval`, `question`, `plan`, `stuck` or `review`.
    kind: str
    session: Session
    approval: Approval | None = None
    #: What it is, without the name of the session.
    text: str
    commands: tuple[Command, ...]

    @property
    def key(self) -> str:
        """The same for the same thing."""
        return self.approval.id if self.approval is not None else f"{self.session.id}:{self.kind}:{self.session.state}"


def waiting(engine: "Engine", session: Session | None = None) -> list[Waits]:
    """Everything that waits: questions and approvals oldest first, plans, what is stuck, finished work newest first.

    Of one session, or (None) of all; of the latter at most `READ` of each state.
    """
    by_id: dict[str, Session] = {}
    if session is not None:
        by_id[session.id] = session
        standing = [session]
    else:
        standing = engine.sessions(states=(SessionState.AWAITING_PLAN,), limit=READ)
        standing += engine.sessions(states=(SessionState.PAUSED,), limit=READ)
        standing += engine.sessions(states=_ENDED, limit=READ)
    found: list[Waits] = []
    for approval in engine.approvals(session.id if session is not None else None):
        if approval.session_id not in by_id:
            by_id[approval.session_id] = engine.session(approval.session_id)
        found.append(_asked(approval, by_id[approval.session_id]))
    return [*found, *(each for one in standing if (each := _standing(one)) is not None)]


def answers(approval: Approval) -> tuple[Command, ...]:
    """The commands that answer a question or an approval."""
    if "question" in approval.card:
        return (
            ("answer", f'orion approvals answer {approval.id} "..."'),
            ("give no answer", f"orion approvals reject {approval.id} --reason ..."),
        )
    return (
        ("look", f"orion approvals show {approval.id}"),
        ("approve", f"orion approvals approve {approval.id}"),
        ("reject", f"orion approvals reject {approval.id} --reason ..."),
    )


def _asked(approval: Approval, session: Session) -> Waits:
    card = approval.card
    if "question" in card:
        kind, text = "question", f"the agent asks: {one_line(str(card['question']), 300)}"
    else:
        why = one_line(str(card.get("why", "")), 200)
        text = f"wants leave to {one_line(str(card.get('title', '')), 200)}{f'; because {why}' if why else ''}"
        kind = "approval"
    return Waits(kind=kind, session=session, approval=approval, text=text, commands=answers(approval))


def _standing(session: Session) -> Waits | None:
    id = session.id
    match session.state:
        case SessionState.AWAITING_PLAN:
            commands = (("look", f"orion plan {id}"), ("approve", f"orion plan {id} --approve"))
            return Waits(kind="plan", session=session, text="its plan waits for you", commands=commands)
        case SessionState.PAUSED if needs_person(session):
            commands = (("then go on", f"orion resume {id}"),)
            return Waits(kind="stuck", session=session, text=f"it is stuck: {prose(session.reason)}", commands=commands)
        case SessionState.COMPLETED | SessionState.FAILED | SessionState.CANCELLED if session.tasks_done:
            done = f"{session.tasks_done} of {plural(session.tasks_total, 'task')} done"
            commands = (
                ("look", f"orion diff {id}"),
                ("take it", f"orion promote {id}"),
                ("or not", f"orion reject {id} --reason ..."),
            )
            text = f"finished work to review, it {_ENDING[session.state]}, {done}"
        case SessionState.FAILED:
            text = f"it failed without any work{f': {prose(session.reason)}' if session.reason else ''}"
            commands = (("try again", f"orion retry {id}"), ("or put it away", f"orion reject {id} --reason ..."))
        case _:
            return None
    return Waits(kind="review", session=session, text=text, commands=commands)


_ENDING = {
    SessionState.COMPLETED: "is complete",
    SessionState.FAILED: "failed on the way",
    SessionState.CANCELLED: "was cancelled",
}
