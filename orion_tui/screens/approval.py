"""One approval, whole: nothing is approved that was not in view."""

from collections.abc import Sequence

from textual.app import ComposeResult

from orion_tui import keymap
from orion_tui.bridge.snapshots import Interest, Need, NeedKind, Snapshot
from orion_tui.core.models.sessions import Approval
from orion_tui.screens.reaching import Reaching
from orion_tui.widgets.document import Document
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.session_detail import write_approval
from orion_tui.widgets.times import count


class ApprovalScreen(Reaching):
    """The card. When it was answered, here or anywhere else, the next one comes; after the last, out."""

    VIEW = "approval"
    BINDINGS = keymap.bindings("approval")

    def __init__(self, approval_id: str) -> None:
        super().__init__()
        self._approval_id = approval_id
        self._need: Need | None = None
        self._appeared = float("inf")

    def body(self) -> ComposeResult:
        """See View."""
        yield Document(id="card")

    def path(self) -> tuple[str, ...]:
        """See View."""
        if self._need is None:
            return ("approval",)
        return ("approval", workspace_name(self._need.session))

    def keys(self) -> Sequence[str]:
        """See View."""
        if self._need is not None and self._need.kind is NeedKind.QUESTION:
            return ("approval.approve|answer", "approval.reject|no answer", "approval.next", "lines.down", "pane.out")
        return (
            "approval.approve",
            "approval.reach",
            "approval.edit",
            "approval.reject",
            "approval.next",
            "lines.down",
            "lines.page_down",
            "pane.out",
        )

    def interest(self) -> Interest:
        """See View."""
        if self._need is None or self._need.approval is None:
            return Interest()
        return Interest(selected=self._need.session.id, alike=self._need.approval.alike)

    @property
    def asked(self) -> Approval | None:
        """See View."""
        return self._need.approval if self._need is not None else None

    def on_mount(self) -> None:
        """The text has the keys."""
        self.query_one(Document).focus()

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        asked = self._asked(snapshot)
        need = next((n for n in asked if n.approval is not None and n.approval.id == self._approval_id), None)
        if need is None and self._need is not None:
            self._gone(asked)
            return
        self._take(need, snapshot)

    @staticmethod
    def _asked(snapshot: Snapshot) -> list[Need]:
        return [need for need in snapshot.needs if need.approval is not None]

    def _take(self, need: Need | None, snapshot: Snapshot) -> None:
        if need is None or need.approval is None:
            return
        if self._need is None or self._need.key != need.key:
            self._appeared = self.orion.clock.monotonic()
        self._need, self._approval_id, self.session_id = need, need.approval.id, need.session.id
        pane = self.query_one(Document)
        pane.begin((need.key, need.approval.id, need.approval.binding))
        write_approval(pane, need.approval, need.session, snapshot)
        waiting = len(self._asked(snapshot))
        place = next((i for i, n in enumerate(self._asked(snapshot)) if n.key == need.key), 0)
        word = "question" if need.kind is NeedKind.QUESTION else "approval"
        pane.retitle(f"{word} {place + 1} of {waiting}" if waiting > 1 else word)
        self.attend()
        self.refresh_frame()

    def _gone(self, asked: Sequence[Need]) -> None:
        """Answered: on to the next, or out. Who came from a session's own screen goes on with that session alone."""
        below = self.below
        if below is not None and below.session_id:
            asked = [need for need in asked if need.session.id.startswith(below.session_id)]
        if asked and self.snapshot is not None:
            self._need = None
            self.query_one(Document).go(0)
            self._take(asked[0], self.snapshot)
        elif self.in_front:
            said = self.footer.message
            self.orion.leave(self)
            if said:
                self.orion.tell(said, "good")

    def action_approve(self) -> None:
        """Once, exactly this; or the answer to a question."""
        if self._need is None or self._need.approval is None or self.too_fresh(self._appeared):
            return
        if self._need.kind is NeedKind.QUESTION:
            self.answer(self._need.approval)
        elif self._all_seen():
            self.approve(self._need.approval)

    def action_reject(self) -> None:
        """With a reason."""
        if self._need is not None and self._need.approval is not None and not self.too_fresh(self._appeared):
            self.refuse(self._need.approval)

    def action_edit(self) -> None:
        """Edit it, then approve what came of it."""
        if self._need is not None and not self.too_fresh(self._appeared):
            self.edit(self._need)

    def action_reach(self) -> None:
        """Beyond once."""
        if self._need is not None and not self.too_fresh(self._appeared) and self._all_seen():
            self.reach(self._need)

    def _all_seen(self) -> bool:
        """Whether all that would run or change was in view, as in a batch."""
        left = self.query_one(Document).unseen()
        if left:
            self.say(f"{count(left, 'line')} below: see them first.", "warn")
        return left == 0

    def action_next(self) -> None:
        """Next approval."""
        self._step(1)

    def action_previous(self) -> None:
        """Previous approval."""
        self._step(-1)

    def _step(self, direction: int) -> None:
        if self.snapshot is None or self._need is None:
            return
        asked = self._asked(self.snapshot)
        place = next((i for i, n in enumerate(asked) if n.key == self._need.key), 0)
        if len(asked) < 2:
            self.say("This is the only one that waits.", "muted")
            return
        self.query_one(Document).go(0)
        self._take(asked[(place + direction) % len(asked)], self.snapshot)
