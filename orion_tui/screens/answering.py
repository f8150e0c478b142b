"""Answering approvals: the half second of grace, what one key may do, and the reason for a refusal."""

from orion_tui.bridge.snapshots import Need
from orion_tui.core.models.sessions import Approval
from orion_tui.screens.base import View
from orion_tui.widgets.approval_card import headline
from orion_tui.widgets.needs_list import NeedsList

#: Seconds after an item appears in which keys do nothing to it (ASK-2).
GRACE = 0.5


class Answering(View):
    """A screen on which approvals are answered."""

    def too_fresh(self, appeared: float) -> bool:
        """Whether the item has stood there for so short a time that a key was meant for something else."""
        if self.orion.clock.monotonic() - appeared >= GRACE:
            return False
        self.say("This has just appeared. Read it, then press again.", "warn")
        return True

    def approve_listed(self, where: NeedsList, need: Need) -> None:
        """One key approves what its line shows whole; anything longer is opened first."""
        if need.approval is None or self.too_fresh(where.appeared(need)):
            return
        if where.whole(need):
            self.approve(need.approval)
        else:
            self.orion.open_approval(need.approval.id)
            self.orion.tell("Opened, for the line could not show all of it: a approves what you see here.", "warn")

    def reject_listed(self, where: NeedsList, need: Need) -> None:
        """A refusal needs no reading, but a reason helps the agent."""
        if need.approval is not None and not self.too_fresh(where.appeared(need)):
            self.refuse(need.approval)

    def approve(self, approval: Approval) -> None:
        """Give the word, once."""
        title = headline(approval)
        self.command(
            lambda engine: engine.approve(approval.id), lambda _: self.orion.tell(f"Approved once: {title}", "good")
        )

    def refuse(self, approval: Approval) -> None:
        """Ask for the reason, then refuse."""
        from orion_tui.screens.dialogs import ReasonDialog

        title = headline(approval)

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.command(
                    lambda engine: engine.reject_approval(approval.id, reason),
                    lambda _: self.orion.tell(f"Rejected: {title}", "warn"),
                )

        self.orion.push_screen(
            ReasonDialog("Reject", title, "The agent is told why. What depends on it will not run."), answered
        )
