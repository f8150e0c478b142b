"""Which keys matter on a live session, by what it does and waits for."""

from collections.abc import Sequence

from orion_tui.bridge.live_view import Live
from orion_tui.bridge.snapshots import ACTIVE, PROMOTABLE, question_of
from orion_tui.core.models.sessions import SessionState
from orion_tui.widgets.reasons import can_change_model, can_hurry


def live_keys(live: Live, *, failed: bool) -> Sequence[str]:
    """Ids for the footer, the most important first; `failed` says whether a task of it may be tried again."""
    state = live.session.state
    models = ["live.hint", "live.budget"] if live.session.models else []
    if state is SessionState.AWAITING_PLAN:
        own = ["live.approve|see the plan", "live.budget", "lines.enter", "live.log", "live.cancel"]
    elif live.approvals:
        question = bool(question_of(live.approvals[0]))
        own = [
            "live.approve|answer" if question else "live.approve",
            "live.reject|no answer" if question else "live.reject",
            *models,
            "lines.enter",
            "live.next",
            "live.diff",
            "live.timeline",
            "live.log",
            "live.cancel",
        ]
    elif state in PROMOTABLE:
        own = ["live.promote", "live.diff", "live.reject", "lines.enter", "live.timeline", "live.next", "live.log"]
        if state is SessionState.FAILED:
            own.insert(0, "live.retry")
    elif state is SessionState.PROMOTED:
        own = ["live.undo", "live.diff", "lines.enter", "live.timeline", "live.next", "live.log"]
    elif state in ACTIVE:
        own = [
            "lines.enter",
            *models,
            "live.diff",
            "live.pause",
            "live.timeline",
            "live.cancel",
            "live.next",
            "live.log",
        ]
        if failed:
            own.insert(0, "live.retry")
        if can_hurry(live.session):
            own = ["live.pause|try now", *(key for key in own if key != "live.pause")]
        elif state is SessionState.PAUSED:
            own = ["live.pause|resume", *(key for key in own if key != "live.pause")]
        if can_change_model(live.session):
            own.insert(1, "live.model|other model")
    else:
        own = ["lines.enter", "live.next", "live.diff", "live.timeline", "live.log"]
    return own
