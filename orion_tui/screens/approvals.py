"""Everything that waits for a word, over all sessions, oldest first; the card beside it."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.bridge.snapshots import Interest, Need, NeedKind, Snapshot
from orion_tui.screens.reaching import Reaching
from orion_tui.widgets.approval_queue import ApprovalQueue
from orion_tui.widgets.document import Document
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.session_detail import write_approval


class ApprovalsScreen(Reaching):
    """The queue of approvals."""

    VIEW = "approvals"
    BINDINGS = keymap.bindings("approvals")
    CSS_PATH = "approvals.tcss"

    def body(self) -> ComposeResult:
        """See View."""
        with Horizontal(id="work"):
            queue = ApprovalQueue(id="queue")
            queue.empty = (
                "No approval waits.",
                "",
                "The agent asks here before it does what its role",
                "may not do by itself, and when it does not know.",
            )
            yield queue
            yield Document(id="card")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("approvals",)

    def keys(self) -> Sequence[str]:
        """See View."""
        if self._need is None:
            return ("app.mission", "app.sessions")
        if marked := len(self.queue.marks):
            return (
                f"approvals.approve|approve {marked}",
                f"approvals.reject|reject {marked}",
                "approvals.mark",
                "approvals.mark_like",
                "approvals.next",
                "lines.enter",
            )
        question = self._need.kind is NeedKind.QUESTION
        return (
            "approvals.approve|answer" if question else "approvals.approve",
            "approvals.reject|no answer" if question else "approvals.reject",
            "approvals.reach",
            "approvals.edit",
            "approvals.mark",
            "approvals.mark_like",
            "approvals.next",
            "lines.enter",
            "pane.next",
            "app.mission",
            "app.sessions",
        )

    @property
    def queue(self) -> ApprovalQueue:
        """The list."""
        return self.query_one("#queue", ApprovalQueue)

    @property
    def _need(self) -> Need | None:
        return self.queue.selected if self.alive else None

    def interest(self) -> Interest:
        """See View."""
        need = self._need
        if need is None or need.approval is None:
            return Interest()
        return Interest(selected=need.session.id, alike=need.approval.alike)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.queue.focus()

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        asked = [need for need in snapshot.needs if need.approval is not None]
        self.queue.take(asked, self.orion.clock.monotonic())
        self._retitle()
        self._show_card()

    @on(LineView.Moved)
    def _moved(self) -> None:
        self.attend()
        self._show_card()
        self.refresh_frame()

    def _show_card(self) -> None:
        card, need = self.query_one("#card", Document), self._need
        if need is None or need.approval is None:
            card.retitle("")
            card.write(None)
        else:
            write_approval(card, need.approval, need.session, self.snapshot)

    @on(LineView.Entered, "#queue")
    def _enter(self) -> None:
        need = self._need
        if need is None or need.approval is None:
            return
        if need.kind is NeedKind.QUESTION:
            self.approve_listed(self.queue, need)
        else:
            self.orion.open_approval(need.approval.id)

    def _retitle(self) -> None:
        count, marked = len(self.queue.rows), len(self.queue.marks)
        title = f"approvals  {count}" if count else "approvals"
        self.queue.retitle(f"{title}  marked {marked}" if marked else title)

    def action_mark(self) -> None:
        """Mark the selected one, and go on to the next."""
        if (need := self._need) is not None:
            self.queue.mark((need,))
            self._retitle()
            self.queue.move(1)
            self.refresh_frame()

    def action_mark_like(self) -> None:
        """Mark the selected one's whole group."""
        if (need := self._need) is not None:
            self.queue.mark(self.queue.like(need))
            self._retitle()
            self.refresh_frame()

    def action_approve(self) -> None:
        """Approve what is marked, else the selected one."""
        if marked := self.queue.marked:
            self.answer_all(marked, approve=True)
        elif (need := self._need) is not None:
            self.approve_listed(self.queue, need)

    def action_reject(self) -> None:
        """Refuse what is marked, else the selected one."""
        if marked := self.queue.marked:
            self.answer_all(marked, approve=False)
        elif (need := self._need) is not None:
            self.reject_listed(self.queue, need)

    def action_edit(self) -> None:
        """Edit the selected one, then approve what came of it."""
        if (need := self._need) is not None and not self.too_fresh(self.queue.appeared(need)):
            self.edit(need)

    def action_reach(self) -> None:
        """The selected one beyond once."""
        if (need := self._need) is not None and not self.too_fresh(self.queue.appeared(need)):
            self.reach(need)

    def action_next(self) -> None:
        """Next."""
        self.queue.move(1)

    def action_previous(self) -> None:
        """Previous."""
        self.queue.move(-1)
