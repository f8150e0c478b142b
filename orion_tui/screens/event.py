"""One event with all it carries."""

import json
from collections.abc import Sequence

from textual.app import ComposeResult

from orion_tui.base.text import reveal
from orion_tui.core.models.events import Event
from orion_tui.screens.base import View
from orion_tui.widgets.cells import reveal_parts, wrap
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.times import exact


class EventScreen(View):
    """One event with all it carries."""

    VIEW = "event"

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event
        self.session_id = event.session_id

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
