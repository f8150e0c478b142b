"""One action's decision in full: asked, amounts to, rule, reason, exact input, exact output, checkpoints."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from orion_tui.base.spans import span
from orion_tui.base.text import clean, reveal
from orion_tui.bridge.entry_views import ActionView
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, reveal_parts, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.entry_status import action_mark
from orion_tui.widgets.status import sign, tier_mark
from orion_tui.widgets.times import exact

LABEL = 12

#: Which layer of the gate answered, in words (ROLE-7).
_LAYERS = {
    "aegis": "AEGIS base: no role can change it",
    "hard_limits": "hard limits of the user",
    "role": "the role's authority",
    "confidence": "confidence gate",
    "special_path": "special path: always by name",
    "limits": "write limits",
}


def decision_lines(
    action: ActionView,
    step: Step | None,
    task: TaskRow | None,
    checkpoints: Sequence[Checkpoint],
    width: int,
    glyphs: Glyphs,
) -> list[DocLine]:
    """The whole story of one action for a pane of that width."""
    mark, word, style = action_mark(action.state)
    tier, tier_style = tier_mark(action.tier)
    lines: list[DocLine] = []
    for piece in wrap(action.text, width - 2, glyphs):
        lines.append(of((f"{glyphs.bar} ", style), *reveal_parts(piece, "strong")))
    lines.append(BLANK)
    add = Adder(lines, width, glyphs)
    add.row(
        "result", [(f"{sign(glyphs, mark)} {word}", style), (f"  {action.summary}" if action.summary else "", "text")]
    )
    add.row("tier", [(tier, tier_style), ("  flagged for review" if action.flagged else "", "warn")])
    add.field("rule", action.rule or "no rule of the role matches", "warn" if not action.rule else "text")
    add.field("layer", _LAYERS.get(action.layer, action.layer))
    add.field("reason", action.reason)
    for index, (kind, subject) in enumerate(action.claims):
        add.field("amounts to" if not index else "", f"{kind}({subject})" if subject else kind)
    if task is not None:
        add.field("task", task.title)
        add.field("confidence", f"{task.confidence:.2f}")
        add.field("why", task.description)
    add.field("decided", exact(action.at), "muted")
    if action.seconds is not None:
        add.field("took", span(action.seconds), "muted")
    before, after = around(action, checkpoints)
    add.field("before", f"{before.name}  {before.commit[:12]}" if before else "the base", "muted")
    add.field("after", f"{after.name}  {after.commit[:12]}" if after else "no checkpoint yet", "muted")
    for index, path in enumerate(action.changed):
        add.field("changed" if not index else "", path)
    if step is not None:
        add.heading("exact input")
        for name, value in step.action.items():
            add.field(name, _shown(name, value))
    output = _output(step, action)
    if output:
        add.heading("output")
        for raw in output.rstrip("\n").split("\n"):
            lines += [of((piece, "text")) for piece in wrap(raw, width, glyphs)]
    return lines


def around(action: ActionView, checkpoints: Sequence[Checkpoint]) -> tuple[Checkpoint | None, Checkpoint | None]:
    """The last checkpoint before the action and the first one that holds it."""
    if action.step is not None:
        before = [c for c in checkpoints if c.step < action.step]
        after = [c for c in checkpoints if c.step >= action.step]
    else:
        before = [c for c in checkpoints if c.created_at <= action.at]
        after = [c for c in checkpoints if c.created_at > action.at]
    return (before[-1] if before else None), (after[0] if after else None)


class Adder:
    """Adds labelled lines to a document of a width."""

    def __init__(self, lines: list[DocLine], width: int, glyphs: Glyphs) -> None:
        self._lines, self._width, self._glyphs = lines, width, glyphs

    def row(self, label: str, parts: list[Part]) -> None:
        """One line as it is."""
        self._lines.append(of((f"{label:<{LABEL}}  ", "muted"), *parts))

    def field(self, label: str, value: str, style: str = "text") -> None:
        """A value, revealed and wrapped; nothing for an empty one."""
        if value:
            room = max(8, self._width - LABEL - 2)
            for index, piece in enumerate(wrap(str(reveal(value)), room, self._glyphs)):
                self.row(label[:LABEL] if not index else "", reveal_parts(piece, style))

    def heading(self, text: str) -> None:
        """A blank line and a heading."""
        self._lines += [BLANK, of((text, "strong"))]


def _shown(name: str, value: Any) -> str:
    if name == "content" and isinstance(value, str):
        # File content is kept as base64, for it may be any bytes.
        try:
            return base64.b64decode(value, validate=True).decode("utf-8", "backslashreplace")
        except ValueError:
            return value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _output(step: Step | None, action: ActionView) -> str:
    if step is not None and step.result is not None:
        output = step.result.get("output", "")
        dropped = step.result.get("dropped", 0)
        if isinstance(output, str):
            return str(clean(output)) + (f"\n[{dropped:,} bytes in the middle were dropped]" if dropped else "")
    return str(clean(action.output))
