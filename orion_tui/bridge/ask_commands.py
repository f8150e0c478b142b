"""Answers that cover more than one question, or change it, over the real engine."""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import StateError
from orion_tui.bridge.ask_port import AllowedView, BatchView, EditView, PastView, ReachView, Seen
from orion_tui.core.aegis.reach import where
from orion_tui.core.answering import Shown
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import ApprovalStatus
from orion_tui.core.session.editing import Edited
from orion_tui.core.session.reach import ReachPreview


class AskHand:
    """The part of the lanes' hold on the engine that concerns approvals."""

    _engine: Engine

    def __init__(self) -> None:
        #: What was shown last: the thing that a yes is said to.
        self._edits: dict[str, tuple[Edited, str]] = {}
        self._reaches: dict[str, ReachPreview] = {}

    def answer_all(self, seen: Sequence[Seen], *, approve: bool, reason: str = "") -> BatchView:
        """See AskCommands."""
        status = ApprovalStatus.APPROVED if approve else ApprovalStatus.REJECTED
        done = self._engine.answer_all([Shown(id=one.id, binding=one.binding) for one in seen], status, reason)
        left = tuple((one.title or one.id, one.why) for one in done.left_out)
        return BatchView(answered=len(done.answered), left_out=left)

    def text_to_edit(self, approval_id: str) -> str:
        """See AskCommands."""
        return self._engine.text_to_edit(approval_id)

    def preview_edit(self, approval_id: str, text: str) -> EditView:
        """See AskCommands."""
        made = self._engine.edited(approval_id, text)
        self._edits[approval_id] = (made, text)
        return EditView(
            approval=attrs.evolve(made.approval, card=made.card),
            instead_of=made.instead_of,
            tier=made.decision.tier.value,
            reason=made.decision.reason,
        )

    def approve_edited(self, approval_id: str) -> None:
        """See AskCommands."""
        if approval_id not in self._edits:
            raise StateError("look at what was made of it first")
        self._engine.approve_edited(*self._edits.pop(approval_id))

    def preview_reach(self, approval_id: str, rules: Sequence[str] | None, *, whole_role: bool) -> ReachView:
        """See AskCommands."""
        shown = self._engine.preview_reach(approval_id, rules, whole_role=whole_role)
        self._reaches[approval_id] = shown
        return ReachView(
            rules=tuple(rule.text for rule in shown.rules),
            places=tuple(map(where, shown.rules)),
            problem=shown.problem,
            exact=shown.exact,
            wider=shown.wider,
            warnings=shown.warnings,
            matched=tuple(
                PastView(text=past.text, at=past.at, refused=past.refused, reason=past.reason) for past in shown.matched
            ),
            looked=shown.looked,
        )

    def allow_reach(self, approval_id: str, secret: str | None) -> None:
        """See AskCommands."""
        if approval_id not in self._reaches:
            raise StateError("look at what would be allowed first")
        shown = self._reaches[approval_id]
        if secret is None:
            self._engine.allow_for_session(shown)
        else:
            self._engine.allow_for_role(shown, secret)
        del self._reaches[approval_id]

    def reaches(self, session_id: str) -> tuple[AllowedView, ...]:
        """See AskCommands."""
        found = self._engine.reach_of(self._engine.session(session_id))
        return tuple(AllowedView(number=one.number, rule=one.rule, place=one.where) for one in found)

    def revoke_reach(self, session_id: str, number: int, seen: str) -> None:
        """See AskCommands."""
        self._engine.revoke_reach(session_id, number, seen)
