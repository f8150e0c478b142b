"""One question to a model in full: who was asked with which prompt, what it cost, and all that it answered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from orion_tui.base.spans import span
from orion_tui.base.text import clean
from orion_tui.bridge.entry_views import ModelTurn, TurnState
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import wrap
from orion_tui.widgets.decision_lines import Adder
from orion_tui.widgets.document import DocLine, of
from orion_tui.widgets.entry_status import turn_mark
from orion_tui.widgets.status import sign
from orion_tui.widgets.times import exact
from orion_tui.widgets.turn_lines import PURPOSES


def reply_lines(turn: ModelTurn, step: Step | None, task: TaskRow | None, width: int, glyphs: Glyphs) -> list[DocLine]:
    """The whole story of one question for a pane of that width."""
    mark, word, style = turn_mark(turn.state)
    lines: list[DocLine] = []
    add = Adder(lines, width, glyphs)
    add.row("result", [(f"{sign(glyphs, mark)} {word}", style), ("  " + turn.reason if turn.reason else "", "warn")])
    if turn.again is not None:
        add.field("asks again", exact(turn.again), "warn")
    add.field("model", turn.model)
    add.field("asked for", PURPOSES.get(turn.purpose, turn.purpose))
    prompt = _inner(step.action if step is not None else {}, "prompt")
    if prompt:
        add.field("prompt", str(prompt.get("name", "")))
        # In halves, so that no line ends with two digits of it.
        whole = str(prompt.get("hash", ""))
        add.field("its sha256", whole[:32], "muted")
        add.field("", whole[32:], "muted")
    if task is not None:
        add.field("task", task.title)
    result = step.result or {} if step is not None else {}
    reply = _inner(result, "reply")
    add.field("tokens", _tokens(turn, _inner(reply, "usage")))
    if turn.state is TurnState.ANSWERED:
        add.field("cost", f"${turn.cost_usd:.4f}" if turn.cost_usd is not None else "nobody knows this model's price")
    add.field("asked", exact(turn.at), "muted")
    if turn.seconds is not None:
        add.field("took", span(turn.seconds), "muted")
    text = str(reply.get("text", "")) or turn.text
    add.heading("the whole answer" if reply else "its beginning")
    shown = str(clean(text)).rstrip("\n")
    for raw in shown.split("\n") if shown else ():
        lines += [of((piece, "text")) for piece in wrap(raw, width, glyphs)]
    if not shown:
        lines.append(of(("no words", "muted")))
    for call in _list(reply, "calls"):
        add.heading(f"calls {clean(str(call.get('name', '')), keep_newlines=False)}")
        _arguments(add, call.get("arguments"))
    return lines


def _arguments(add: Adder, given: Any) -> None:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            add.field("", given)
            return
    if isinstance(given, dict):
        for name, value in cast("dict[str, Any]", given).items():
            add.field(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _tokens(turn: ModelTurn, usage: Mapping[str, Any]) -> str:
    if turn.state is not TurnState.ANSWERED:
        return ""
    told = [f"{turn.tokens:,}"]
    for name, word in (("input_tokens", "in"), ("output_tokens", "out"), ("cached_tokens", "of them from the cache")):
        value = usage.get(name)
        if isinstance(value, int) and value:
            told.append(f"{value:,} {word}")
    return told[0] + (f"  ({', '.join(told[1:])})" if len(told) > 1 else "")


def _inner(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _list(data: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = data.get(name)
    found = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()
    return [cast("Mapping[str, Any]", item) for item in found if isinstance(item, dict)]
