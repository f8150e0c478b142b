"""One line of text from the person: still, of a bounded length, and clean of whatever a clipboard may carry."""

from textual import events
from textual.message import Message
from textual.widgets import Input

from orion_tui.base.text import clean

#: Characters of a line: paths, names, reasons and figures are shorter.
LONGEST = 4_096


class TextEntry(Input):
    """Textual's line editor without a blinking cursor. What comes in is cleaned: clipboards come from web pages."""

    class Refused(Message):
        """A paste was not taken; `why` says so to the person."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        shown = clean(placeholder, keep_newlines=False)
        super().__init__(placeholder=shown, id=id, compact=True, select_on_focus=False, max_length=LONGEST)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """What is put here to be edited may be a model's or a file's word; the editor draws it as it is."""
        return clean(value, keep_newlines=False)[:LONGEST]

    def on_paste(self, event: events.Paste) -> None:
        """Only text that can be seen, as one line; whole, or not at all."""
        event.prevent_default()
        event.stop()
        length = len(event.text)
        text = clean(event.text.strip(), keep_newlines=False) if length <= 4 * LONGEST else ""
        if length > 4 * LONGEST or len(self.value) + len(text) > LONGEST:
            self.post_message(self.Refused(f"Too long to paste here ({LONGEST:,} characters is the most): not taken."))
        else:
            self.insert_text_at_cursor(text)
