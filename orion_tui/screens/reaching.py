"""Answers that change what is asked, or reach further than once: the steps of each, from screen to engine."""

from orion_tui.base.errors import OrionError
from orion_tui.bridge.ask_port import EditView, ReachView
from orion_tui.bridge.snapshots import Need, question_of
from orion_tui.core.models.sessions import Approval
from orion_tui.screens.answering import GRACE, Answering
from orion_tui.widgets.approval_card import headline


class Reaching(Answering):
    """A screen on which an approval can be edited, and allowed beyond once."""

    # Edit, then approve.

    def edit(self, need: Need) -> None:
        """The text in an editor, then the gate's word on it, then the approval."""
        approval = need.approval
        if approval is None:
            return
        if question_of(approval):
            self.say("The agent asks for words: a answers.", "warn")
            return
        self.look_up(lambda engine: engine.text_to_edit(approval.id), lambda text: self._open_editor(need, text))

    def _open_editor(self, need: Need, text: str, why: str = "") -> None:
        from orion_tui.screens.edit_dialog import EditDialog
        from orion_tui.widgets.content_editor import editable

        approval = need.approval
        if approval is None:
            return
        if not editable(text):
            self.say(f"It has characters that an editor here would hide: orion approvals edit {approval.id}", "warn")
            return

        def written(made: str | None) -> None:
            if made is not None:
                self.look_up(
                    lambda engine: engine.preview_edit(approval.id, made),
                    lambda view: self._approve_edited(need, view),
                    lambda error: self._open_editor(need, made, _said(error)),
                )

        title = headline(approval)
        self.orion.push_screen(EditDialog(title, text, command=title.startswith("run "), why=why), written)

    def _approve_edited(self, need: Need, made: EditView) -> None:
        import attrs

        from orion_tui.screens.edit_dialog import EditedDialog

        def answered(yes: str | None) -> None:
            if yes is not None:
                self.command(
                    lambda engine: engine.approve_edited(made.approval.id),
                    lambda _: self.orion.tell(f"Approved as edited: {headline(made.approval)}", "good"),
                )

        shown = attrs.evolve(need, approval=made.approval)
        self.orion.push_screen(EditedDialog(shown, made, clock=self.orion.clock, grace=GRACE), answered)

    # Beyond once.

    def reach(self, need: Need) -> None:
        """How far, by which rule, and with what it would have let through: then the approval."""
        approval = need.approval
        if approval is not None:
            self.look_up(
                lambda engine: engine.preview_reach(approval.id, None, whole_role=False),
                lambda view: self._choose(need, approval, view),
            )

    def _choose(self, need: Need, approval: Approval, view: ReachView) -> None:
        from orion_tui.screens.picking import Pick, Picker

        off = f"Only once: {view.problem}" if view.problem else ""
        exact, wider = ", ".join(view.exact), ", ".join(view.wider)
        where = _places(view)
        every = f"{where}Every session of {need.session.role} that begins from now on. Takes the PIN."
        picks = [Pick(key="once", name="once", facts="exactly this", words="As a does.")]
        for key, name, words in (
            ("session", "this session", f"{where}Until the session ends, or you take it back."),
            ("role", "its role", every),
        ):
            picks.append(Pick(key=f"{key} exact", name=name, facts=exact, words=words, off=off))
            if wider:
                picks.append(Pick(key=f"{key} wider", name=name, facts=wider, words=words, off=off))

        def taken(key: str | None) -> None:
            if key == "once":
                self.approve(approval)
            elif key:
                scope, _, which = key.partition(" ")
                rules = view.wider if which == "wider" else view.exact
                self._preview(need, approval, rules, whole_role=scope == "role")

        self.orion.push_screen(Picker(f"Approve: {headline(approval)}", picks), taken)

    def _preview(self, need: Need, approval: Approval, rules: tuple[str, ...], *, whole_role: bool) -> None:
        def refused(error: OrionError) -> None:
            self._write_rule(need, approval, rules, _said(error), whole_role=whole_role)

        self.look_up(
            lambda engine: engine.preview_reach(approval.id, rules, whole_role=whole_role),
            lambda view: self._confirm(need, approval, view, whole_role=whole_role),
            refused,
        )

    def _write_rule(
        self, need: Need, approval: Approval, rules: tuple[str, ...], why: str, *, whole_role: bool
    ) -> None:
        from orion_tui.screens.edit_dialog import EditDialog

        def written(text: str | None) -> None:
            if text is not None:
                lines = tuple(line.strip() for line in text.splitlines() if line.strip())
                self._preview(need, approval, lines, whole_role=whole_role)

        told = why or "One rule a line: run(pytest *), write(docs/**); run(make test) in api holds in that directory."
        self.orion.push_screen(EditDialog("the rule", "\n".join(rules), command=True, why=told), written)

    def _confirm(self, need: Need, approval: Approval, view: ReachView, *, whole_role: bool) -> None:
        from orion_tui.screens.reach_dialog import CHANGE, ReachDialog

        def answered(said: str | None) -> None:
            if said == CHANGE:
                self._write_rule(need, approval, view.rules, "", whole_role=whole_role)
            elif said is not None and whole_role:
                self._with_credential(approval, view)
            elif said is not None:
                self.command(
                    lambda engine: engine.allow_reach(approval.id, None),
                    lambda _: self.orion.tell(f"Allowed for this session: {', '.join(view.rules)}", "good"),
                )

        self.orion.push_screen(
            ReachDialog(need, view, whole_role=whole_role, clock=self.orion.clock, grace=GRACE), answered
        )

    def _with_credential(self, approval: Approval, view: ReachView) -> None:
        from orion_tui.screens.credential_dialog import CredentialDialog

        self.orion.push_screen(
            CredentialDialog(
                self,
                "Allow for the role",
                lambda secret, done, again: self.command(
                    lambda engine: engine.allow_reach(approval.id, secret), lambda _: done(), again
                ),
            ),
            lambda done: self.orion.tell(f"Allowed for the role: {', '.join(view.rules)}", "good") if done else None,
        )


def _places(view: ReachView) -> str:
    """`Only at the root of the workspace. `; "" where nothing of it is bound to a directory."""
    from orion_tui.screens.reach_dialog import only_in

    told = " or ".join(dict.fromkeys(text for place in view.places if (text := only_in(place)))).replace(
        " or only ", " or "
    )
    return f"{told[0].upper()}{told[1:]}. " if told else ""


def _said(error: OrionError) -> str:
    return f"{error.message}. {error.hint}" if error.hint else error.message
