"""Answering approvals: the half second of grace, what one key may do, and the reason for a refusal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orion_tui.bridge.snapshots import Need, question_of
from orion_tui.core.models.sessions import Approval
from orion_tui.screens.base import View
from orion_tui.widgets.approval_card import headline
from orion_tui.widgets.needs_list import NeedsList
from orion_tui.widgets.times import count

if TYPE_CHECKING:
    from orion_tui.bridge.ask_port import BatchView

#: Seconds after an item appears in which keys do nothing to it (ASK-2).
GRACE = 0.5

#: What a refusal means, whoever asked: a model looks for another way, a playbook has none.
_WHY_NOT = (
    "The agent is told why, and goes on without it. A task that only follows a plan ends here, and what needs it."
)


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
        if self.orion.bridge.read_only:
            self.orion.open_approval(need.approval.id)
        elif question_of(need.approval):
            self.answer(need.approval)
        elif where.whole(need):
            self.approve(need.approval)
        else:
            self.open_whole(need.approval)

    def open_whole(self, approval: Approval) -> None:
        """The card, for a line that could not show all that would be approved."""
        self.orion.open_approval(approval.id)
        key = self.key("approval.approve")
        self.orion.tell(f"Opened, for the line could not show all of it: {key} approves what you see here.", "warn")

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

    def answer_all(self, needs: Sequence[Need], *, approve: bool) -> None:
        """Show exactly what is marked, then answer all of it that is still what was shown."""
        from orion_tui.bridge.ask_port import Seen
        from orion_tui.screens.batch_dialog import BatchDialog, LeftOutDialog

        if approve and (words := [need for need in needs if need.approval and question_of(need.approval)]):
            # A yes tells the agent nothing; these are answered one by one.
            needs = [need for need in needs if need not in words]
        if not needs:
            self.say("What is marked asks for words: answer it by itself.", "warn")
            return
        seen = [Seen(id=a.id, binding=a.binding) for need in needs if (a := need.approval) is not None]

        def done(came: "BatchView") -> None:
            told = f"{'Approved' if approve else 'Rejected'} {came.answered} of {count(len(seen), 'item')}."
            self.orion.tell(told, "good" if approve else "warn")
            if came.left_out:
                self.orion.push_screen(LeftOutDialog(told, came.left_out))

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.command(lambda engine: engine.answer_all(seen, approve=approve, reason=reason), done)

        self.orion.push_screen(BatchDialog(needs, approve=approve, clock=self.orion.clock, grace=GRACE), answered)

    def answer(self, approval: Approval) -> None:
        """Ask for the answer to what the agent asked."""
        from orion_tui.screens.saying import AnswerDialog

        def answered(text: str | None) -> None:
            if text:
                self.command(
                    lambda engine: engine.answer(approval.id, text),
                    lambda _: self.orion.tell("Answered: the agent goes on with it.", "good"),
                )

        self.orion.push_screen(AnswerDialog(question_of(approval)), answered)

    def refuse(self, approval: Approval) -> None:
        """Ask for the reason, then refuse."""
        from orion_tui.screens.dialogs import ReasonDialog

        title = headline(approval)
        asked = question_of(approval)

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.command(
                    lambda engine: engine.reject_approval(approval.id, reason),
                    lambda _: self.orion.tell("No answer given." if asked else f"Rejected: {title}", "warn"),
                )

        if asked:
            dialog = ReasonDialog(
                "No answer", asked, "The agent is told that it gets none, and why; it goes on without."
            )
        else:
            dialog = ReasonDialog("Reject", title, _WHY_NOT)
        self.orion.push_screen(dialog, answered)
