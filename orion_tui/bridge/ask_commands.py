"""Answers that cover more than one question, or change it, over the real engine."""

from collections.abc import Sequence

from orion_tui.bridge.ask_port import BatchView, Seen
from orion_tui.core.answering import Shown
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import ApprovalStatus


class AskHand:
    """The part of the lanes' hold on the engine that concerns approvals."""

    _engine: Engine

    def answer_all(self, seen: Sequence[Seen], *, approve: bool, reason: str = "") -> BatchView:
        """See AskCommands."""
        status = ApprovalStatus.APPROVED if approve else ApprovalStatus.REJECTED
        done = self._engine.answer_all([Shown(id=one.id, binding=one.binding) for one in seen], status, reason)
        left = tuple((one.title or one.id, one.why) for one in done.left_out)
        return BatchView(answered=len(done.answered), left_out=left)
