"""One line of text from the person: still, and clean of whatever a clipboard may carry."""

from textual import events
from textual.widgets import Input

from orion_tui.base.text import clean


class TextEntry(Input):
    """Textual's line editor without a blinking cursor. What is pasted is cleaned: clipboards come from web pages."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Only text that can be seen, as one line."""
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(clean(event.text.strip(), keep_newlines=False))
