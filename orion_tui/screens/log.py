"""What happened, event by event; Enter opens the decision behind an action, or the event whole."""

import json
from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from orion_tui import keymap
from orion_tui.base.text import reveal
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.core.models.sessions import Event
from orion_tui.screens.base import View
from orion_tui.screens.searching import Searching
from orion_tui.widgets.cells import reveal_parts, wrap
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.event_list import EventList
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.times import exact


class LogScreen(Searching):
    """One session's events, or ("*") everyone's; from a cursor on, or the newest."""

    VIEW = "log"
    BINDINGS = keymap.bindings("log")

    def __init__(self, session_id: str, *, after: int = 0, at: int = 0) -> None:
        super().__init__()
        self.session_id = session_id
        self._after = after
        self._at = at

    def body(self) -> ComposeResult:
        """See View."""
        yield EventList(id="events", sessions=self.session_id == "*")

    def path(self) -> tuple[str, ...]:
        """See View."""
        if self.session_id == "*":
            return ("since you last looked",) if self._after else ("log",)
        return self.path_of(self.session_id, "log")

    def keys(self) -> Sequence[str]:
        """See View."""
        return ("lines.enter", "log.search", "log.next", "log.previous", "lines.top", "lines.bottom", "pane.out")

    def interest(self) -> Interest:
        """See View."""
        return Interest(log=self.session_id, log_after=self._after)

    @property
    def events(self) -> EventList:
        """The list."""
        return self.query_one("#events", EventList)

    def searched(self) -> LineView[Any]:
        """See Searching."""
        return self.events

    def on_mount(self) -> None:
        """The list has the keys."""
        self.events.focus()

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        log = snapshot.log
        if log is None or (log.session_id or "*") != self.session_id:
            return
        self.events.take(log.events)
        self.events.retitle(f"log  {len(log.events):,}" + (" newest" if log.cut else ""))
        if self._at:
            place = next((i for i, event in enumerate(log.events) if event.seq == self._at), None)
            self._at = 0
            if place is not None:
                self.events.go(place)

    @on(LineView.Entered, "#events")
    def _enter(self) -> None:
        event = self.events.selected
        if event is not None:
            self.orion.push_screen(EventScreen(event))

    def action_next(self) -> None:
        """Next event or match."""
        if self.search_open:
            self.step_match(1)
        else:
            self.events.move(1)

    def action_previous(self) -> None:
        """Previous event or match."""
        if self.search_open:
            self.step_match(-1)
        else:
            self.events.move(-1)


class EventScreen(View):
    """One event with all it carries."""

    VIEW = "event"

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event

    def body(self) -> ComposeResult:
        """See View."""
        yield Document(title=f"event {self._event.seq:,}", id="event")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("log", self._event.type)

    def keys(self) -> Sequence[str]:
        """See View."""
        return ("lines.down", "lines.up", "pane.out")

    def on_mount(self) -> None:
        """The text has the keys."""
        pane = self.query_one(Document)
        pane.write(lambda width, _h: self._lines(width))
        pane.focus()

    def _lines(self, width: int) -> list[DocLine]:
        event, glyphs = self._event, self.orion.look.glyphs
        facts: list[tuple[str, str]] = [
            ("type", event.type),
            ("at", exact(event.at)),
            ("by", event.actor),
            ("session", event.session_id or "none"),
            ("policy", event.policy),
            *((name, value if isinstance(value, str) else json.dumps(value)) for name, value in event.data.items()),
        ]
        lines: list[DocLine] = []
        for name, value in facts:
            for index, piece in enumerate(wrap(str(reveal(value)), max(8, width - 14), glyphs)):
                label = str(reveal(name))[:12] if not index else ""
                lines.append(of((f"{label:<14}", "muted"), *reveal_parts(piece, "text")))
        return lines
