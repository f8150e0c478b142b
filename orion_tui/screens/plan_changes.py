"""What a person does to the tasks of a plan under review: every change is a version, and can be taken back."""

from collections.abc import Callable

from orion_tui.base.errors import ConflictError, OrionError
from orion_tui.bridge.plan_port import Mark, PlanTask, PlanView, TaskForm
from orion_tui.bridge.port import Commands
from orion_tui.screens.picking import Marker, Pick
from orion_tui.screens.plan_pane import PlanPane
from orion_tui.widgets.plan_levels import beside

#: A change of the plan, made on the version that is on show.
Edit = Callable[[Commands, int], PlanView]


class PlanChanges(PlanPane):
    """The plan, with the keys that change it."""

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
                    f"Changed; {self.key('plan.undo')} takes it back.",
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
                self.orion.tell(f"Added; {self.key('plan.undo')} takes it back.", "good")

            self.command(lambda engine: engine.add_task(self.session_id, view.version, form, after), done, self._failed)

        self.orion.push_screen(TaskDialog(view, None), entered)

    def action_remove(self) -> None:
        """Out with it; `u` brings it back."""
        task = self._chosen()
        if task is not None:
            self._edit(
                lambda engine, version: engine.remove_task(self.session_id, version, task.id),
                f"Task {task.number} is out; {self.key('plan.undo')} brings it back.",
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
                    f"Changed; {self.key('plan.undo')} takes it back.",
                    then=task.id,
                )

        behind = _waits_on(view, task.id)
        picks = [
            Pick(
                key=other.id,
                name=f"{other.number:>2} {other.title}",
                off="It waits for this task: the two would wait for each other." if other.id in behind else "",
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
            f"Moved; {self.key('plan.undo')} takes it back.",
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


def _waits_on(view: PlanView, task_id: str) -> set[str]:
    """Every task that cannot start before that one succeeds."""
    held = {task_id}
    while more := {task.id for task in view.tasks if held & set(task.needs)} - held:
        held |= more
    return held - {task_id}
