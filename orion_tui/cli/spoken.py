"""Events and states in full words: what a screen reader, a pipe or a log file gets. No sign means anything here."""

from pathlib import PurePath
from typing import TYPE_CHECKING

from orion_tui.cli.event_line import event_text
from orion_tui.cli.output import one_line, plural, prose
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Session, SessionState

if TYPE_CHECKING:
    from orion_tui.cli.needs import Waits
    from orion_tui.core.models.sessions import TaskRow

#: How a session stands, as the end of a sentence that begins with its name.
STATES = {
    SessionState.CREATED: "is queued",
    SessionState.PLANNING: "is being planned",
    SessionState.AWAITING_PLAN: "waits for you to look at its plan",
    SessionState.RUNNING: "is running",
    SessionState.WAITING: "is waiting",
    SessionState.PAUSED: "is paused",
    SessionState.INTERRUPTED: "was interrupted",
    SessionState.UNRECOVERABLE: "cannot be recovered",
    SessionState.COMPLETED: "is completed",
    SessionState.FAILED: "has failed",
    SessionState.CANCELLED: "is cancelled",
    SessionState.PROMOTED: "is promoted",
    SessionState.UNDONE: "is promoted no more, its promotion was undone",
    SessionState.REJECTED: "is rejected",
    SessionState.ARCHIVED: "is archived",
}

# What the sign of an event says elsewhere, where its text does not say it.
_BEFORE = {
    "task.started": "begins ",
    "task.done": "done: ",
    "action.started": "starts: ",
    "action.done": "result: ",
    "action.decided": "judged as ",
    "approval.asked": "asks for your leave, ",
    "model.asked": "model is asked, ",
    "model.answered": "model answered: ",
    "agent.said": "agent says: ",
    "agent.noted": "agent notes, ",
    "agent.finished": "agent ",
}
#: Told as warnings: nobody has to act on them, and nobody should miss them.
WARNINGS = frozenset(
    {"tools.unavailable", "tools.withdrawn", "inventory.guarded", "budget.warning", "limit.reached", "task.loop"}
    | {"model.failed", "sandbox.refused", "supervisor.displaced", "store.not_copied", "store.restored"}
    | {"clock.jumped"}
)
#: Ends of tasks: what was used is told with them.
TASK_ENDS = frozenset({"task.done", "task.failed", "task.blocked"})

# Signs inside texts, as words.
_WORDS = str.maketrans({"→": "to", "…": "...", "⏎": " / ", "“": '"', "”": '"', "±": "about "})


def worded(text: str) -> str:
    """One cleaned line without signs that stand for words."""
    return one_line(text).translate(_WORDS)


def name(session: Session) -> str:
    """`api-client 7c2f0a1b`: the folder it works on, and enough of its id to type."""
    return worded(f"{PurePath(session.workspace).name or session.workspace} {session.id[:8]}")


def event_words(event: Event, used: str = "") -> str:
    """One event; `used` is what its task has used."""
    if event.type == "session.state" and (to := str(event.data.get("to", ""))) in STATES:
        reason = prose(str(event.data.get("reason", "")))
        return worded(f"{STATES[SessionState(to)]}{f': {reason}' if reason else ''}")
    warning = "warning: " if event.type in WARNINGS else ""
    return worded(f"{warning}{_BEFORE.get(event.type, '')}{event_text(event)}{f'; {used}' if used else ''}")


def used_words(task: "TaskRow", session: Session) -> str:
    """What models have used for a task and for its session; empty where none was asked."""
    if not task.tokens:
        return ""
    cost = f"${task.cost_usd:.2f} and " if task.cost_usd else ""
    return f"it used {cost}{task.tokens:,} tokens, the session so far {spent_words(session)}"


def spent_words(session: Session) -> str:
    """`$0.61 and 18,400 tokens`."""
    cost = f"${session.cost_usd:.2f} and " if session.cost_usd else ""
    return f"{cost}{session.tokens:,} tokens"


def session_words(session: Session, running: "list[TaskRow]") -> str:
    """How a session stands, in one line that begins with its name."""
    reason = f" ({prose(session.reason)})" if session.reason else ""
    done = f"{session.tasks_done} of {plural(session.tasks_total, 'task')} done"
    parts = [f"{name(session)} {STATES[session.state]}{reason}", done]
    parts += [f"at work on task {task.id}: {one_line(task.title, 100)}" for task in running[:2]]
    if session.tokens:
        parts.append(f"used {spent_words(session)}")
    return worded(f"{'; '.join(parts)}; its goal: {one_line(prose(session.goal), 120)}")


def waits_words(waits: "Waits", *, new: bool) -> str:
    """What waits, whose it is, and the commands that answer it."""
    commands = ". ".join(f"{word[:1].upper()}{word[1:]}: {command}" for word, command in waits.commands)
    return worded(f"{'new, ' if new else ''}{name(waits.session)}: {waits.text}. {commands}")
