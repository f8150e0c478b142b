"""Status of what a session's events tell: of an action, of a question to a model."""

from orion_tui.bridge.entry_views import ActionState, TurnState
from orion_tui.widgets.status import Mark

_ACTION: dict[ActionState, Mark] = {
    ActionState.DECIDED: ("queued", "decided", "muted"),
    ActionState.WAITING: ("waiting", "waiting", "warn"),
    ActionState.RUNNING: ("running", "running", "running"),
    ActionState.DONE: ("done", "done", "good"),
    ActionState.FAILED: ("failed", "failed", "bad"),
    ActionState.BLOCKED: ("blocked", "blocked", "bad"),
    ActionState.PROVEN: ("blocked", "blocked", "bad"),
}
_TURN: dict[TurnState, Mark] = {
    TurnState.ASKING: ("running", "asking", "running"),
    TurnState.ANSWERED: ("done", "answered", "muted"),
    TurnState.FAILED: ("failed", "no answer", "bad"),
}


def action_mark(state: ActionState) -> Mark:
    """Sign, word and style of an action."""
    return _ACTION[state]


def turn_mark(state: TurnState) -> Mark:
    """Sign, word and style of a question to a model."""
    return _TURN[state]
