"""A new goal: who works on what, where, with which model, for how much. What is wrong is said at its field."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.timer import Timer
from textual.widgets import Input, TextArea

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.goal_port import GOAL_LIMIT, FieldProblem, GoalForm, GoalRequest, Submitted
from orion_tui.screens.goal_sheet import CONTROLS, GoalSheet, role_picks
from orion_tui.screens.picking import Picker
from orion_tui.widgets.cells import Part
from orion_tui.widgets.document import Document
from orion_tui.widgets.form_field import CheckField, PickField
from orion_tui.widgets.goal_lines import about_lines, place_words
from orion_tui.widgets.paragraph import Paragraph
from orion_tui.widgets.remark import Remark

#: Seconds after the last letter until what was typed is looked at.
PAUSE = 0.3


class NewGoalScreen(GoalSheet):
    """Asks the engine about what is entered, and starts the session."""

    VIEW = "new"
    BINDINGS = keymap.bindings("new")
    TYPING: ClassVar[tuple[str, ...]] = ("app.palette", "app.manual", "pane.out")

    def __init__(self, workspace: str, draft: GoalRequest | None = None) -> None:
        super().__init__(workspace, draft)
        self._findings: tuple[str, ...] = ()
        self._problems: tuple[FieldProblem, ...] = ()
        self._looking: dict[str, Timer] = {}
        self._busy = False
        self._started = False
        self._asked_place: str | None = None

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("new goal",)

    def keys(self) -> Sequence[str]:
        """See View."""
        own = ["new.start", "pane.next|next field"]
        if isinstance(self.focused, PickField):
            own.append("new.choose")
        elif isinstance(self.focused, CheckField):
            own.append("new.switch")
        return own

    def always(self) -> Sequence[str]:
        """See View: where letters are typed, no letter is a key."""
        return self.TYPING if isinstance(self.focused, Input | TextArea) else super().always()

    # Life.

    def on_mount(self) -> None:
        """The draft is put in, and the keys go to the goal."""
        self._put_in()
        self.query_one("#about", Document).can_focus = False
        self.goal.focus()
        self._tell_length()
        self._ask_form()
        if self._draft.goal:
            self._ask_guard()

    def on_descendant_focus(self) -> None:
        """Other keys matter."""
        self.refresh_frame()

    # What comes from the engine.

    def _ask_form(self) -> None:
        place = self._entry("workspace").value
        if place == self._asked_place:
            return
        self._asked_place = place
        self.look_up(lambda engine: engine.goal_form(place), self._got_form)

    def _got_form(self, form: GoalForm) -> None:
        if not self.alive:
            return
        self._form = form
        wanted = self._role.name if self._role is not None else self._draft.role
        usable = [role for role in form.roles if not role.unusable]
        found = next((role for role in form.roles if role.name == wanted), None)
        self._take_role(found or (usable[0] if usable else None))
        place = form.place
        if place.path == self._entry("workspace").value:
            self._field("workspace").note(*place_words(place))
            said = [FieldProblem(field="workspace", message=place.problem, hint=place.hint)] if place.problem else []
            self._field("workspace").complain(said)
        snapshot = self._check("snapshot")
        snapshot.say(
            "uncommitted changes come along, as the base of the work",
            off="" if place.dirty else "nothing uncommitted" if place.root else "no repository yet",
        )
        self._show_about()

    # What is typed.

    @on(TextArea.Changed, "#goal")
    def _goal_changed(self) -> None:
        self._keep()
        self._tell_length()
        self._later("guard", self._ask_guard)

    @on(Input.Changed)
    def _entry_changed(self, event: Input.Changed) -> None:
        name = event.input.id or ""
        if name == "workspace":
            self._later("form", self._ask_form)
        elif name in {"plan", "work", "playbook"} and self._form is not None:
            self._show_models()
        if self._form is not None:
            self._show_about()

    @on(CheckField.Toggled)
    def _toggled(self) -> None:
        self._show_about()

    def _later(self, what: str, do: Callable[[], None]) -> None:
        if (timer := self._looking.get(what)) is not None:
            timer.stop()
        self._looking[what] = self.set_timer(PAUSE, do)

    def _tell_length(self) -> None:
        length = len(self.goal.text)
        self.goal.border_title = "goal"
        most = f"{GOAL_LIMIT:,} characters"
        self.goal.border_subtitle = f"{length:,} of {most}" if length > GOAL_LIMIT // 2 else f"{most} at the most"

    def _ask_guard(self) -> None:
        text = self.goal.text
        if len(text) > GOAL_LIMIT:
            self._got_guard(text, ())
        else:
            self.look_up(lambda engine: engine.guard(text), lambda found: self._got_guard(text, found))

    def _got_guard(self, text: str, findings: tuple[str, ...]) -> None:
        if not self.alive or text != self.goal.text:
            return
        self._findings = findings
        self._problems = tuple(p for p in self._problems if p.field != "goal")
        self._show_goal_remark()

    def _show_goal_remark(self, warning: str = "") -> None:
        failed, flagged = self.orion.look.glyphs.failed, self.orion.look.glyphs.flagged
        said: list[Part] = []
        length = len(self.goal.text)
        if length > GOAL_LIMIT:
            said.append((f"{failed} {length:,} characters; {GOAL_LIMIT:,} is the most. Shorten it.", "bad"))
        if warning:
            said.append((f"{failed} {warning}", "bad"))
        for problem in self._problems:
            if problem.field == "goal":
                said += [(f"{failed} {problem.message}", "bad"), (f"  {problem.hint}" if problem.hint else "", "muted")]
        said += [(f"{flagged} {finding}", "warn") for finding in self._findings]
        self.query_one("#remark-goal", Remark).say(said)

    @on(Paragraph.Cleaned)
    def _cleaned(self, event: Paragraph.Cleaned) -> None:
        self.say(f"{event.what}.", "warn")

    @on(Paragraph.Refused)
    def _refused(self, event: Paragraph.Refused) -> None:
        self._show_goal_remark(event.why)

    @on(Input.Submitted)
    def _on_to_next(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def _keep(self) -> GoalRequest:
        """Nothing that was entered is lost, however one leaves: `w` brings it back."""
        request = self._request()
        if not self._started:
            self.orion.goal_draft = request
        return request

    def _show_about(self) -> None:
        form, role = self._form, self._role
        if form is None:
            return
        request = self._keep()
        self.query_one("#about", Document).write(
            lambda width, _h: about_lines(role, form.place, request, width, self.orion.look.glyphs)
        )

    # Keys.

    def action_below(self) -> None:
        """Next field."""
        self.focus_next()

    def action_above(self) -> None:
        """Previous field."""
        self.focus_previous()

    def action_switch(self) -> None:
        """Switch the box that has the keys."""
        if isinstance(self.focused, CheckField):
            self.focused.toggle()

    def action_choose(self) -> None:
        """The list of roles."""
        form = self._form
        if isinstance(self.focused, CheckField):
            self.focused.toggle()
            return
        if form is None:
            return

        def picked(name: str | None) -> None:
            role = next((role for role in form.roles if role.name == name), None)
            if role is not None:
                self._take_role(role)
                self._show_about()

        self.orion.push_screen(
            Picker("role", role_picks(form), at=self._role.name if self._role is not None else ""), picked
        )

    def action_out(self) -> None:
        """Out; what was entered is kept."""
        kept = bool(self.goal.text.strip())
        self.orion.leave(self)
        if kept:
            self.orion.tell(f"What you entered is kept; {self.key('app.work')} brings it back.", "muted")

    def action_start(self) -> None:
        """Check, then start."""
        if self._busy:
            return
        if len(self.goal.text) > GOAL_LIMIT:
            self._show_goal_remark()
            self.goal.focus()
            return
        self._submit("")

    def _submit(self, passphrase: str) -> None:
        self._busy = True
        self.say("Checking everything ...", "muted")
        request = self._request()
        self.command(lambda engine: engine.submit_goal(request, passphrase), self._submitted, self._failed)

    def _failed(self, error: OrionError) -> None:
        self._busy = False
        self.orion.tell_error(error)

    def _submitted(self, done: Submitted) -> None:
        self._busy = False
        if done.session_id:
            self._started = True
            self.orion.goal_draft = None
            self.orion.leave(self)
            self.orion.open_session(done.session_id)
            return
        if not self.alive:
            return
        if done.needs_passphrase:
            self._ask_passphrase(done.problems[0].message if done.problems else "")
            return
        self._complain(done.problems)

    def _complain(self, problems: tuple[FieldProblem, ...]) -> None:
        self._problems = problems
        self._show_goal_remark()
        for name in list(CONTROLS)[1:]:
            self._field(name).complain(p for p in problems if p.field == name)
        said: list[Part] = []
        for problem in problems:
            if not problem.field:
                said += [(f"{self.orion.look.glyphs.failed} {problem.message}", "bad"), (f"  {problem.hint}", "muted")]
        self.query_one("#remark-all", Remark).say(said)
        count = len(problems)
        self.say(f"Nothing was started: {count} thing{'s' if count > 1 else ''} to mend.", "bad")
        fields = {problem.field for problem in problems}
        first = next((control for name, control in CONTROLS.items() if name in fields), "")
        if first:
            self.query_one(f"#{first}").focus()

    def _ask_passphrase(self, why: str) -> None:
        from orion_tui.screens.passphrase import PassphraseDialog

        self.footer.hush()

        def entered(value: str | None) -> None:
            if value:
                self._submit(value)

        self.orion.push_screen(PassphraseDialog(why), entered)
