"""Entry of a secret: what is typed is counted on the screen, never shown, and forgotten once handed over."""

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from orion_tui import keymap
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line

LABEL = 18
#: Characters of a passphrase that are taken at most.
LONGEST = 256


class SecretField(Widget, can_focus=True, inherit_bindings=False):
    """A label and masked characters. `digits` takes nothing but digits, at most eight."""

    ALLOW_SELECT = False
    BINDINGS = keymap.bindings("form")

    class Submitted(Message):
        """The person pressed Enter."""

        def __init__(self, value: str) -> None:
            super().__init__()
            # Private, and not part of the message's representation: a log of messages must not hold a PIN.
            self._value = value

        def take(self) -> str:
            """The secret, once."""
            value, self._value = self._value, ""
            return value

    class Left(Message):
        """The person pressed Esc."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._typed = ""
        self._label = ""
        self._digits = True

    def ask(self, label: str, *, digits: bool = True) -> None:
        """Ask for something else; what was typed is gone."""
        self._label, self._digits, self._typed = label, digits, ""
        self.refresh()

    @property
    def typed(self) -> int:
        """How many characters were typed."""
        return len(self._typed)

    def on_key(self, event: events.Key) -> None:
        """Characters are taken here; Enter and Esc go on to the bindings."""
        if event.key in {"backspace", "ctrl+h"}:
            event.stop()
            self._set(self._typed[:-1])
        elif event.key == "ctrl+u":
            event.stop()
            self._set("")
        elif event.is_printable and event.character is not None:
            event.stop()
            self.add(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A password manager's way of typing."""
        event.stop()
        self.add(event.text.strip())

    def add(self, text: str) -> None:
        """Type this at the end; what cannot be part of the secret is left out."""
        if self._digits:
            text = "".join(char for char in text if char.isascii() and char.isdigit())
        self._set((self._typed + text)[: 8 if self._digits else LONGEST])

    def _set(self, text: str) -> None:
        self._typed = text
        self.refresh()

    def action_submit(self) -> None:
        """Hand it over and forget it."""
        value, self._typed = self._typed, ""
        self.refresh()
        self.post_message(self.Submitted(value))

    def action_leave(self) -> None:
        """Forget it."""
        self._typed = ""
        self.post_message(self.Left())

    def render_line(self, y: int) -> Strip:
        """Label and mask."""
        look, width = look_of(self), self.size.width
        if y:
            return line(look, width, [])
        masked = look.glyphs.masked * min(len(self._typed), max(0, width - LABEL - 4))
        cursor: Part = (look.glyphs.bar, "accent") if self.has_focus else ("", "text")
        return line(
            look, width, [(f" {self._label:<{LABEL}} ", "muted"), (masked, "strong"), cursor], base=look.styles.raised
        )
