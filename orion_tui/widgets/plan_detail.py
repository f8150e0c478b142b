"""One task of a plan under review, whole: what it is, what proves it, which rule gave its tier."""

from orion_tui.base.kinds import KIND_LABELS, Tier
from orion_tui.base.text import reveal
from orion_tui.bridge.plan_port import Mark, PlanTask, PlanView
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import reveal_parts, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.status import sign, tier_sign
from orion_tui.widgets.times import count, minutes

LABEL = 10

_MARKS = {Mark.ADDED: "new in this plan", Mark.REMOVED: "no longer in the plan", Mark.MOVED: "moved"}


def task_lines(view: PlanView, task: PlanTask, width: int, glyphs: Glyphs) -> list[DocLine]:
    """For a pane of that width."""
    add = _Lines(width, glyphs)
    for piece in wrap(str(reveal(task.title)), width, glyphs):
        add.lines.append(of(*reveal_parts(piece, "strong")))
    if task.mark in _MARKS:
        add.field("revision", _MARKS[task.mark], "good" if task.mark is Mark.ADDED else "warn")
    for change in task.changes:
        add.field(change.name, f"{change.before or 'none'}", "removed")
        add.field("now", f"{change.after or 'none'}", "added")
    if task.tier is Tier.FORBIDDEN and task.mark is not Mark.REMOVED:
        add.field("to mend", _mend(task), "warn")
    if task.description:
        add.field("", task.description)
    add.lines.append(BLANK)
    name, word, style = tier_sign(task.shown_tier)
    add.field("tier", f"{sign(glyphs, name)} {word}", style)
    # Without a rule the reason says that none names it.
    add.field("rule", task.rule)
    add.field("because", task.reason, "muted")
    add.field("kind", KIND_LABELS.get(task.kind, task.kind.value))
    add.field("proof", "\n".join(task.checks) or "nothing was agreed that proves it", "text" if task.checks else "warn")
    titles = {other.id: f"{other.number} {other.title}" for other in view.tasks}
    add.field("needs", "\n".join(titles.get(need, need) for need in task.needs) or "nothing", "muted")
    add.field("needed by", "\n".join(titles[o.id] for o in view.tasks if task.id in o.needs) or "nothing", "muted")
    add.field("takes", _estimate(task), "muted")
    if task.cost is not None:
        least, most, like = task.cost
        add.field("costs", f"${least:.2f} to ${most:.2f}: {count(like, 'like task')} did", "muted")
    add.field("sure", _sureness(task), "warn" if task.unsure else "muted")
    if task.agent:
        add.field("worked by", "a model: each of its actions passes the gate", "muted")
    for index, action in enumerate(task.actions):
        add.field("" if index else "does", action)
    if view.findings:
        add.lines.append(BLANK)
        add.field("kept back", "Taken out of files of the repository, before the model that planned read them:", "warn")
        for finding in view.findings:
            add.field(" ", finding, "warn")
    return add.lines


def _mend(task: PlanTask) -> str:
    if task.layer in {"aegis", "hard_limits"}:
        return "No role can grant this: take it out (x), or change what it does (e)."
    return "Change what it does (e), take it out (x), or send the plan back (s). Another role may allow it."


def _estimate(task: PlanTask) -> str:
    told = minutes(task.least, task.most)
    if not told:
        return "nobody knows"
    return f"{told}: {task.made}" if task.made else told


def _sureness(task: PlanTask) -> str:
    told = f"{task.confidence:.2f}"
    if task.approval_rate is not None:
        told += f"; you accepted {task.approval_rate:.0%} of this role's work of this kind"
    if task.unsure and not task.done:
        told += f"; below {task.asks_below:.2f} it waits for your yes before it begins"
    return told


class _Lines:
    def __init__(self, width: int, glyphs: Glyphs) -> None:
        self.lines: list[DocLine] = []
        self._width, self._glyphs = width, glyphs

    def field(self, label: str, value: str, style: str = "text") -> None:
        """A label and its value, wrapped; nothing for an empty value."""
        if not value:
            return
        room = max(8, self._width - LABEL - 1) if label else self._width
        for index, piece in enumerate(wrap(str(reveal(value)), room, self._glyphs)):
            head = f"{'' if index else label:<{LABEL}} " if label else ""
            ground = style if style in {"added", "removed"} else ""
            parts = reveal_parts(piece, "text" if ground else style)
            self.lines.append(DocLine(((head, "muted"), *parts), (), ground))
