"""Everything that waits for a word, over all sessions: approvals, plans, and what cannot go on; beside it the card."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.bridge.snapshots import Glance, Interest, Limits, Need, NeedKind, Snapshot
from orion_tui.screens.reaching import Reaching
from orion_tui.widgets.approval_queue import ApprovalQueue
from orion_tui.widgets.document import Document
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.session_detail import write_approval, write_session


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
                "Plans that want to be seen stand here, too.",
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
        if self._need.approval is None:
            word = "see the plan" if self._need.kind is NeedKind.PLAN else "go on"
            return (f"approvals.approve|{word}", "lines.enter", "approvals.next", "app.mission", "app.sessions")
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
        if need is None:
            return Interest()
        return Interest(selected=need.session.id, alike=need.approval.alike if need.approval is not None else "")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.queue.focus()

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        waiting = [need for need in snapshot.needs if need.kind is not NeedKind.REVIEW]
        self.queue.take(waiting, self.orion.clock.monotonic())
        self._retitle()
        self._show_card()

    @on(LineView.Moved)
    def _moved(self) -> None:
        self.attend()
        self._show_card()
        self.refresh_frame()

    def _show_card(self) -> None:
        card, need = self.query_one("#card", Document), self._need
        self.set_class(need is None, "-nothing")
        if need is None:
            card.retitle("")
            card.write(None)
        elif need.approval is None:
            glance = self.snapshot.glance if self.snapshot is not None else None
            known = glance is not None and glance.session.id == need.session.id
            write_session(card, glance if glance and known else Glance(session=need.session, tasks=(), limits=Limits()))
        else:
            write_approval(card, need.approval, need.session, self.snapshot)

    @on(LineView.Entered, "#queue")
    def _enter(self) -> None:
        need = self._need
        if need is None:
            return
        if need.kind is NeedKind.PLAN:
            self.orion.open_plan(need.session.id)
        elif need.approval is None:
            self.orion.open_session(need.session.id)
        elif need.kind is NeedKind.QUESTION:
            self.approve_listed(self.queue, need)
        else:
            self.orion.open_approval(need.approval.id)

    def _retitle(self) -> None:
        kinds, marked = [need.kind for need in self.queue.rows], len(self.queue.marks)
        plans, stuck = kinds.count(NeedKind.PLAN), kinds.count(NeedKind.STUCK)
        counts = (("approvals", len(kinds) - plans - stuck), ("plans", plans), ("paused", stuck))
        title = "   ".join(f"{name}  {number}" for name, number in counts if number) or "approvals"
        self.queue.retitle(f"{title}  marked {marked}" if marked else title)

    def action_mark(self) -> None:
        """Mark the selected one, and go on to the next."""
        if (need := self._asked()) is not None:
            self.queue.mark((need,))
            self._retitle()
            self.queue.move(1)
            self.refresh_frame()

    def action_mark_like(self) -> None:
        """Mark the selected one's whole group."""
        if (need := self._asked()) is not None:
            self.queue.mark(self.queue.like(need))
            self._retitle()
            self.refresh_frame()

    def action_approve(self) -> None:
        """Approve what is marked, else the selected one; of a plan the review opens, for nobody approves it unread."""
        need = self._need
        if marked := self.queue.marked:
            self.answer_all(marked, approve=True)
        elif need is None:
            return
        elif need.kind is NeedKind.PLAN:
            self.orion.open_plan(need.session.id)
        elif need.kind is NeedKind.STUCK:
            self._go_on(need)
        else:
            self.approve_listed(self.queue, need)

    def _go_on(self, need: Need) -> None:
        if not self.too_fresh(self.queue.appeared(need)):
            self.command(lambda engine: engine.resume(need.session.id), lambda _: self.orion.tell("Resumed.", "good"))

    def _asked(self) -> Need | None:
        """The selected approval; what else is selected is said to be none."""
        need = self._need
        if need is not None and need.approval is None:
            plan = need.kind is NeedKind.PLAN
            self.say("A plan is answered in its review: Enter." if plan else "Enter opens the session.", "muted")
            return None
        return need

    def action_reject(self) -> None:
        """Refuse what is marked, else the selected one."""
        if marked := self.queue.marked:
            self.answer_all(marked, approve=False)
        elif (need := self._asked()) is not None:
            self.reject_listed(self.queue, need)

    def action_edit(self) -> None:
        """Edit the selected one, then approve what came of it."""
        if (need := self._asked()) is not None and not self.too_fresh(self.queue.appeared(need)):
            self.edit(need)

    def action_reach(self) -> None:
        """The selected one beyond once."""
        need = self._asked()
        if need is None or need.approval is None or self.too_fresh(self.queue.appeared(need)):
            return
        if self.queue.whole(need):
            self.reach(need)
        else:
            self.open_whole(need.approval)  # for `once` is among the answers, and a rule names no content

    def action_next(self) -> None:
        """Next."""
        self.queue.move(1)

    def action_previous(self) -> None:
        """Previous."""
        self.queue.move(-1)
