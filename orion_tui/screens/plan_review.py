"""A plan before it is worked on: looked through, mended, approved or sent back."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.base.errors import ConflictError, OrionError
from orion_tui.bridge.plan_port import Mark, PlanTask, PlanView, TaskForm
from orion_tui.bridge.port import Commands
from orion_tui.bridge.snapshots import Interest, Live, Snapshot
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.screens.answering import Answering
from orion_tui.screens.base import WIDE
from orion_tui.screens.picking import Marker, Pick
from orion_tui.widgets.cells import Part
from orion_tui.widgets.document import Document
from orion_tui.widgets.fact_line import FactLine, Facts
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.plan_detail import task_lines
from orion_tui.widgets.plan_levels import beside
from orion_tui.widgets.plan_tree import PlanTree
from orion_tui.widgets.times import count, minutes

#: A change of the plan, made on the version that is on show.
Edit = Callable[[Commands, int], PlanView]


class PlanReviewScreen(Answering):
    """Tasks left, the selected one right; stacked where there is no room."""

    VIEW = "plan"
    BINDINGS = keymap.bindings("plan")
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
        """See View."""
        view = self._view
        if view is None:
            return ("plan.log", "pane.out")
        own = ["plan.approve", "plan.send_back", "plan.edit", "plan.add", "plan.remove", "plan.needs"]
        if view.can_undo:
            own.insert(2, "plan.undo")
        if view.revision:
            own.insert(2, "plan.keep")
        return (*own, "plan.later", "plan.earlier", "lines.enter", "plan.log")

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

    def _facts(self, width: int) -> Facts:
        view, glyphs = self._view, self.orion.look.glyphs
        if view is None:
            return (("reading the plan", "muted"),), ()
        left: list[Part] = []
        if view.problems:
            told = count(len(view.problems), "thing")
            left += [(f"{glyphs.blocked} {told} to mend: {view.problems[0]}", "bad")]
        elif view.revision:
            left += [(f"{glyphs.waiting} revision", "warn"), (f"  {self._difference(view)}", "text")]
            left += [(f"  {view.note}", "muted")]
        else:
            left += [(f"{glyphs.waiting} plan", "warn"), ("  ", "text"), (view.goal, "strong")]
        right: list[Part] = []
        took = minutes(view.least, view.most)
        if took:
            right += [("  ", "text"), (took, "text"), (" in all", "muted")]
        if width >= 70:
            right += [
                ("  least sure ", "muted"),
                (f"{view.confidence:.2f}", "text" if view.confidence >= 0.7 else "warn"),
            ]
        if width >= 110 and view.author:
            right += [("  by ", "faint"), (view.author, "muted")]
        return tuple(left), tuple(right)

    @staticmethod
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

    # Answers.

    def action_approve(self) -> None:
        """Exactly what is on show."""
        view = self._view
        if view is None or self._busy or self.too_fresh(self._appeared):
            return
        if view.problems:
            self._refuse(view)
            return
        self._busy = True
        self.command(
            lambda engine: engine.approve_plan(self.session_id, view.version),
            lambda _: self._answered(
                "Approved: work goes on with this plan." if view.revision else "Approved: work starts."
            ),
            self._failed,
        )

    def _refuse(self, view: PlanView) -> None:
        self.orion.tell_error(
            OrionError(
                "This plan cannot be approved yet.",
                hint="e edits a task, x takes it out, s sends the plan back with a comment.",
                problems=view.problems,
            )
        )

    def action_send_back(self) -> None:
        """With a comment, for another try."""
        from orion_tui.screens.dialogs import ReasonDialog

        view = self._view
        if view is None or self._busy or self.too_fresh(self._appeared):
            return

        def answered(comment: str | None) -> None:
            if comment:
                self._busy = True
                self.command(
                    lambda engine: engine.send_back_plan(self.session_id, view.version, comment),
                    lambda _: self._answered("Sent back: another plan is being made."),
                    self._failed,
                )

        self.orion.push_screen(
            ReasonDialog(
                "Send the plan back",
                view.title or view.goal,
                "The model that plans is told what you say, and makes another plan.",
                required=True,
            ),
            answered,
        )

    def action_keep(self) -> None:
        """Refuse a revision."""
        from orion_tui.screens.dialogs import ConfirmDialog

        view = self._view
        if view is None or self._busy or self.too_fresh(self._appeared):
            return
        if not view.revision:
            self.say("There is no older plan: s sends this one back, x in the session cancels it.", "muted")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._busy = True
                self.command(
                    lambda engine: engine.keep_plan(self.session_id, view.version),
                    lambda _: self._answered("Kept: work goes on with the plan that it has."),
                    self._failed,
                )

        self.orion.push_screen(
            ConfirmDialog("Keep the old plan?", view.goal, "The revision is refused. What is done stays done."),
            answered,
        )

    def _answered(self, said: str) -> None:
        self._busy = False
        self.orion.leave(self)
        self.orion.tell(said, "good")

    def _failed(self, error: OrionError) -> None:
        """Somebody else was faster: show what they made of it."""
        self._busy = False
        self._then = ""
        if isinstance(error, ConflictError):
            self.say(
                "It was changed in another place meanwhile. This is how it is now; nothing of yours was done.", "warn"
            )
            self._ask()
        else:
            self.orion.tell_error(error)

    # Changes.

    def _edit(self, edit: Edit, said: str, *, then: str = "") -> None:
        view = self._view
        if view is None or self._busy:
            return
        self._busy = True

        def done(new: PlanView) -> None:
            # What came back has the cursor, so that the next key means it.
            self._then = then or next((task.id for task in new.tasks if view.task(task.id) is None), "")
            self._got(new, own=True)
            self.orion.tell(said, "good")

        self.command(lambda engine: edit(engine, view.version), done, self._failed)

    def _chosen(self) -> PlanTask | None:
        """The selected task, if it may be changed."""
        task = self.tasks.chosen
        if self._view is None or task is None:
            self.say("No task is selected.", "muted")
            return None
        if task.mark is Mark.REMOVED:
            self.say("This task is no longer in the plan; u takes the last change back.", "muted")
            return None
        if task.done:
            self.say("This task is done: a plan can no longer change it.", "muted")
            return None
        return task

    def action_edit(self) -> None:
        """The selected task in a form."""
        from orion_tui.screens.task_dialog import TaskDialog

        task, view = self._chosen(), self._view
        if task is None or view is None:
            return

        def entered(form: TaskForm | None) -> None:
            if form is not None:
                self._edit(
                    lambda engine, version: engine.change_task(self.session_id, version, task.id, form),
                    "Changed; u takes it back.",
                    then=task.id,
                )

        self.orion.push_screen(TaskDialog(view, task), entered)

    def action_add(self) -> None:
        """A new task behind the selected one."""
        from orion_tui.screens.task_dialog import TaskDialog

        view = self._view
        if view is None:
            return
        selected = self.tasks.chosen
        after = selected.id if selected is not None and selected.mark is not Mark.REMOVED else ""
        known = {task.id for task in view.tasks}

        def entered(form: TaskForm | None) -> None:
            if form is None or self._busy:
                return
            self._busy = True

            def done(new: PlanView) -> None:
                self._then = next((task.id for task in new.tasks if task.id not in known), "")
                self._got(new, own=True)
                self.orion.tell("Added; u takes it back.", "good")

            self.command(lambda engine: engine.add_task(self.session_id, view.version, form, after), done, self._failed)

        self.orion.push_screen(TaskDialog(view, None), entered)

    def action_remove(self) -> None:
        """Out with it; `u` brings it back."""
        task = self._chosen()
        if task is not None:
            self._edit(
                lambda engine, version: engine.remove_task(self.session_id, version, task.id),
                f"Task {task.number} is out; u brings it back.",
            )

    def action_needs(self) -> None:
        """Mark what must succeed first."""
        task, view = self._chosen(), self._view
        if task is None or view is None:
            return

        def marked(needs: tuple[str, ...] | None) -> None:
            if needs is not None and set(needs) != set(task.needs):
                self._edit(
                    lambda engine, version: engine.change_task(
                        self.session_id, version, task.id, TaskForm(needs=needs)
                    ),
                    "Changed; u takes it back.",
                    then=task.id,
                )

        behind = _waits_on(view, task.id)
        picks = [
            Pick(
                key=other.id,
                name=f"{other.number:>2} {other.title}",
                off="It waits for this task itself: the two would wait for each other." if other.id in behind else "",
            )
            for other in view.tasks
            if other.id != task.id
        ]
        self.orion.push_screen(Marker(f"what task {task.number} needs", picks, task.needs), marked)

    def action_later(self) -> None:
        """Down."""
        self._move(1)

    def action_earlier(self) -> None:
        """Up."""
        self._move(-1)

    def _move(self, direction: int) -> None:
        task, view = self._chosen(), self._view
        if task is None or view is None:
            return
        other = beside(view, task, direction)
        if other is None:
            self.say("The order follows from what a task needs; n changes that.", "muted")
            return
        self._edit(
            lambda engine, version: engine.move_task(self.session_id, version, task.id, other.number),
            "Moved; u takes it back.",
            then=task.id,
        )

    def action_undo(self) -> None:
        """The last change back."""
        view = self._view
        if view is not None and view.can_undo:
            self._edit(
                lambda engine, version: engine.undo_edit(self.session_id, version), "The last change is taken back."
            )
        else:
            self.say("Nothing was changed.", "muted")

    def action_log(self) -> None:
        """What happened."""
        self.orion.open_log(self.session_id)


def _waits_on(view: PlanView, task_id: str) -> set[str]:
    """Every task that cannot start before that one succeeds."""
    held = {task_id}
    while more := {task.id for task in view.tasks if held & set(task.needs)} - held:
        held |= more
    return held - {task_id}
