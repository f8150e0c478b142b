"""What the application says to the person: one line at the bottom, or a dialog."""

from typing import TYPE_CHECKING

from textual import events
from textual.app import App

from orion_tui.base.errors import OrionError
from orion_tui.screens.base import View

if TYPE_CHECKING:
    from orion_tui.widgets.text_entry import TextEntry


class Telling(App[int], inherit_bindings=False):
    """An application that says something through the screen in front."""

    @property
    def view(self) -> View | None:
        """The screen in front, dialogs aside."""
        return next((s for s in reversed(self.screen_stack) if isinstance(s, View)), None)

    def tell(self, text: str, style: str = "text") -> None:
        """One line at the bottom of the screen in front, until the next key or for some seconds."""
        if (view := self.view) is not None and view.alive:
            view.say(text, style)
        elif view is not None:
            self.call_after_refresh(self.tell, text, style)

    def tell_error(self, error: OrionError) -> None:
        """An error: one line where that says it all, a dialog where it has more to say."""
        if error.problems or error.hint:
            from orion_tui.screens.dialogs import ErrorDialog

            self.push_screen(ErrorDialog(error))
        else:
            self.tell(error.message, "bad")

    def touched(self) -> None:
        """The person is there: a key, a click."""

    async def on_event(self, event: events.Event) -> None:
        """A key ends what the bottom line said. On the way out keys mean nothing: there is no screen to take them."""
        if isinstance(event, events.InputEvent) and not self.is_running:
            return
        if isinstance(event, events.InputEvent):
            self.touched()
        if isinstance(event, events.Key) and (view := self.view) is not None and view.alive:
            view.footer.hush()
        await super().on_event(event)

    def on_paste(self, event: events.Paste) -> None:
        """Text fields take pastes for themselves; anywhere else keys that nobody pressed must not act."""
        event.stop()
        self.tell("Pasted text goes into text fields; here nothing was done with it.", "warn")

    def on_text_entry_refused(self, message: "TextEntry.Refused") -> None:
        """A paste that is too long for its line."""
        self.tell(message.why, "warn")
