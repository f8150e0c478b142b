"""All sessions, or some of them, read by the page: what needs a person first, each group newest first."""

from collections.abc import Sequence
from typing import Any

import attrs
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.session_pager import PAGE, SessionPager
from orion_tui.bridge.snapshots import ACTIVE, PROMOTABLE, Glance, Interest, Limits, Snapshot
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store.session_pages import SessionFilter
from orion_tui.screens.reviewing import Reviewing
from orion_tui.screens.searching import SearchBar
from orion_tui.widgets.document import Document
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.reasons import can_change_model
from orion_tui.widgets.session_detail import write_session
from orion_tui.widgets.session_list import NO_WORK, SessionList
from orion_tui.widgets.status import session_mark

#: Rows that are read before and behind what is in view.
AROUND = PAGE // 2


class SessionsScreen(Reviewing):
    """The list with detail beside it on broad terminals. `which` and `words` for some of the sessions only."""

    VIEW = "sessions"
    BINDINGS = keymap.bindings("sessions")
    CSS_PATH = "sessions.tcss"

    def __init__(self, which: SessionFilter | None = None, words: str = "") -> None:
        super().__init__()
        self._which = which or SessionFilter()
        self._words = words
        #: The sessions of the last snapshot: read anew exactly when something was committed.
        self._listed: tuple[Session, ...] | None = None
        #: What was typed to filter by.
        self._typed = ""
        self._pager = SessionPager(self._which, self._read, self._changed, self._broke)

    def body(self) -> ComposeResult:
        """See View."""
        with Horizontal(id="work"):
            yield SessionList(id="sessions", wide=True)
            yield Document(id="detail")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("sessions", self._words) if self._words else ("sessions",)

    @property
    def sessions(self) -> SessionList:
        """The list."""
        return self.query_one("#sessions", SessionList)

    @property
    def session(self) -> Session | None:
        """See Reviewing."""
        return self.sessions.session

    def interest(self) -> Interest:
        """See View."""
        session = self.session if self.alive else None
        return Interest(selected=session.id if session is not None else "")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.sessions.empty = ("Reading ...",)
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
            if can_change_model(session):
                own.insert(2, "sessions.model|other model")
        else:
            own += ["sessions.log"]
        return (*own, "app.work", "app.mission", "app.approvals")

    def show(self, snapshot: Snapshot) -> None:
        """See View: something was committed, which may concern what is in view."""
        if snapshot.sessions is not self._listed:
            # Another selection alone brings a snapshot, too, and changes nothing here.
            self._listed = snapshot.sessions
            self._pager.stale()
        self._show_detail()

    # Reading.

    def _read(self, job: Any, done: Any, failed: Any = None) -> None:
        self.orion.read(job, done, failed)

    def _broke(self, error: OrionError) -> None:
        if self.alive:
            self.orion.tell_error(error)

    def _changed(self) -> None:
        if not self.alive:
            return
        listed, rows = self.sessions, self._pager.rows
        if not len(rows):
            none_like_that = ("No session is like that.", "", "Esc shows all." if self._typed else "")
            listed.empty = none_like_that if self._typed or not self._which.all else NO_WORK
            listed.refresh()
        listed.show(rows)
        self._retitle()
        self.attend()
        self._show_detail()
        self.refresh_frame()

    def _fill(self) -> None:
        listed = self.sessions
        self._pager.seen(listed.top - AROUND, listed.top + listed.size.height + AROUND)

    def _retitle(self) -> None:
        total = self.snapshot.total if self.snapshot is not None else 0
        found = len(self._pager.rows)
        narrowed = self._typed or not self._which.all
        title = "sessions"
        if narrowed:
            title += f"  {found:,} of {total:,}"
        elif total:
            title += f"  {total:,}"
        self.sessions.retitle(f"{title}  {self._typed}" if self._typed else title)

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
        self._fill()
        self.attend()
        self._show_detail()
        self.refresh_frame()

    def on_resize(self) -> None:
        """More may be in view."""
        super().on_resize()
        if self.alive:
            self.call_after_refresh(self._fill)

    @on(LineView.Entered, "#sessions")
    def _enter(self) -> None:
        if (session := self.session) is not None:
            self.orion.open_session(session.id)

    # Keys.

    def action_reject(self) -> None:
        """Refuse finished work."""
        self.reject_work()

    def action_next(self) -> None:
        """Next session."""
        self.sessions.move(1)

    def action_previous(self) -> None:
        """Previous session."""
        self.sessions.move(-1)

    def action_search(self) -> None:
        """Filter, while it is typed."""
        if not self.query(SearchBar):
            self.mount(
                SearchBar(self._typed_whole, "words to filter by", self._filter, does="filter"), before="#footer"
            )

    def _typed_whole(self, words: str | None) -> None:
        for bar in self.query(SearchBar):
            bar.close()
        self.sessions.focus()
        self._filter(words or "")

    def _filter(self, typed: str) -> None:
        if (typed := " ".join(typed.split())) != self._typed:
            self._typed = typed
            words = tuple((word, _states(word)) for word in typed.split())
            self.sessions.go(0, by_user=False)
            self._pager.filter(attrs.evolve(self._which, words=words))

    def action_out(self) -> None:
        """First the filter ends, then the screen."""
        if self._typed:
            self._filter("")
        else:
            super().action_out()


def _states(word: str) -> tuple[SessionState, ...]:
    """The states that people read as a word like that: `done`, `lost`."""
    return tuple(state for state in SessionState if word.lower() in {session_mark(state)[1], state.value})
