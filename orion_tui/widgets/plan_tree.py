"""A plan under review as lines: level, what it needs, tier, estimate, confidence, what a revision did to it."""

from collections.abc import Hashable

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.plan_port import Mark, PlanTask, PlanView
from orion_tui.widgets.cells import Part, fit, line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.plan_levels import PlanRow, RowKind, rows_of
from orion_tui.widgets.status import sign, tier_sign
from orion_tui.widgets.times import minutes

#: Widest columns of needs and estimates; they are as wide as what is in them, so that titles have the rest.
NEEDS = 8
TIER = 12
ESTIMATE = 9
CONFIDENCE = 5

_TIES = {"first": ("╭", "+"), "inner": ("│", "|"), "last": ("╰", "+"), "": (" ", " ")}
MARKS: dict[Mark, tuple[str, str]] = {
    Mark.SAME: (" ", "muted"),
    Mark.ADDED: ("+", "good"),
    Mark.REMOVED: ("-", "bad"),
    Mark.CHANGED: ("~", "warn"),
    Mark.MOVED: ("~", "muted"),
}


class PlanTree(LineView[PlanRow]):
    """The cursor walks from task to task; what the selected one needs, and what needs it, is pointed at."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(title="plan", empty=("Reading the plan ...",), id=id)
        self._number: dict[str, int] = {}
        self._revision = False
        self._needs_width: int = NEEDS
        self._estimate_width: int = ESTIMATE

    def take(self, view: PlanView) -> None:
        """Show a version of the plan."""
        self._number = {task.id: task.number for task in view.tasks}
        self._revision = view.revision
        needs = max((len(self._needs(task)) for task in view.tasks), default=0)
        estimate = max((len(minutes(task.least, task.most)) for task in view.tasks), default=0)
        widths = (min(NEEDS, needs + 2), min(ESTIMATE, estimate + 1))
        if widths != (self._needs_width, self._estimate_width):
            self._needs_width, self._estimate_width = widths
            self.refresh()
        self.show(tuple(rows_of(view)))
        if self.rows and self.rows[self.at].kind is RowKind.HEAD:
            self.go(self.at, by_user=False)

    @property
    def chosen(self) -> PlanTask | None:
        """The selected task."""
        return self.selected.task if self.selected is not None else None

    def go_to(self, task_id: str) -> None:
        """The cursor on a task."""
        for index, row in enumerate(self.rows):
            if row.task is not None and row.task.id == task_id:
                self.go(index, by_user=False)
                return

    def go(self, index: int, *, by_user: bool = True) -> None:
        """The cursor stands on tasks: a heading is passed over, the way one came."""
        count = len(self.rows)
        if not count:
            return
        index = max(0, min(index, count - 1))
        way = 1 if index >= self.at else -1
        for step in (way, -way):
            place = index
            while 0 <= place < count and self.rows[place].kind is RowKind.HEAD:
                place += step
            if 0 <= place < count:
                before = self.at
                super().go(place, by_user=by_user)
                if self.at != before:
                    # Other tasks are pointed at.
                    self.refresh()
                return

    def key_of(self, row: PlanRow) -> Hashable:
        """See LineView."""
        return (row.kind, row.text if row.task is None else row.task.id)

    def plain(self, row: PlanRow) -> str:
        """See LineView."""
        return row.text if row.task is None else row.task.title

    def _pointer(self, task: PlanTask) -> Part:
        chosen = self.chosen
        if chosen is None or chosen.id == task.id:
            return (" ", "text")
        ascii_only = self.look.glyphs.ascii
        if task.id in chosen.needs:
            return ("^" if ascii_only else "↑", "accent")
        if chosen.id in task.needs:
            return ("v" if ascii_only else "↓", "accent")
        return (" ", "text")

    def draw(self, row: PlanRow, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        task = row.task
        if task is None:
            return line(self.look, width, [(row.text, "bad" if row.alarm else "faint")], base=base)
        glyphs = self.look.glyphs
        tie = _TIES[row.tie][1 if glyphs.ascii else 0]
        left: list[Part] = [(tie, "faint"), self._pointer(task)]
        if self._revision:
            mark, style = MARKS[task.mark]
            left.append((mark, style))
        number = f"{task.number:>2} " if row.kind is RowKind.TASK else "   "
        faded = task.done or row.kind is RowKind.REMOVED
        left += [(number, "faint"), (task.title, "muted" if faded else "text")]
        return line(self.look, width, left, [*self._columns(task, width), (" ", "text")], base=base)

    def _needs(self, task: PlanTask) -> str:
        arrow = "<-" if self.look.glyphs.ascii else "←"
        numbers = sorted(self._number[name] for name in task.needs if name in self._number)
        return f"{arrow}{','.join(map(str, numbers))}" if numbers else ""

    def _columns(self, task: PlanTask, width: int) -> list[Part]:
        glyphs = self.look.glyphs
        name, word, style = tier_sign(task.shown_tier)
        parts: list[Part] = [(" ", "text")]
        if width >= 56:
            parts.append((fit(self._needs(task), self._needs_width, glyphs), "faint"))
        if task.done:
            # Its tier no longer matters.
            name, word, style = "done", "done", "good"
        parts.append((fit(f"{sign(glyphs, name)} {word}", TIER, glyphs), style))
        if width >= 48:
            parts.append((fit(minutes(task.least, task.most), self._estimate_width, glyphs, right=True), "muted"))
        sure = "warn" if task.unsure else "muted"
        parts.append((fit(f"{task.confidence:.2f}", CONFIDENCE, glyphs, right=True), sure))
        return parts
