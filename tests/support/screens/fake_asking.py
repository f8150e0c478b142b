"""The part of the scripted engine that answers many approvals at once, and changes them."""

from collections.abc import Sequence
from typing import Any

import attrs

from orion_tui.base.errors import WrongCredential
from orion_tui.bridge.ask_port import AllowedView, BatchView, EditView, ReachView, Seen
from orion_tui.core.models.sessions import Approval, ApprovalStatus
from tests.support.screens.world import World


class FakeAsking:
    """See FakeCommands."""

    _world: World

    def _called(self, name: str, *details: Any) -> None:
        raise NotImplementedError

    def _answer(self, approval_id: str, status: ApprovalStatus) -> None:
        raise NotImplementedError

    def answer_all(self, seen: Sequence[Seen], *, approve: bool, reason: str = "") -> BatchView:
        self._called("answer_all", tuple(one.id for one in seen), approve, reason)
        waiting = {a.id: a for a in self._world.approvals if a.status is ApprovalStatus.PENDING}
        left: list[tuple[str, str]] = []
        for one in seen:
            if one.id not in waiting or waiting[one.id].binding != one.binding:
                title = next((str(a.card["title"]) for a in self._world.approvals if a.id == one.id), one.id)
                left.append((title, "its inputs changed"))
                continue
            self._answer(one.id, ApprovalStatus.APPROVED if approve else ApprovalStatus.REJECTED)
        return BatchView(answered=len(seen) - len(left), left_out=tuple(left))

    def text_to_edit(self, approval_id: str) -> str:
        self._called("text_to_edit", approval_id)
        return str(self._asked(approval_id).card["text"])

    def preview_edit(self, approval_id: str, text: str) -> EditView:
        self._called("preview_edit", approval_id, text)
        asked = self._asked(approval_id)
        card = {**asked.card, "title": f"run {text}", "text": text, "preview": text}
        return EditView(
            approval=attrs.evolve(asked, card=card),
            instead_of=str(asked.card["title"]),
            tier="requires_approval",
            reason="adding a dependency needs approval",
        )

    def approve_edited(self, approval_id: str) -> None:
        self._called("approve_edited", approval_id)
        self._answer(approval_id, ApprovalStatus.APPROVED)

    def preview_reach(self, approval_id: str, rules: Sequence[str] | None, *, whole_role: bool) -> ReachView:
        self._called("preview_reach", approval_id, tuple(rules) if rules is not None else None, whole_role)
        view = self._world.reach
        return attrs.evolve(view, rules=tuple(rules)) if rules is not None else view

    def allow_reach(self, approval_id: str, secret: str | None) -> None:
        self._called("allow_reach", approval_id, secret is not None)
        if secret is not None and secret != self._world.pin:
            raise WrongCredential("wrong PIN; 4 attempts are left")
        self._answer(approval_id, ApprovalStatus.APPROVED)

    def reaches(self, session_id: str) -> tuple[AllowedView, ...]:
        self._called("reaches", session_id)
        return self._world.allowed

    def revoke_reach(self, session_id: str, number: int, seen: str) -> None:
        self._called("revoke_reach", session_id, number, seen)

    def _asked(self, approval_id: str) -> Approval:
        return next(a for a in self._world.approvals if a.id == approval_id)
