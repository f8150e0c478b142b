"""One session as it works: plan, actions with the rules they met, output, budgets."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from orion_tui import keymap
from orion_tui.bridge.port import Said
from orion_tui.bridge.snapshots import (
    ACTIVE,
    PROMOTABLE,
    REVIEWABLE,
    ActionView,
    Interest,
    Live,
    ModelTurn,
    Note,
    Snapshot,
    TaskHead,
    TurnState,
    question_of,
)
from orion_tui.core.models.plans import TaskStatus
from orion_tui.core.models.sessions import Session, SessionState, TaskRow
from orion_tui.screens.answering import Answering
from orion_tui.screens.base import WIDE
from orion_tui.screens.reviewing import Reviewing
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.approval_card import headline
from orion_tui.widgets.budget import amount, cost_parts, time_parts, token_parts
from orion_tui.widgets.cells import Part, prose, wrap
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.fact_line import FactLine, Facts
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.plan_list import PlanList
from orion_tui.widgets.speech import Speech
from orion_tui.widgets.status import session_mark, sign
from orion_tui.widgets.times import exact

#: Seconds between two paints of the time of an action in flight.
TICK = 1.0
#: Seconds between two looks at what the model says, while it is asked and this screen is in front.
LISTEN = 0.12


class LiveScreen(Answering, Reviewing):
    """Plan left, actions and output right; stacked where there is no room."""

    VIEW = "live"
    BINDINGS = keymap.bindings("live")
    CSS_PATH = "live.tcss"

    def __init__(self, session_id: str) -> None:
        super().__init__()
        self.session_id = session_id
        self._live: Live | None = None
        self._begun = False

    def body(self) -> ComposeResult:
        """See View."""
        yield FactLine(id="state")
        with Horizontal(id="panes"):
            yield PlanList(id="plan")
            with Vertical(id="right"):
                yield ActionLog(id="actions")
                yield Speech(id="speech")
                yield Document(title="output", empty=("No output.",), id="output")
        yield FactLine(id="budgets")

    def path(self) -> tuple[str, ...]:
        """See View."""
        if self._live is None:
            return ("session", self.session_id[:8])
        return (workspace_name(self._live.session), self._live.session.id[:8])

    @property
    def plan(self) -> PlanList:
        """The tasks."""
        return self.query_one("#plan", PlanList)

    @property
    def actions(self) -> ActionLog:
        """What was done."""
        return self.query_one("#actions", ActionLog)

    @property
    def session(self) -> Session | None:
        """See Reviewing."""
        return self._live.session if self._live is not None else None

    def interest(self) -> Interest:
        """See View."""
        return Interest(live=self.session_id)

    def on_mount(self) -> None:
        """The actions have the keys."""
        self.actions.focus()
        self.set_interval(TICK, self._tick)
        self.set_interval(LISTEN, self._listen)

    def _tick(self) -> None:
        if self.in_front and self.actions.running:
            self.actions.tick()

    # What the model says.

    @property
    def _turn(self) -> ModelTurn | None:
        """The newest question to a model."""
        entries = self._live.entries if self._live is not None else ()
        return next((entry for entry in reversed(entries) if isinstance(entry, ModelTurn)), None)

    _listening = False

    def _listen(self) -> None:
        """One look at a time, and only while something can be heard and seen."""
        turn, live = self._turn, self._live
        if self._listening or not self.in_front or live is None or turn is None or turn.state is not TurnState.ASKING:
            return
        self._listening = True
        session_id = live.session.id
        self.look_up(lambda engine: engine.words(session_id), self._heard, lambda _: self._heard(None))

    def _heard(self, said: Said | None) -> None:
        self._listening = False
        turn = self._turn
        if not self.alive or said is None or turn is None or turn.state is not TurnState.ASKING:
            return
        self._speech.hear(said.text)

    @property
    def _speech(self) -> Speech:
        return self.query_one("#speech", Speech)

    def _show_speech(self) -> None:
        """The pane is there for sessions in which models are asked; it says what was said last."""
        live, turn = self._live, self._turn
        asked = live is not None and (bool(live.session.models) or turn is not None)
        self._speech.display = asked
        if not asked:
            return
        self._speech.attend(turn, waits=live is not None and live.session.state in ACTIVE)

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        live = snapshot.live
        if snapshot.missing and self._live is None:
            missing = snapshot.missing
            self.query_one("#state", FactLine).write(lambda _: (((missing, "bad"),), ()))
        if live is None or not live.session.id.startswith(self.session_id):
            return
        self._live = live
        if self.session_id != live.session.id:
            # Opened by the beginning of its id: from here on by the whole.
            self.session_id = live.session.id
            self.attend()
        self.plan.take(live.tasks)
        if self.focused is not self.plan:
            self.plan.follow()
        self.actions.take(live.entries)
        self.query_one("#state", FactLine).write(self._state_facts)
        self.query_one("#budgets", FactLine).write(self._budget_facts)
        if self.size.width < WIDE:
            self.plan.styles.height = 2 + max(1, min(len(live.tasks), self.size.height // 4))
        else:
            self.plan.styles.height = "1fr"
        self._show_speech()
        self._show_output()

    def on_resize(self) -> None:
        """The plan's height follows."""
        if self.snapshot is not None:
            self.call_after_refresh(self.show, self.snapshot)

    def keys(self) -> Sequence[str]:
        """See View."""
        live = self._live
        if live is None:
            return ()
        state = live.session.state
        models = ["live.hint", "live.budget"] if live.session.models else []
        if state is SessionState.AWAITING_PLAN:
            own = ["live.approve|see the plan", "live.budget", "lines.enter", "live.log", "live.cancel"]
        elif live.approvals:
            question = bool(question_of(live.approvals[0]))
            own = [
                "live.approve|answer" if question else "live.approve",
                "live.reject|no answer" if question else "live.reject",
                *models,
                "lines.enter",
                "live.next",
                "live.diff",
                "live.timeline",
                "live.log",
                "live.cancel",
            ]
        elif state in PROMOTABLE:
            own = ["live.promote", "live.diff", "live.reject", "lines.enter", "live.timeline", "live.next", "live.log"]
            if state is SessionState.FAILED:
                own.insert(0, "live.retry")
        elif state is SessionState.PROMOTED:
            own = ["live.undo", "live.diff", "lines.enter", "live.timeline", "live.next", "live.log"]
        elif state in ACTIVE:
            own = [
                "lines.enter",
                *models,
                "live.diff",
                "live.pause",
                "live.timeline",
                "live.cancel",
                "live.next",
                "live.log",
            ]
            if self._failed_task is not None:
                own.insert(0, "live.retry")
        else:
            own = ["lines.enter", "live.next", "live.diff", "live.timeline", "live.log"]
        return own

    # The two lines of facts.

    def _state_facts(self, width: int) -> Facts:
        live = self._live
        if live is None:
            return (), ()
        session, glyphs = live.session, self.orion.look.glyphs
        mark, word, style = session_mark(session.state)
        left: list[Part] = [(f"{sign(glyphs, mark)} {word}", style), ("  ", "text")]
        if live.approvals:
            first, *others = live.approvals
            more = f" and {len(others)} more" if others else ""
            left += [(f"asks: {headline(first)}{more}", "warn")]
        elif (told := self._model_words()) is not None:
            left += [told, (f"  {prose(session.goal)}", "muted")]
        else:
            left += [(prose(session.goal), "strong"), (f"  {prose(session.reason)}" if session.reason else "", "muted")]
        if width < 100:
            return tuple(left), ()
        return tuple(left), (
            ("  ", "text"),
            (session.role, "muted"),
            ("  base ", "faint"),
            (session.base_commit[:8], "muted"),
        )

    def _model_words(self) -> Part | None:
        """What the session waits for from its model: a plan, or an answer after one that did not come."""
        live, turn = self._live, self._turn
        if live is None or turn is None:
            return None
        state = live.session.state
        if state is SessionState.PLANNING and turn.state is TurnState.ASKING:
            return (f"asking {turn.model} for a plan", "text")
        if state is SessionState.WAITING and turn.state is TurnState.FAILED and turn.again is not None:
            return (f"asks {turn.model} again at {exact(turn.again)}: {turn.reason}", "warn")
        return None

    def _budget_facts(self, width: int) -> Facts:
        live = self._live
        if live is None:
            return (), ()
        session, glyphs = live.session, self.orion.look.glyphs
        cells = 6 if width < 100 else 14
        left = [
            *time_parts(session, live.limits, cells, glyphs),
            ("   ", "text"),
            *cost_parts(session, live.limits, cells, glyphs),
        ]
        if tokens := token_parts(session, live.limits, short=width < 100):
            left += [("   ", "text"), *tokens]
        right: list[Part] = []
        task = self.plan.selected
        if task is not None and task.tokens and width >= 140:
            right += [(f"  task {self.plan.at + 1}: ${task.cost_usd:.2f} {amount(task.tokens)}", "muted")]
        if session.backend and (width >= 140 or not session.models):
            right += [("  ", "text"), (f"{session.backend} net:none", "muted")]
            if session.backend_lacks:
                right += [("  lacks ", "warn"), (session.backend_lacks, "warn")]
        if live.checkpoints and width >= 110:
            right += [(f"  {live.checkpoints[-1].name}", "faint")]
        return tuple(left), tuple(right)

    @on(LineView.Moved, "#plan")
    def _other_task(self) -> None:
        self.query_one("#budgets", FactLine).write(self._budget_facts)
        self.refresh_frame()

    # Output of what is selected.

    @on(LineView.Moved, "#actions")
    def _show_output(self) -> None:
        pane = self.query_one("#output", Document)
        entry = self.actions.action_with_output
        if entry is None:
            pane.retitle("output")
            pane.write(None)
            return
        text = entry.output
        pane.retitle(f"output  {entry.text.partition(' ')[2]}")
        glyphs = self.orion.look.glyphs

        def compose(width: int, height: int) -> list[DocLine]:
            del height
            return [of((piece, "muted")) for raw in text.rstrip("\n").split("\n") for piece in wrap(raw, width, glyphs)]

        pane.write(compose)
        pane.go(len(pane.rows))

    # Keys.

    @on(LineView.Entered, "#plan")
    def _enter_task(self) -> None:
        task = self.plan.selected
        if task is None:
            return
        if self.actions.go_to_task(task.id):
            self.actions.focus()
        else:
            self.say(f"{task.title}: {task.reason or 'has not begun'}.", "muted")

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

    def action_hint(self) -> None:
        """Words for the agent."""
        from orion_tui.screens.saying import HintDialog

        session = self._chosen()
        if session is None:
            return
        if not session.models:
            self.say("It follows a playbook: there is no model that could read a hint.", "muted")
            return
        if session.state not in ACTIVE:
            self._cannot(session, "told anything")
            return

        def said(text: str | None) -> None:
            if text:
                self.command(
                    lambda engine: engine.hint(session.id, text),
                    lambda _: self.orion.tell("The agent reads it before its next question.", "good"),
                )

        self.orion.push_screen(HintDialog(session.goal), said)

    def action_budget(self) -> None:
        """What it may use."""
        from orion_tui.screens.budget_dialog import BudgetDialog, NewLimits

        session, live = self._chosen(), self._live
        if session is None or live is None:
            return
        if session.state not in (*ACTIVE, *REVIEWABLE):
            self._cannot(session, "given another budget")
            return

        def entered(limits: NewLimits | None) -> None:
            if limits is not None:
                self.command(
                    lambda engine: engine.raise_budget(
                        session.id, cost_usd=limits.cost_usd, tokens=limits.tokens, hours=limits.hours
                    ),
                    lambda _: self.orion.tell("The new limits hold from now on.", "good"),
                )

        self.orion.push_screen(BudgetDialog(session, live.limits), entered)
