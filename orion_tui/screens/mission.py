"""Mission control: what waits for the person first, then what happened, then what runs."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from orion_tui import keymap
from orion_tui.bridge.snapshots import ACTIVE, PROMOTABLE, Glance, Interest, Limits, Need, NeedKind, Snapshot
from orion_tui.core.models.sessions import Approval, Session, SessionState
from orion_tui.core.store.tally import Pace
from orion_tui.screens.answering import Answering
from orion_tui.screens.reviewing import Reviewing
from orion_tui.widgets.cells import Part
from orion_tui.widgets.document import Document
from orion_tui.widgets.fact_line import FactLine
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import NeedsList
from orion_tui.widgets.reasons import can_change_model, can_hurry
from orion_tui.widgets.session_detail import write_approval, write_session
from orion_tui.widgets.session_list import SessionList
from orion_tui.widgets.since_line import SinceLine
from orion_tui.widgets.spark import spark

#: Lines of the needs list before it scrolls.
NEEDS_ROWS = 8


class MissionScreen(Answering, Reviewing):
    """Needs, since, sessions; beside the sessions the detail of what is selected, where there is room."""

    VIEW = "mission"
    UNCHOSEN = "No session is selected here: Tab goes to the lists."
    BINDINGS = keymap.bindings("mission")

    def body(self) -> ComposeResult:
        """See View."""
        yield NeedsList(id="needs")
        yield SinceLine()
        with Horizontal(id="work"):
            yield SessionList(id="sessions")
            yield Document(id="detail")
        yield FactLine(id="pace")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("mission",)

    @property
    def needs(self) -> NeedsList:
        """What waits."""
        return self.query_one("#needs", NeedsList)

    @property
    def sessions(self) -> SessionList:
        """What runs and ran."""
        return self.query_one("#sessions", SessionList)

    @property
    def detail(self) -> Document:
        """The selected item."""
        return self.query_one("#detail", Document)

    _begun = False
    #: The list that had the keys last.
    _list: Widget | None = None
    #: The person chose a pane: from then on the keys stay where they were put.
    _chose = False

    def on_screen_resume(self) -> None:
        """Back again: what waits has the keys first."""
        self._chose = False
        # Who went from a number to what it was counted from goes on to the next number.
        if self.stands and self.needs.rows and not isinstance(self.focused, SinceLine):
            self.needs.focus()

    def on_key(self) -> None:
        """The person is at work here: nothing moves the keys to another pane now."""
        self._chose = True

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        waited = bool(self.needs.rows)
        self.set_class(not snapshot.sessions and not snapshot.needs, "-nothing")
        self.needs.take(snapshot.needs, self.orion.clock.monotonic())
        rows = min(max(1, len(snapshot.needs)), NEEDS_ROWS, max(3, self.size.height // 4))
        if self.needs.styles.height is None or self.needs.styles.height.value != rows + 2:
            self.needs.styles.height = rows + 2
        self.query_one(SinceLine).show(snapshot.since, snapshot.spent_today)
        self._show_pace(snapshot.pace)
        self.sessions.show(snapshot.sessions)
        listed, total = len(snapshot.sessions), snapshot.total
        # Those that go on and the newest are listed; the place in the list counts these alone.
        part = f"{listed:,} of " if listed < total else ""
        self.sessions.retitle(f"sessions  {part}{total:,}" if total else "sessions")
        if not self._begun:
            # The keys begin where something waits.
            self._begun = True
            (self.needs if snapshot.needs else self.sessions).focus()
        elif snapshot.needs and not waited and not self._chose:
            self.needs.focus()
        self._show_detail()

    def _show_pace(self, pace: Sequence[Pace]) -> None:
        line, glyphs = self.query_one("#pace", FactLine), self.orion.look.glyphs
        actions, cost = sum(part.actions for part in pace), sum(part.cost_usd for part in pace)
        self.set_class(bool(actions or cost), "-paced")
        left: list[Part] = [
            ("last 12 h  ", "muted"), *spark([part.actions for part in pace], glyphs), (f"  {actions:,}", "text"),
            (" action" if actions == 1 else " actions", "muted"),
        ]  # fmt: skip
        right: list[Part] = []
        if cost:
            right = [
                ("cost  ", "muted"), *spark([part.cost_usd for part in pace], glyphs), (f"  ${cost:,.2f}", "text")
            ]  # fmt: skip
        line.write(lambda _: (tuple(left), tuple(right)))

    def interest(self) -> Interest:
        """See View."""
        session, need = self._viewed
        alike = need.approval.alike if need is not None and need.approval is not None else ""
        return Interest(selected=session.id if session is not None else "", alike=alike)

    # What is selected: in the list that has the keys.

    @property
    def at(self) -> Widget | None:
        """Where the keys are; the detail belongs to the list that had them before."""
        return self._list if self.focused is self.detail else self.focused

    @property
    def need(self) -> Need | None:
        """The selected item that waits, while its list has the keys."""
        return self.needs.selected if self.at is self.needs else None

    @property
    def session(self) -> Session | None:
        """The session that the keys act on: one that can be seen to be selected, or none."""
        if self.at is self.needs:
            return self.need.session if self.need is not None else None
        return self.sessions.session if self.at is self.sessions else None

    @property
    def _viewed(self) -> tuple[Session | None, Need | None]:
        """What the detail shows: what is selected where the keys are, or were before they went to a number."""
        if (self.at if self.at in {self.needs, self.sessions} else self._list) is not self.needs:
            return self.sessions.session, None
        need = self.needs.selected
        return (need.session if need is not None else None), need

    def keys(self) -> Sequence[str]:
        """See View."""
        need, session = self.need, self.session
        if need is not None and need.kind is NeedKind.QUESTION:
            own = ["mission.approve|answer", "mission.reject|no answer", "mission.next", "mission.log"]
        elif need is not None and need.kind is NeedKind.STUCK:
            own = ["mission.approve|go on", "mission.model|other model", "lines.enter", "mission.next", "mission.log"]
        elif need is not None and need.kind is NeedKind.PLAN:
            own = ["mission.approve|see the plan", "mission.next", "mission.log", "mission.cancel"]
        elif need is not None and need.approval is not None:
            own = ["mission.approve", "mission.reject", "mission.next", "lines.enter", "mission.log"]
        elif self._asked_by(session) is not None:
            own = ["mission.approve", "mission.reject", "lines.enter", "mission.next", "mission.diff", "mission.log"]
        elif session is not None and session.state in PROMOTABLE and not session.tasks_done:
            own = ["mission.reject", "lines.enter", "mission.log", "mission.next"]
            if session.state is SessionState.FAILED:
                own.insert(0, "mission.retry")
        elif session is not None and session.state in PROMOTABLE:
            own = [
                "mission.approve|accept",
                "mission.diff",
                "mission.promote",
                "mission.reject",
                "lines.enter",
                "mission.log",
                "mission.next",
            ]
            if session.state is SessionState.FAILED:
                own.insert(2, "mission.retry")
        elif session is not None and session.state is SessionState.PROMOTED:
            own = ["mission.undo", "mission.diff", "lines.enter", "mission.log"]
        elif session is not None and session.state in ACTIVE:
            words = "|resume" if session.state is SessionState.PAUSED else "|try now" if can_hurry(session) else ""
            pause = f"mission.pause{words}"
            own = ["lines.enter", pause, "mission.cancel", "mission.diff", "mission.log"]
            if can_change_model(session):
                own.insert(2, "mission.model|other model")
        else:
            own = ["lines.enter"] if session is not None else ["pane.next"] if self.sessions.rows else []
        return [*own, "app.work", "app.sessions", "app.approvals"]

    def _show_detail(self) -> None:
        session, need = self._viewed
        glance = self.snapshot.glance if self.snapshot is not None else None
        if need is not None and need.approval is not None:
            write_approval(self.detail, need.approval, need.session, self.snapshot)
            return
        if session is None:
            self.detail.retitle("")
            self.detail.write(None)
            return
        if glance is None or glance.session.id != session.id:
            glance = Glance(session=session, tasks=(), limits=Limits())
        write_session(self.detail, glance)

    @on(LineView.Moved)
    def _moved(self) -> None:
        self.attend()
        self._show_detail()
        self.refresh_frame()

    def on_descendant_focus(self) -> None:
        """Another list has the keys: another item is selected."""
        if self.focused in {self.needs, self.sessions}:
            self._list = self.focused
        self._moved()

    @on(LineView.Entered, "#needs")
    def _enter_need(self) -> None:
        need = self.needs.selected
        if need is None:
            return
        if need.kind is NeedKind.QUESTION:
            self.approve_listed(self.needs, need)
        elif need.approval is not None:
            self.orion.open_approval(need.approval.id)
        elif need.kind is NeedKind.PLAN:
            self.orion.open_plan(need.session.id)
        else:
            self.orion.open_session(need.session.id)

    @on(LineView.Entered, "#sessions")
    def _enter_session(self) -> None:
        if (session := self.sessions.session) is not None:
            self.orion.open_session(session.id)

    @on(SinceLine.Opened)
    def _open_since(self, message: SinceLine.Opened) -> None:
        from orion_tui.screens.evidence import open_evidence

        if self.snapshot is not None:
            open_evidence(self.orion, self.snapshot.since, message.figure)

    # Keys.

    def action_next(self) -> None:
        """Next item that waits."""
        self._step(1)

    def action_previous(self) -> None:
        """Previous item that waits."""
        self._step(-1)

    def _step(self, direction: int) -> None:
        if not self.needs.rows:
            self.say("Nothing waits for you.", "muted")
            return
        if self.focused is not self.needs:
            self.needs.focus()
            return
        self.needs.go((self.needs.at + direction) % len(self.needs.rows))

    def action_approve(self) -> None:
        """Approve, or accept finished work."""
        need = self.need
        if need is not None and need.approval is not None:
            self.approve_listed(self.needs, need)
        elif need is not None and need.kind is NeedKind.STUCK:
            self.action_pause()
        elif (session := self.session) is not None and session.state is SessionState.AWAITING_PLAN:
            self.orion.open_plan(session.id)
        elif (asked := self._asked_by(self.session)) is not None:
            self.orion.open_approval(asked.id)
        else:
            self.action_promote()

    def action_reject(self) -> None:
        """Reject what is selected."""
        need = self.need
        if need is not None and need.approval is not None:
            self.reject_listed(self.needs, need)
        elif (asked := self._asked_by(self.session)) is not None:
            self.orion.open_approval(asked.id)
        else:
            self.reject_work()

    def _asked_by(self, session: Session | None) -> Approval | None:
        """What the session waits for, while it is selected in the list of sessions."""
        if session is None or self.need is not None:
            return None
        return next((n.approval for n in self.needs.rows if n.approval and n.session.id == session.id), None)
