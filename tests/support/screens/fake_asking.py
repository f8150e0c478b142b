"""The part of the scripted engine that answers many approvals at once, and changes them."""

from collections.abc import Sequence
from typing import Any

from orion_tui.bridge.ask_port import BatchView, Seen
from orion_tui.core.models.sessions import ApprovalStatus
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
