"""A text that is edited exactly as it is: tabs and line ends stay, and nothing in it is hidden."""

from textual import events
from textual.widgets import TextArea

from orion_tui.base.text import has_disguise


def editable(text: str) -> bool:
    """Whether an editor on the screen shows all of it: nothing hidden, and one way to end lines."""
    ends = text.count("\n")
    plain = text.replace("\r\n", "\n")
    return "\r" not in plain and text.count("\r\n") in {0, ends} and not has_disguise(plain)


class ContentEditor(TextArea):
    """Textual's editor without colours or a blinking cursor. Of what is pasted, hidden characters are left out."""

    def __init__(self, text: str, *, numbers: bool, id: str | None = None) -> None:
        super().__init__(
            text, soft_wrap=True, show_line_numbers=numbers, highlight_cursor_line=False, compact=True, id=id
        )
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Clipboards come from web pages."""
        event.prevent_default()
        event.stop()
        text = "".join(c for c in event.text.replace("\r\n", "\n") if c in "\n\t " or not has_disguise(c))
        self.move_cursor(self.replace(text, *self.selection).end_location)
