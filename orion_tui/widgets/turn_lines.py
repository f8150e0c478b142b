"""A question to a model and its answer, for the log: who was asked for what, what it said, what it cost."""

from orion_tui.base.spans import span
from orion_tui.bridge.entry_views import ModelTurn, TurnState
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, prose
from orion_tui.widgets.entry_status import turn_mark
from orion_tui.widgets.status import sign
from orion_tui.widgets.times import exact

#: What a model is asked for, in words.
PURPOSES = {"plan": "a plan", "work": "the next step", "replan": "another look at the plan", "compact": "a summary"}


def turn_head(turn: ModelTurn, now: float, width: int, glyphs: Glyphs) -> tuple[list[Part], list[Part]]:
    """The first line of its card."""
    mark, word, style = turn_mark(turn.state)
    what = turn.model
    if turn.purpose in PURPOSES and turn.purpose != "work":
        what += f" for {PURPOSES[turn.purpose]}"
    left: list[Part] = [(f"  {sign(glyphs, mark)} ", style), ("asks ", "muted"), (what, "text")]
    right: list[Part] = []
    if turn.state is TurnState.ANSWERED:
        if width >= 60:
            right.append((f"  {turn.tokens:,} tokens", "muted"))
        if turn.cost_usd is not None:
            right.append((f"  ${turn.cost_usd:.3f}", "muted"))
    elif turn.state is TurnState.FAILED:
        right.append((f"  {word}", style))
    seconds = turn.seconds
    if turn.state is TurnState.ASKING:
        seconds = max(0.0, now - turn.at)
    if seconds is not None:
        right.append((f"  {span(seconds):>6}", "muted"))
    return left, right


def turn_below(turn: ModelTurn) -> Part | None:
    """The second line: how the answer begins, or why there is none."""
    if turn.state is TurnState.FAILED:
        again = f"; asks again at {exact(turn.again)}" if turn.again is not None else ""
        return (f"{turn.reason or 'no reason was given'}{again}", "warn")
    if turn.text:
        return (prose(turn.text), "muted")
    return None
