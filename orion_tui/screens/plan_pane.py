"""A plan under review as it is looked at: the tasks, the selected one whole, and what both come to."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui.bridge.live_view import Live
from orion_tui.bridge.plan_port import Mark, PlanView
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.screens.answering import Answering
from orion_tui.screens.base import WIDE
from orion_tui.themes import app_of
from orion_tui.widgets.document import Document
from orion_tui.widgets.fact_line import FactLine, Facts
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.plan_detail import task_lines
from orion_tui.widgets.plan_facts import plan_facts
from orion_tui.widgets.plan_tree import PlanTree
from orion_tui.widgets.times import count


class PlanPane(Answering):
    """Tasks left, the selected one right; stacked where there is no room."""

    VIEW = "plan"
    CSS_PATH = "plan_review.tcss"

    def __init__(self, session_id: str) -> None:
        super().__init__()
        self.session_id = session_id
        self._session: Session | None = None
        self._view: PlanView | None = None
        self._appeared = float("inf")
        self._stand: tuple[object, ...] = ()
        #: Where the cursor goes when the next version is there.
        self._then = ""
        self._busy = False

    def body(self) -> ComposeResult:
        """See View."""
        yield FactLine(id="state")
        with Horizontal(id="panes"):
            yield PlanTree(id="tree")
            yield Document(id="task")

    def path(self) -> tuple[str, ...]:
        """See View."""
        if self._session is None:
            return ("session", self.session_id[:8], "plan")
        return (workspace_name(self._session), self._session.id[:8], "plan")

    def keys(self) -> Sequence[str]:
        """See View: what decides comes first, in fewer words where there is less room."""
        view = self._view
        if view is None:
            return ("plan.log", "pane.out")
        wide = self._wide
        decide = ["plan.approve", "plan.send_back"]
        if view.revision:
            decide.append("plan.keep" if wide else "plan.keep|keep")
        if view.can_undo:
            decide.append("plan.undo")
        change = ["plan.edit", "plan.add", "plan.remove" if wide else "plan.remove|out", "plan.needs"]
        return (*decide, *change, "plan.later", "plan.earlier", "lines.enter", "plan.log")

    def always(self) -> Sequence[str]:
        """See View: in a narrow terminal the palette gives its room to what is done here."""
        return super().always() if self._wide else ("app.help", "app.back")

    @property
    def _wide(self) -> bool:
        return app_of(self).size.width >= WIDE

    @property
    def tasks(self) -> PlanTree:
        """The tasks."""
        return self.query_one("#tree", PlanTree)

    @property
    def detail(self) -> Document:
        """The selected one."""
        return self.query_one("#task", Document)

    def interest(self) -> Interest:
        """See View."""
        return Interest(live=self.session_id)

    # What comes.

    def on_mount(self) -> None:
        """The tasks have the keys."""
        self.tasks.focus()
        self._ask()

    def _ask(self) -> None:
        self.look_up(lambda engine: engine.plan_view(self.session_id), self._got)

    def show(self, snapshot: Snapshot) -> None:
        """See View: what happens to the plan elsewhere is shown here."""
        live = snapshot.live
        if live is None or not live.session.id.startswith(self.session_id):
            return
        self._session = live.session
        if live.session.state is not SessionState.AWAITING_PLAN and self._view is not None and not self._busy:
            self._gone(live)
            return
        stand = (live.session.state, live.entries[-1].seq if live.entries else 0)
        if self._stand and stand != self._stand and not self._busy:
            self._ask()
        self._stand = stand
        self.query_one("#state", FactLine).write(self._facts)

    def _gone(self, live: Live) -> None:
        """Answered elsewhere, or cancelled."""
        if self.in_front:
            self.orion.leave(self)
            self.orion.tell(f"The plan waits no longer: the session is {live.session.state.value}.", "muted")

    def _got(self, view: PlanView, *, own: bool = False) -> None:
        """Show a version; one that the person's `own` change made is not new to the eye."""
        self._busy = False
        if not self.alive:
            return
        if self._view is None or (self._view.version != view.version and not own):
            self._appeared = self.orion.clock.monotonic()
        self._view = view
        self.tasks.take(view)
        if self._then:
            self.tasks.go_to(self._then)
            self._then = ""
        self.tasks.retitle(
            f"plan  {count(len(view.tasks), 'task')}" + (f"  version {view.version}" if view.version > 1 else "")
        )
        self._fit()
        self.query_one("#state", FactLine).write(self._facts)
        self._show_task()
        self.refresh_frame()

    def _fit(self) -> None:
        if self.size.width < WIDE:
            # The tasks first; what is left is the detail's.
            self.tasks.styles.height = 2 + max(4, min(len(self.tasks.rows), self.size.height * 3 // 5 - 3))
        else:
            self.tasks.styles.height = "1fr"

    def on_resize(self) -> None:
        """Another width, another layout."""
        if self._view is not None:
            self.call_after_refresh(self._fit)
            self.refresh_frame()

    def _facts(self, width: int) -> Facts:
        return plan_facts(self._view, width, self.orion.look.glyphs)

    @on(LineView.Moved, "#tree")
    def _show_task(self) -> None:
        view, task, pane = self._view, self.tasks.chosen, self.detail
        if view is None or task is None:
            pane.retitle("")
            pane.write(None)
            return
        pane.retitle(f"task {task.number}" if task.mark is not Mark.REMOVED else "task")
        pane.write(lambda width, _h: task_lines(view, task, width, pane.look.glyphs))
        pane.go(0)

    @on(LineView.Entered, "#tree")
    def _enter(self) -> None:
        self.detail.focus()

    def action_out(self) -> None:
        """From the detail to the tasks, from there out."""
        if self.focused is self.detail:
            self.tasks.focus()
        else:
            super().action_out()
