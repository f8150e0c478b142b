"""Another value for one setting."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.settings_port import SettingView
from orion_tui.screens.dialogs import WIDTH, Dialog
from orion_tui.themes import look_of
from orion_tui.widgets.cells import wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.text_entry import TextEntry


class SettingDialog(Dialog[str]):
    """One line. What was wrong with it the last time stands above it, and the line holds it still."""

    VIEW = "form"
    BINDINGS = keymap.bindings("form")

    def __init__(self, setting: SettingView, draft: str = "", error: OrionError | None = None) -> None:
        super().__init__(setting.name, "", setting.help)
        self._setting, self._draft, self._error = setting, draft, error

    def field(self) -> ComposeResult:
        """See Dialog."""
        yield TextEntry(self._setting.default or "not set", id="value")

    def lines(self) -> list[DocLine]:
        """What it is; below, what was wrong."""
        glyphs = look_of(self).glyphs
        found = [line for line in super().lines() if line != BLANK]
        if self._setting.name.startswith("keys."):
            found += [of((piece, "muted")) for piece in wrap("Several keys: A, f2, ctrl+x, space", WIDTH, glyphs)]
        if (error := self._error) is not None:
            found.append(BLANK)
            for text in (error.message, *error.problems, error.hint):
                found += [of((piece, "bad")) for piece in wrap(text, WIDTH, glyphs) if text]
        return found

    def on_mount(self) -> None:
        """The value as it is, to go on from."""
        entry = self.query_one(Input)
        entry.value = self._draft or ("" if self._setting.origin == "default" else self._setting.value)
        entry.cursor_position = len(entry.value)
        entry.focus()

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Take it. An empty line takes it out of the file."""
        self.dismiss(self.query_one(Input).value.strip())

    def action_leave(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)
