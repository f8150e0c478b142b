"""How plan and touched files share the left of a live session."""

from textual import on

from orion_tui.bridge.live_view import Live
from orion_tui.screens.base import HIGH, WIDE
from orion_tui.screens.listening import Listening
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.plan_list import PlanList
from orion_tui.widgets.touched_list import TouchedList


class Sharing(Listening):
    """A screen with a plan, files and actions. Both lists where they fit, else one in the place of the other."""

    session_id: str
    #: Whether the files were asked for.
    _files = False

    @property
    def plan(self) -> PlanList:
        """The tasks."""
        return self.query_one("#plan", PlanList)

    @property
    def touched(self) -> TouchedList:
        """The files that were changed."""
        return self.query_one("#touched", TouchedList)

    @property
    def actions(self) -> ActionLog:
        """What was done."""
        return self.query_one("#actions", ActionLog)

    def share_left(self, live: Live) -> None:
        """Plan and files where both fit; else the files only where they were asked for, in the plan's place."""
        both = self.size.width >= WIDE and self.size.height >= HIGH
        self.touched.display = self._files or (both and bool(self.touched.rows))
        self.plan.display = both or not self._files
        lines = max(1, min(len(live.tasks), self.size.height // 4))
        self.plan.styles.height = 2 + lines if self.size.width < WIDE else "1fr"
        if both:
            self.touched.styles.height = 2 + max(4, min(len(self.touched.rows), self.size.height // 4))
        else:
            self.touched.styles.height = 2 + lines if self.size.width < WIDE else "1fr"

    def action_files(self) -> None:
        """The files that were changed, or the plan again."""
        if self._live is None:
            return
        self._files = not self._files or self.focused is not self.touched
        self.share_left(self._live)
        (self.touched if self._files else self.plan if self.plan.display else self.actions).focus()

    @on(LineView.Entered, "#touched")
    def _enter_file(self) -> None:
        file = self.touched.selected
        if file is not None:
            self.orion.open_diff(self.session_id, at=file.path)
