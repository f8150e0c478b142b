"""Several lines of text from the person: still, clean of what a clipboard may carry, and of a length that is said."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from orion_tui.base.text import clean
from orion_tui.widgets.times import count


class Paragraph(TextArea):
    """Textual's editor without colours, numbers or a blinking cursor. Tab leaves it.

    `enter_sends` hands the text over on Enter; the screen has another key for a new line. What is pasted is cleaned,
    and refused whole when it is longer than `longest`: half of a text is worse than none.
    """

    class Sent(Message):
        """The person pressed Enter where that sends."""

    class Refused(Message):
        """A paste was not taken; `why` says so to the person."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Cleaned(Message):
        """Something of a paste was left out; `what` says so to the person."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(
        self, text: str = "", *, longest: int, enter_sends: bool = False, placeholder: str = "", id: str | None = None
    ) -> None:
        super().__init__(
            # What a model wrote may be edited here, too; the editor puts every character on the terminal as it is.
            clean(text),
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder=placeholder,
            compact=True,
            id=id,
        )
        self.cursor_blink = False
        self._longest = longest
        self._sends = enter_sends

    def on_key(self, event: events.Key) -> None:
        """Enter sends, where it was asked for; the rest is the editor's."""
        if self._sends and event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Sent())

    def on_paste(self, event: events.Paste) -> None:
        """Whole and clean, or not at all."""
        event.prevent_default()
        event.stop()
        length = len(event.text)
        if length > 4 * self._longest:
            self._refuse(length)
            return
        text = clean(event.text)
        hidden = length - event.text.count("\r\n") + 3 * event.text.count("\t") - len(text)
        if len(self.text) + len(text) > self._longest:
            self._refuse(len(text))
            return
        self.move_cursor(self.replace(text, *self.selection).end_location)
        if hidden > 0:
            told = count(hidden, "hidden character was", "hidden characters were")
            self.post_message(self.Cleaned(f"{told} left out of what was pasted"))

    def _refuse(self, length: int) -> None:
        self.post_message(
            self.Refused(
                f"{count(length, 'character')} pasted, {self._longest:,} is the most: nothing of it was taken. "
                "Put long texts into a file of the repository and name that here."
            )
        )
