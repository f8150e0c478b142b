"""A session's checkpoints and its trash: look at what each changed, go back, and bring back what was taken back."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.bridge.timeline_port import MomentView, ReturnView, TimelineView, TrashView
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.screens.base import WIDE
from orion_tui.screens.reviewing import Reviewing
from orion_tui.screens.searching import Searching
from orion_tui.widgets.cells import Part, prose
from orion_tui.widgets.document import Document
from orion_tui.widgets.fact_line import FactLine, Facts
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.status import session_mark, sign
from orion_tui.widgets.timeline_lines import moment_lines, trash_lines
from orion_tui.widgets.timeline_list import TimelineList
from orion_tui.widgets.times import count, now_of

_AT_WORK = frozenset({SessionState.RUNNING, SessionState.PLANNING})


class TimelineScreen(Reviewing, Searching):
    """List left, detail right; stacked where there is no room. Enter or d shows the changes themselves."""

    VIEW = "timeline"
    BINDINGS = keymap.bindings("timeline")
    CSS_PATH = "timeline.tcss"

    def __init__(self, session_id: str) -> None:
        super().__init__()
        self.session_id = session_id
        self._view: TimelineView | None = None
        self._session: Session | None = None
        self._stand: tuple[object, ...] = ()

    def body(self) -> ComposeResult:
        """See View."""
        yield FactLine(id="state")
        with Horizontal(id="panes"):
            yield TimelineList(id="timeline")
            yield Document(id="detail")

    def path(self) -> tuple[str, ...]:
        """See View."""
        if self._session is None:
            return ("session", self.session_id[:8], "timeline")
        return (workspace_name(self._session), self._session.id[:8], "timeline")

    def keys(self) -> Sequence[str]:
        """See View."""
        row = self.list.selected if self.stands else None
        if isinstance(row, TrashView):
            return ("timeline.undo", "timeline.diff", "timeline.search", "timeline.log", "pane.out")
        if row is None:
            return ("timeline.log", "pane.out")
        own = ["timeline.diff", "timeline.mark", "timeline.rollback"]
        if self._view is not None and self._view.trash:
            own.append("timeline.undo")
        if self._session is not None and self._session.state in {SessionState.PAUSED, *_AT_WORK}:
            own.append("timeline.pause")
        return (*own, "timeline.since", "timeline.search", "timeline.log", "pane.out")

    @property
    def list(self) -> TimelineList:
        """The checkpoints."""
        return self.query_one("#timeline", TimelineList)

    @property
    def detail(self) -> Document:
        """The selected one."""
        return self.query_one("#detail", Document)

    @property
    def session(self) -> Session | None:
        """See Reviewing."""
        return self._session

    def searched(self) -> LineView[Any]:
        """See Searching."""
        return self.list

    def interest(self) -> Interest:
        """See View."""
        return Interest(live=self.session_id)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.list.focus()
        self._ask()

    def _ask(self) -> None:
        self.look_up(lambda engine: engine.timeline(self.session_id), self._got)

    def _got(self, view: TimelineView) -> None:
        if not self.alive:
            return
        self._view = view
        self.list.show((*view.moments, *view.trash))
        if self.size.width < WIDE:
            # Room for the detail of what is selected, whatever the number of checkpoints.
            self.list.styles.height = 2 + max(4, min(len(self.list.rows), self.size.height // 2 - 2))
        else:
            self.list.styles.height = "1fr"
        self.query_one("#state", FactLine).write(self._facts)
        self._show_detail()
        self.refresh_frame()

    def show(self, snapshot: Snapshot) -> None:
        """See View: when the session moved on, so did its timeline."""
        live = snapshot.live
        if live is None or not live.session.id.startswith(self.session_id):
            return
        self._session = live.session
        self.query_one("#state", FactLine).write(self._facts)
        stand = (live.session.state, tuple(made.number for made in live.checkpoints))
        if self._stand and stand != self._stand:
            self._ask()
        self._stand = stand

    def on_resize(self) -> None:
        """Another width, another layout."""
        if self._view is not None:
            self.call_after_refresh(self._got, self._view)

    def _facts(self, width: int) -> Facts:
        session, view = self._session, self._view
        if session is None:
            return (), ()
        mark, word, style = session_mark(session.state)
        left: list[Part] = [(f"{sign(self.orion.look.glyphs, mark)} {word}", style), ("  ", "text")]
        left += [(prose(session.goal), "strong"), (f"  {prose(session.reason)}" if session.reason else "", "muted")]
        right: list[Part] = []
        if view is not None:
            right = [("  ", "text"), (count(len(view.moments), "checkpoint"), "muted")]
            if view.trash:
                right += [("  ", "text"), (f"{len(view.trash)} in the trash", "warn")]
        return tuple(left), tuple(right) if width >= 60 else ()

    @on(LineView.Moved, "#timeline")
    def _show_detail(self) -> None:
        row, pane = self.list.selected, self.detail
        now = now_of(self)
        if row is None:
            pane.retitle("")
            pane.write(None)
        elif isinstance(row, MomentView):
            here = self.list.at == 0
            pane.retitle(row.name)
            pane.write(lambda width, _h: moment_lines(row, width, pane.look.glyphs, now, here=here))
        else:
            pane.retitle(f"trash {row.number}")
            pane.write(lambda width, _h: trash_lines(row, width, pane.look.glyphs, now))
        pane.go(0)
        self.refresh_frame()

    # Looking.

    @on(LineView.Entered, "#timeline")
    def _enter(self) -> None:
        self.action_diff()

    def action_diff(self) -> None:
        """The selected one against the one before; with marks, what lies between them."""
        row = self.list.selected
        if row is None:
            self.say("There is nothing to look at yet.", "muted")
            return
        marked = [other for other in self.list.rows if self.list.is_marked(other)]
        if marked and (len(marked) > 1 or marked[0] is not row):
            between = marked if len(marked) > 1 else [marked[0], row]
            older, newer = sorted(between, key=lambda r: (r.at, r.number))
            self.orion.open_diff(self.session_id, (older.commit, newer.commit), f"{_shown(older)} to {_shown(newer)}")
            return
        title = row.name if isinstance(row, MomentView) else f"trash {row.number}"
        self.orion.open_diff(self.session_id, (row.before, row.commit), title)

    def action_since(self) -> None:
        """From the selected one until now."""
        row, view = self.list.selected, self._view
        if row is None or view is None:
            self.say("There is nothing to look at yet.", "muted")
            return
        self.orion.open_diff(self.session_id, (row.commit, view.newest), f"{_shown(row)} to now")

    def action_mark(self) -> None:
        """Mark, and go on."""
        if (row := self.list.selected) is None:
            return
        if self.list.mark(row):
            self.list.move(1)

    # Going back, and forth.

    def action_rollback(self) -> None:
        """Show what going back takes back, then ask."""
        row, session = self.list.selected, self._session
        if not isinstance(row, MomentView):
            self.say(f"This is in the trash already; {self.key('timeline.undo')} brings it back.", "muted")
        elif session is not None and session.state in _AT_WORK:
            self._offer_pause(session)
        else:
            number = row.number
            self.command(lambda engine: engine.preview_rollback(self.session_id, number), self._ask_rollback)

    def _offer_pause(self, session: Session) -> None:
        from orion_tui.screens.dialogs import ConfirmDialog

        def answered(yes: bool | None) -> None:
            if yes:
                self.command(
                    lambda engine: engine.pause(session.id),
                    lambda _: self.orion.tell(
                        f"It pauses after the step in progress; {self.key('timeline.rollback')} then goes back.", "good"
                    ),
                )

        self.orion.push_screen(
            ConfirmDialog(
                "Pause it first?",
                session.goal,
                "The session is at work, and has to stand still to go back. The step in progress is finished first.",
            ),
            answered,
        )

    def _ask_rollback(self, view: ReturnView) -> None:
        from orion_tui.screens.returning import RollbackDialog

        def answered(yes: bool | None) -> None:
            if yes:
                self.command(lambda engine: engine.rollback(self.session_id), lambda _: self._went_back(view))

        self.orion.push_screen(RollbackDialog(view), answered)

    def _went_back(self, view: ReturnView) -> None:
        onward, undo = self.key("timeline.pause"), self.key("timeline.undo")
        self.orion.tell(f"Back at {view.name}. {onward} goes on from there, {undo} takes this back.", "good")
        self._again()

    def action_undo(self) -> None:
        """Bring back the selected piece of trash, or what was thrown away last."""
        row, view = self.list.selected, self._view
        if not isinstance(row, TrashView):
            row = view.trash[0] if view is not None and view.trash else None
        if row is None:
            self.say("The trash of this session is empty.", "muted")
            return
        number = row.number
        self.command(lambda engine: engine.preview_restore(number), lambda shown: self._ask_restore(number, shown))

    def _ask_restore(self, number: int, view: ReturnView) -> None:
        from orion_tui.screens.returning import RestoreDialog

        def answered(yes: bool | None) -> None:
            if yes:
                self.command(lambda engine: engine.restore(number), lambda _: self._came_back())

        self.orion.push_screen(RestoreDialog(view), answered)

    def _came_back(self) -> None:
        self.orion.tell("It is back, as it was.", "good")
        self._again()

    def _again(self) -> None:
        """The list as it is now, from its top: where the session stands."""
        if self.alive:
            self.list.unmark()
            self.list.go(0)
            self._ask()

    def action_next(self) -> None:
        """Next checkpoint or match."""
        if self.search_open:
            self.step_match(1)
        else:
            self.list.move(1)

    def action_previous(self) -> None:
        """Previous checkpoint or match."""
        if self.search_open:
            self.step_match(-1)
        else:
            self.list.move(-1)


def _shown(row: MomentView | TrashView) -> str:
    return row.name if isinstance(row, MomentView) else f"trash {row.number}"
