"""What a person says to work that goes on: a hint for the agent, another budget."""

from orion_tui.bridge.ask_port import AllowedView
from orion_tui.bridge.snapshots import ACTIVE, REVIEWABLE, Limits
from orion_tui.core.models.sessions import Session
from orion_tui.screens.reviewing import Reviewing


class Steering(Reviewing):
    """A screen on which a session is steered."""

    @property
    def limits(self) -> Limits | None:
        """What the session may use; None before it is known."""
        raise NotImplementedError

    def action_hint(self) -> None:
        """Words for the agent."""
        from orion_tui.screens.saying import HintDialog

        session = self._chosen()
        if session is None:
            return
        if not session.models:
            self.say("It follows a playbook: there is no model that could read a hint.", "muted")
            return
        if session.state not in ACTIVE:
            self._cannot(session, "told anything")
            return

        def said(text: str | None) -> None:
            if text:
                self.command(
                    lambda engine: engine.hint(session.id, text),
                    lambda _: self.orion.tell("The agent reads it before its next question.", "good"),
                )

        self.orion.push_screen(HintDialog(session.goal), said)

    def action_reach(self) -> None:
        """What it is allowed beyond its role, and taking that back."""
        session = self._chosen()
        if session is not None:
            self.look_up(lambda engine: engine.reaches(session.id), lambda found: self._allowed(session, found))

    def _allowed(self, session: Session, found: tuple[AllowedView, ...]) -> None:
        from orion_tui.screens.picking import Pick, Picker
        from orion_tui.screens.reach_dialog import only_in

        if not found:
            self.say("Nothing is allowed here beyond the role. A on an approval does so.", "muted")
            return
        picks = [
            Pick(
                key=str(one.number),
                name=one.rule,
                facts=only_in(one.place),
                words="Enter takes it back, from the next action on.",
            )
            for one in found
        ]

        rules = {pick.key: pick.name for pick in picks}

        def taken(key: str | None) -> None:
            if key is not None:
                self.command(
                    lambda engine: engine.revoke_reach(session.id, int(key), rules[key]),
                    lambda _: self.orion.tell("Taken back: it is asked about again.", "warn"),
                )

        self.orion.push_screen(Picker("Allowed beyond the role", picks), taken)

    def action_budget(self) -> None:
        """What it may use."""
        from orion_tui.screens.budget_dialog import BudgetDialog, NewLimits

        session, limits = self._chosen(), self.limits
        if session is None or limits is None:
            return
        if session.state not in (*ACTIVE, *REVIEWABLE):
            self._cannot(session, "given another budget")
            return

        def entered(wanted: NewLimits | None) -> None:
            if wanted is not None:
                self.command(
                    lambda engine: engine.raise_budget(
                        session.id, cost_usd=wanted.cost_usd, tokens=wanted.tokens, hours=wanted.hours
                    ),
                    lambda _: self.orion.tell("The new limits hold from now on.", "good"),
                )

        self.orion.push_screen(BudgetDialog(session, limits), entered)
