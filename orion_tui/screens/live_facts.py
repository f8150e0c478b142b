"""The two lines of facts of a session at work: how it is, and what it has used."""

from orion_tui.base.own_keys import Keys
from orion_tui.bridge.entry_views import ModelTurn, TurnState
from orion_tui.bridge.live_view import Live
from orion_tui.core.models.sessions import SessionState, TaskRow
from orion_tui.core.session.stuck import needs_person
from orion_tui.themes import Glyphs
from orion_tui.widgets.approval_card import headline
from orion_tui.widgets.budget import amount, cost_parts, time_parts, token_parts
from orion_tui.widgets.cells import Part, prose
from orion_tui.widgets.fact_line import Facts
from orion_tui.widgets.meters import backend_parts
from orion_tui.widgets.reasons import reason_of
from orion_tui.widgets.status import session_mark, sign
from orion_tui.widgets.times import exact


def newest_turn(live: Live) -> ModelTurn | None:
    """The newest question to a model."""
    return next((entry for entry in reversed(live.entries) if isinstance(entry, ModelTurn)), None)


def state_facts(live: Live, width: int, glyphs: Glyphs, keys: Keys) -> Facts:
    """How the session is, what it waits for, and what it is for."""
    session = live.session
    mark, word, style = session_mark(session.state)
    left: list[Part] = [(f"{sign(glyphs, mark)} {word}", style), ("  ", "text")]
    if live.approvals:
        first, *others = live.approvals
        more = f" and {len(others)} more" if others else ""
        left += [(f"asks: {headline(first)}{more}", "warn")]
    elif (told := _model_words(live)) is not None:
        left += [told, (f"  {prose(session.goal)}", "muted")]
    elif needs_person(session):
        left += [(reason_of(session, keys, "live.pause"), "warn"), (f"  {prose(session.goal)}", "muted")]
    else:
        left += [(prose(session.goal), "strong"), (f"  {prose(session.reason)}" if session.reason else "", "muted")]
    if width < 100:
        return tuple(left), ()
    return tuple(left), (
        ("  base ", "faint"),
        (session.base_commit[:8], "muted"),
    )


def _model_words(live: Live) -> Part | None:
    """What the session waits for from its model: a plan, or an answer after one that did not come."""
    turn = newest_turn(live)
    if turn is None:
        return None
    state = live.session.state
    if state is SessionState.PLANNING and turn.state is TurnState.ASKING:
        return (f"asking {turn.model} for a plan", "text")
    if state is SessionState.WAITING and turn.state is TurnState.FAILED and turn.again is not None:
        return (f"asks {turn.model} again at {exact(turn.again)}: {turn.reason}", "warn")
    return None


def budget_facts(
    live: Live, task: TaskRow | None, number: int, width: int, glyphs: Glyphs, *, backend: bool = True
) -> Facts:
    """What it has used of what it may use; `task` is the selected one, by its `number` in the plan.

    `backend` is whether what holds its sandbox has no other line to stand on.
    """
    session = live.session
    cells = 6 if width < 100 else 14
    left = [
        *time_parts(session, live.limits, cells, glyphs),
        ("   ", "text"),
        *cost_parts(session, live.limits, cells, glyphs),
    ]
    if tokens := token_parts(session, live.limits, short=width < 100):
        left += [("   ", "text"), *tokens]
    right: list[Part] = []
    if task is not None and task.tokens and width >= 140:
        right += [(f"  task {number}: ${task.cost_usd:.2f} {amount(task.tokens)}", "muted")]
    if backend and (width >= 140 or not session.models):
        right += backend_parts(session)
    if live.checkpoints and width >= 110:
        right += [(f"  {live.checkpoints[-1].name}", "faint")]
    return tuple(left), tuple(right)
