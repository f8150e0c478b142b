"""A plan before it is worked on: approved, sent back, or turned down for the one in force."""

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.plan_port import PlanView
from orion_tui.screens.base import View
from orion_tui.screens.plan_changes import PlanChanges
from orion_tui.themes import app_of


class PlanReviewScreen(PlanChanges):
    """The plan, with the keys that change it and those that decide on it."""

    BINDINGS = keymap.bindings("plan")

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
        if self.in_front:
            # From the decision to what comes of it: the session itself, which may be where they came from.
            from orion_tui.screens.live import LiveScreen

            below = next((one for one in reversed(app_of(self).screen_stack[:-1]) if isinstance(one, View)), None)
            self.orion.leave(self)
            if not (isinstance(below, LiveScreen) and below.session_id == self.session_id):
                self.orion.open_session(self.session_id)
        self.orion.tell(said, "good")

    def action_log(self) -> None:
        """What happened."""
        self.orion.open_log(self.session_id)
