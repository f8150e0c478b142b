"""One session as it works: plan, actions with the rules they met, output, budgets, what its sandbox uses."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from orion_tui import keymap
from orion_tui.bridge.entry_views import ActionView, ModelTurn, Note, TaskHead
from orion_tui.bridge.snapshots import Interest, Limits, Snapshot, question_of
from orion_tui.core.models.sessions import Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.screens.answering import Answering
from orion_tui.screens.listening import LISTEN
from orion_tui.screens.live_facts import budget_facts, state_facts
from orion_tui.screens.live_keys import live_keys
from orion_tui.screens.metering import METER, Metering
from orion_tui.screens.sharing import Sharing
from orion_tui.screens.steering import Steering
from orion_tui.screens.turning import Turning, order
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.fact_line import FactLine
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.output_pane import OutputPane
from orion_tui.widgets.plan_list import PlanList
from orion_tui.widgets.speech import Speech
from orion_tui.widgets.touched_list import TouchedList

#: Seconds between two paints of the time of an action in flight.
TICK = 1.0


class LiveScreen(Answering, Steering, Sharing, Metering, Turning):
    """Plan left, actions and output right; stacked where there is no room."""

    VIEW = "live"
    BINDINGS = keymap.bindings("live")
    CSS_PATH = "live.tcss"

    def __init__(self, session_id: str) -> None:
        super().__init__()
        self.session_id = session_id

    def body(self) -> ComposeResult:
        """See View."""
        yield FactLine(id="state")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield PlanList(id="plan")
                yield TouchedList(id="touched")
            with Vertical(id="right"):
                yield ActionLog(id="actions")
                yield Speech(id="speech")
                yield OutputPane(id="output")
        yield FactLine(id="budgets")
        yield FactLine(id="meters")

    def path(self) -> tuple[str, ...]:
        """See View."""
        if self._live is None:
            return ("session", self.session_id[:8])
        return (workspace_name(self._live.session), self._live.session.id[:8])

    def of(self, session_id: str) -> "LiveScreen":
        """See Turning."""
        return LiveScreen(session_id)

    @property
    def session(self) -> Session | None:
        """See Reviewing."""
        return self._live.session if self._live is not None else None

    @property
    def limits(self) -> Limits | None:
        """See Steering."""
        return self._live.limits if self._live is not None else None

    def interest(self) -> Interest:
        """See View."""
        return Interest(live=self.session_id)

    def on_mount(self) -> None:
        """The actions have the keys."""
        self.actions.focus()
        self.set_interval(TICK, self._tick)
        self.set_interval(LISTEN, self._listen)
        self.set_interval(METER, self._meter)

    def _tick(self) -> None:
        if self.in_front and self.actions.running:
            self.actions.tick()

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        live = snapshot.live
        if snapshot.missing and self._live is None:
            missing = snapshot.missing
            self.query_one("#state", FactLine).write(lambda _: (((missing, "bad"),), ()))
        if live is None or not live.session.id.startswith(self.session_id):
            return
        first, self._live = self._live is None, live
        keys = keymap.keys_of(self)
        if first:
            self._meter()
        if self.session_id != live.session.id:
            # Opened by the beginning of its id: from here on by the whole.
            self.session_id = live.session.id
            self.attend()
        self.plan.take(live.tasks, live.seconds, waits=live.session.state is SessionState.AWAITING_PLAN)
        if self.focused is not self.plan:
            self.plan.follow()
        self.actions.take(live.entries)
        self.touched.take(live.entries)
        self.query_one("#state", FactLine).write(lambda width: state_facts(live, width, self.orion.look.glyphs, keys))
        self._show_budgets()
        self.share_left(live)
        self._show_speech()
        self._show_output()

    def on_resize(self) -> None:
        """The plan's height follows."""
        if self.snapshot is not None:
            self.call_after_refresh(self.show, self.snapshot)

    def keys(self) -> Sequence[str]:
        """See View."""
        others = len(order(self.snapshot, self.session_id)) > 1
        own = live_keys(self._live, failed=self._failed_task is not None) if self._live is not None else ()
        return (*own, *(("live.next_session",) if others else ()))

    def _show_budgets(self) -> None:
        live, task, number = self._live, self.plan.selected, self.plan.at + 1
        if live is not None:
            glyphs = self.orion.look.glyphs
            line = self.query_one("#budgets", FactLine)
            line.write(lambda width: budget_facts(live, task, number, width, glyphs, backend=not self.metered))

    def meters_changed(self) -> None:
        """See Metering: what holds the sandbox stands on the line of its meters."""
        self._show_budgets()

    @on(LineView.Moved, "#plan")
    def _other_task(self) -> None:
        self._show_budgets()
        self.refresh_frame()

    # Output of what is selected.

    @on(LineView.Moved, "#actions")
    def _show_output(self) -> None:
        pane = self.query_one("#output", OutputPane)
        entry = self.actions.entry
        running = self.in_flight
        if running is not None and (entry is running or self.actions.action_with_output is None or self.actions.at_end):
            pane.follow(running, self._printed)
        else:
            pane.keep(self.actions.action_with_output)

    def printed(self) -> None:
        """See Listening. Where there is no room for both, what is printed takes the place of what was said."""
        self.set_class(self._printed is not None, "-printing")
        self._show_speech()
        self._show_output()

    # Keys.

    @on(LineView.Entered, "#plan")
    def _enter_task(self) -> None:
        task = self.plan.selected
        if task is None:
            return
        if self.actions.go_to_task(task.id):
            self.actions.focus()
        else:
            told = task.reason or ("is further back: the log has it" if task.started_at else "has not begun")
            self.say(f"{task.title}: {told}.", "muted")

    @on(LineView.Entered, "#actions")
    def _enter_action(self) -> None:
        entry = self.actions.entry
        if isinstance(entry, ActionView | ModelTurn):
            self.orion.open_decision(self.session_id, entry.seq)
        elif isinstance(entry, TaskHead | Note):
            self.orion.open_event(self.session_id, entry.seq)

    def action_next(self) -> None:
        """Next notable action."""
        if not self.actions.step_notable(1):
            self.say("Nothing further on was blocked, failed, flagged or asked about; N goes back.", "muted")

    def action_previous(self) -> None:
        """Previous notable action."""
        if not self.actions.step_notable(-1):
            self.say("Nothing before was blocked, failed, flagged or asked about.", "muted")

    def action_approve(self) -> None:
        """Open what it asks, or accept."""
        live = self._live
        if live is not None and live.session.state is SessionState.AWAITING_PLAN:
            self.orion.open_plan(live.session.id)
        elif live is not None and live.approvals and question_of(live.approvals[0]):
            self.answer(live.approvals[0])
        elif live is not None and live.approvals:
            self.orion.open_approval(live.approvals[0].id)
        else:
            self.action_promote()

    def action_reject(self) -> None:
        """Refuse what it asks, or its work."""
        live = self._live
        if live is not None and live.approvals:
            self.refuse(live.approvals[0])
        else:
            self.reject_work()

    @property
    def _failed_task(self) -> TaskRow | None:
        """The selected task where that failed and its list has the keys; else the first that did."""
        tasks = self._live.tasks if self._live is not None else ()
        chosen = self.plan.selected if self.focused is self.plan else None
        failed = {TaskStatus.FAILED, TaskStatus.CANCELLED}
        if chosen is not None and chosen.status in failed:
            return chosen
        return next((task for task in tasks if task.status in failed), None)

    def action_retry(self) -> None:
        """The selected task where that failed, else everything that failed."""
        session = self._chosen()
        if session is None:
            return
        task = self.plan.selected if self.focused is self.plan else None
        if task is not None and task.status in {TaskStatus.FAILED, TaskStatus.BLOCKED, TaskStatus.CANCELLED}:
            self.retry(session, task.id)
        else:
            self.retry(session, None)
