"""All sessions; more are read as the cursor comes near the end."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.bridge.snapshots import ACTIVE, PROMOTABLE, Glance, Interest, Limits, Snapshot
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.screens.reviewing import Reviewing
from orion_tui.screens.searching import Searching
from orion_tui.widgets.document import Document
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.session_detail import write_session
from orion_tui.widgets.session_list import SessionList

#: Sessions read at a time, and how near the end the cursor may come before more are.
PAGE = 500
NEAR = 100


class SessionsScreen(Reviewing, Searching):
    """The list with detail beside it on broad terminals."""

    VIEW = "sessions"
    BINDINGS = keymap.bindings("sessions")
    CSS_PATH = "sessions.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._limit = PAGE

    def body(self) -> ComposeResult:
        """See View."""
        with Horizontal(id="work"):
            yield SessionList(id="sessions", wide=True)
            yield Document(id="detail")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("sessions",)

    @property
    def sessions(self) -> SessionList:
        """The list."""
        return self.query_one("#sessions", SessionList)

    @property
    def session(self) -> Session | None:
        """See Reviewing."""
        return self.sessions.selected

    def searched(self) -> LineView[Any]:
        """See Searching."""
        return self.sessions

    def interest(self) -> Interest:
        """See View."""
        session = self.session if self.alive else None
        return Interest(selected=session.id if session is not None else "", limit=self._limit)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.sessions.focus()

    def keys(self) -> Sequence[str]:
        """See View."""
        session = self.session
        if session is None:
            return ("app.work", "app.mission", "app.approvals")
        own = ["lines.enter", "sessions.search"]
        if session.state in PROMOTABLE:
            own += ["sessions.diff", "sessions.promote", "sessions.reject", "sessions.log"]
            if session.state is SessionState.FAILED:
                own.insert(2, "sessions.retry")
        elif session.state is SessionState.PROMOTED:
            own += ["sessions.undo", "sessions.diff", "sessions.log"]
        elif session.state in ACTIVE:
            own += ["sessions.pause", "sessions.cancel", "sessions.diff", "sessions.log"]
        else:
            own += ["sessions.log"]
        return (*own, "app.work", "app.mission", "app.approvals")

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        self.sessions.show(snapshot.sessions)
        self.sessions.retitle(f"sessions  {snapshot.total:,}" if snapshot.total else "sessions")
        self._show_detail()

    def _show_detail(self) -> None:
        session, detail = self.session, self.query_one("#detail", Document)
        if session is None:
            detail.write(None)
            return
        glance = self.snapshot.glance if self.snapshot is not None else None
        if glance is None or glance.session.id != session.id:
            glance = Glance(session=session, tasks=(), limits=Limits())
        write_session(detail, glance)

    @on(LineView.Moved, "#sessions")
    def _moved(self) -> None:
        if len(self.sessions.rows) >= self._limit and self.sessions.at > len(self.sessions.rows) - NEAR:
            self._limit += PAGE
        self.attend()
        self._show_detail()
        self.refresh_frame()

    @on(LineView.Entered, "#sessions")
    def _enter(self) -> None:
        if (session := self.session) is not None:
            self.orion.open_session(session.id)

    def action_reject(self) -> None:
        """Refuse finished work."""
        self.reject_work()

    def action_next(self) -> None:
        """Next session or match."""
        if self.search_open:
            self.step_match(1)
        else:
            self.sessions.move(1)

    def action_previous(self) -> None:
        """Previous session or match."""
        if self.search_open:
            self.step_match(-1)
        else:
            self.sessions.move(-1)
