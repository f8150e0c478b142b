"""Status as sign, word and colour: any two of the three are enough."""

from orion_tui.bridge.snapshots import Need, NeedKind
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.themes import Glyphs

#: Name of the sign in `Glyphs`, word, name of the style in `Styles`.
Mark = tuple[str, str, str]

_SESSION: dict[SessionState, Mark] = {
    SessionState.CREATED: ("queued", "queued", "muted"),
    SessionState.PLANNING: ("running", "planning", "running"),
    SessionState.AWAITING_PLAN: ("waiting", "plan?", "warn"),
    SessionState.RUNNING: ("running", "running", "running"),
    SessionState.WAITING: ("waiting", "waiting", "warn"),
    SessionState.PAUSED: ("paused", "paused", "warn"),
    SessionState.INTERRUPTED: ("failed", "interrupted", "bad"),
    SessionState.UNRECOVERABLE: ("failed", "lost", "bad"),
    SessionState.COMPLETED: ("done", "done", "good"),
    SessionState.FAILED: ("failed", "failed", "bad"),
    SessionState.CANCELLED: ("cancelled", "cancelled", "muted"),
    SessionState.PROMOTED: ("done", "promoted", "accent"),
    SessionState.UNDONE: ("undone", "undone", "warn"),
    SessionState.REJECTED: ("cancelled", "rejected", "faint"),
    SessionState.ARCHIVED: ("dot", "archived", "faint"),
}
_TASK: dict[TaskStatus, Mark] = {
    TaskStatus.QUEUED: ("queued", "queued", "muted"),
    TaskStatus.RUNNING: ("running", "running", "running"),
    TaskStatus.WAITING: ("waiting", "waiting", "warn"),
    TaskStatus.DONE: ("done", "done", "good"),
    TaskStatus.FLAGGED: ("flagged", "flagged", "warn"),
    TaskStatus.FAILED: ("failed", "failed", "bad"),
    TaskStatus.BLOCKED: ("blocked", "blocked", "bad"),
    TaskStatus.CANCELLED: ("cancelled", "cancelled", "muted"),
}
_MOOD: dict[str, Mark] = {
    "done": ("done", "", "good"),
    "failed": ("failed", "", "bad"),
    "blocked": ("blocked", "", "bad"),
    "waiting": ("waiting", "", "warn"),
    "flagged": ("flagged", "", "warn"),
    "running": ("running", "", "running"),
    "paused": ("paused", "", "warn"),
    "undone": ("undone", "", "warn"),
    "plain": ("dot", "", "muted"),
}

_TIER: dict[str, tuple[str, str]] = {
    "autonomous": ("auto", "muted"),
    "requires_approval": ("asks", "warn"),
    "forbidden": ("forbidden", "bad"),
}


def session_mark(state: SessionState) -> Mark:
    """Sign, word and style of a session's state."""
    return _SESSION[state]


def task_mark(status: TaskStatus) -> Mark:
    """Sign, word and style of a task's status."""
    return _TASK[status]


def mood_mark(mood: str) -> Mark:
    """Sign and style of a note."""
    return _MOOD.get(mood, _MOOD["plain"])


def need_mark(need: Need) -> Mark:
    """Sign, word and style of what waits for the person."""
    if need.kind is NeedKind.APPROVE:
        return ("waiting", "approve", "warn")
    if need.kind is NeedKind.QUESTION:
        return ("waiting", "question", "warn")
    if need.kind is NeedKind.PLAN:
        return ("waiting", "plan", "warn")
    if need.kind is NeedKind.STUCK:
        return ("paused", "stuck", "bad")
    if need.session.state is SessionState.COMPLETED:
        return ("done", "review", "good")
    sign, word, style = session_mark(need.session.state)
    return (sign, word, style)


def tier_mark(tier: str) -> tuple[str, str]:
    """Word and style of a tier."""
    return _TIER.get(tier, (tier, "muted"))


def tier_sign(tier: str) -> Mark:
    """Sign, word and style of a tier."""
    word, style = tier_mark(tier)
    return {"autonomous": "dot", "requires_approval": "waiting", "forbidden": "blocked"}.get(tier, "dot"), word, style


def sign(glyphs: Glyphs, name: str) -> str:
    """The sign of that name in the set in use."""
    return str(getattr(glyphs, name))
