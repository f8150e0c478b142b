"""Tasks of a plan as lines: sign, number, title, what it waits for, tier, confidence, seconds."""

from collections.abc import Sequence

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.base.spans import span
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, fit, width_of
from orion_tui.widgets.status import sign, task_mark, tier_mark

#: Sign, number, title, confidence, seconds: the narrowest plan.
SECONDS = 7
CONFIDENCE = 6
_HEAD = 5
#: From which width the tier has a column of its own.
TIER_FROM = 72
#: From which width there is room for the seconds, too: the title comes first.
SECONDS_FROM = 50

#: Statuses that are told in a word too: the others' signs say enough beside their colour and place.
_TOLD = {TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.FLAGGED, TaskStatus.FAILED, TaskStatus.BLOCKED}


def numbers(tasks: Sequence[TaskRow]) -> dict[str, int]:
    """Task id to its number in the plan, from 1."""
    return {task.id: index + 1 for index, task in enumerate(tasks)}


def dependency(task: TaskRow, number: dict[str, int], glyphs: Glyphs) -> str:
    """`<- 1,3` where a task needs anything but just the one before it; "" otherwise."""
    needs = sorted(number.get(name, 0) for name in task.needs)
    own = number.get(task.id, 0)
    if needs == [own - 1] or (not needs and own == 1):
        return ""
    arrow = "<-" if glyphs.ascii else "←"
    return f"{arrow}{','.join(str(n) for n in needs)}" if needs else ""


@attrs.frozen(kw_only=True)
class Columns:
    """Cells of the status word and of the tier, in a plan that shows both: as wide as the widest in it."""

    word: int
    tier: int


def columns_of(tasks: Sequence[TaskRow]) -> Columns:
    """The columns of a plan of these tasks."""
    return Columns(
        word=max((len(task_mark(task.status)[1]) for task in tasks if task.status in _TOLD), default=0),
        tier=max((len(tier_mark(task.tier)[0]) for task in tasks), default=0),
    )


def task_parts(
    task: TaskRow,
    number: dict[str, int],
    width: int,
    glyphs: Glyphs,
    *,
    tiers: Columns | None = None,
    worked: float | None = None,
    colored: bool = False,
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Left and right parts of a line of `width` cells; `worked` is how long its steps took, where that is known.

    Where signs have a `colored` meaning beside their shape, the status word gives its room to a title that needs it.
    """
    mark, word, style = task_mark(task.status)
    seconds = ""
    if task.started_at is not None and task.finished_at is not None:
        # The row knows only the last leg, which an approval began.
        seconds = span(task.finished_at - task.started_at if worked is None else worked)
    needs = dependency(task, number, glyphs)
    right: list[Part] = []
    if needs:
        right.append((f" {needs}", "faint"))
    if tiers is not None and width >= TIER_FROM:
        name, tier_style = tier_mark(task.tier)
        if tiers.word:
            right.append(("  " + fit(word if task.status in _TOLD else "", tiers.word, glyphs), style))
        right.append(("  " + fit(name, tiers.tier, glyphs), tier_style))
    elif task.status in _TOLD:
        figures = CONFIDENCE + (SECONDS if width >= SECONDS_FROM else 0) + (len(needs) + 1 if needs else 0)
        if not colored or _HEAD + width_of(task.title, glyphs) + 2 + len(word) + figures < width:
            right.append((f"  {word}", style))
    elif tiers is not None and task.tier is not Tier.AUTONOMOUS and not task.status.finished:
        name, tier_style = tier_mark(task.tier)
        right.append((f"  {name}", tier_style))
    right.append((fit(f"{task.confidence:.2f}", CONFIDENCE, glyphs, right=True), "muted"))
    if width >= SECONDS_FROM:
        right.append((fit(seconds, SECONDS, glyphs, right=True), "muted"))
    title_style = "text" if task.status is not TaskStatus.QUEUED else "muted"
    left: list[Part] = [
        (f"{sign(glyphs, mark)} ", style),
        (f"{number.get(task.id, 0):>2} ", "faint"),
        (task.title, title_style),
    ]
    return tuple(left), tuple(right)
