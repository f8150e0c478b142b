"""The plan of a session: tasks in order with status, tier and confidence."""

from collections.abc import Hashable, Mapping, Sequence

from rich.style import Style
from textual.strip import Strip

from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.widgets.cells import line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.plan_lines import columns_of, numbers, task_parts

_NONE = ("No plan yet.",)


class PlanList(LineView[TaskRow]):
    """Enter on a task leads to what it did."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(title="plan", empty=_NONE, id=id)
        self._number: dict[str, int] = {}
        self._seconds: Mapping[str, float] = {}
        self._columns = columns_of(())

    def take(self, tasks: Sequence[TaskRow], seconds: Mapping[str, float], *, waits: bool = False) -> None:
        """Show the tasks, with how long the work on each took; `waits` says that a plan waits for the person."""
        if seconds != self._seconds:
            self._seconds = seconds
            self.refresh()
        self.empty = ("A plan waits for you: a shows it.",) if waits else _NONE
        self._number, columns = numbers(tasks), columns_of(tasks)
        if columns != self._columns:
            self._columns = columns
            self.refresh()
        self.show(tuple(tasks))
        done = sum(1 for task in tasks if task.status.succeeded)
        self.retitle(f"plan  {done}/{len(tasks)}" if tasks else "plan")

    def follow(self) -> None:
        """Put the cursor on what happens now: the task that runs, else the one that waits."""
        for status in (TaskStatus.RUNNING, TaskStatus.WAITING):
            for index, task in enumerate(self.rows):
                if task.status is status:
                    self.go(index, by_user=False)
                    return

    def key_of(self, row: TaskRow) -> Hashable:
        """See LineView."""
        return row.id

    def plain(self, row: TaskRow) -> str:
        """See LineView."""
        return row.title

    def draw(self, row: TaskRow, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        worked = self._seconds.get(row.id)
        look = self.look
        left, right = task_parts(
            row,
            self._number,
            width,
            look.glyphs,
            tiers=self._columns,
            worked=worked,
            colored=look.colored and not base.reverse,
        )
        return line(self.look, width, left, [*right, (" ", "text")], base=base)
