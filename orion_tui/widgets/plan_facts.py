"""A plan under review in one line: what it is or what stands against it, and how long and how dear it may get."""

from orion_tui.bridge.plan_port import Mark, PlanView
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part
from orion_tui.widgets.fact_line import Facts
from orion_tui.widgets.times import count, minutes

#: From these widths there is room for the cost, for the least sure task, and for who made it.
_COST_FROM, _SURE_FROM, _AUTHOR_FROM = 90, 70, 120


def plan_facts(view: PlanView | None, width: int, glyphs: Glyphs) -> Facts:
    """Left and right parts; without a plan that it is being read."""
    if view is None:
        return (("reading the plan", "muted"),), ()
    left: list[Part] = []
    if view.problems:
        told = count(len(view.problems), "thing")
        left += [(f"{glyphs.blocked} {told} to mend: {view.problems[0]}", "bad")]
    elif view.revision:
        left += [(f"{glyphs.waiting} revision", "warn"), (f"  {_difference(view)}", "text")]
        left += [(f"  {view.note}", "muted")]
    else:
        left += [(f"{glyphs.waiting} plan", "warn"), ("  ", "text"), (view.goal, "strong")]
    right: list[Part] = []
    took = minutes(view.least, view.most)
    if took:
        right += [("  ", "text"), (took, "text"), (" in all", "muted")]
    if width >= _COST_FROM:
        right += _cost(view)
    if width >= _SURE_FROM:
        right += [
            ("  least sure ", "muted"),
            (f"{view.confidence:.2f}", "warn" if any(task.unsure for task in view.tasks if not task.done) else "text"),
        ]
    if width >= _AUTHOR_FROM and view.author:
        right += [("  by ", "faint"), (view.author, "muted")]
    return tuple(left), tuple(right)


def _cost(view: PlanView) -> list[Part]:
    if view.cost is not None:
        least, most, about = view.cost
        left = sum(not task.done for task in view.tasks)
        part = f" for {about} of {left}" if about < left else ""
        return [("  ", "text"), (f"${least:.2f}-{most:.2f}", "text"), (part, "muted")]
    return [("  no price known", "muted")] if view.unpriced else []


def _difference(view: PlanView) -> str:
    marks = [task.mark for task in view.tasks]
    told = [
        f"{number} {word}"
        for number, word in (
            (marks.count(Mark.ADDED), "added"),
            (len(view.removed), "removed"),
            (marks.count(Mark.CHANGED), "changed"),
            (marks.count(Mark.MOVED), "moved"),
        )
        if number
    ]
    return ", ".join(told) or "nothing differs"
