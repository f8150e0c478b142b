"""Every setting: its value, who decided it, and another one."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.settings_port import SettingsView, SettingView
from orion_tui.screens.base import READ_ONLY
from orion_tui.screens.picking import Pick, Picker
from orion_tui.screens.searching import Searching
from orion_tui.screens.setting_dialog import SettingDialog
from orion_tui.widgets.cells import wrap
from orion_tui.widgets.document import BLANK, DocLine, Document, of
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.setting_list import SettingList


class SettingsScreen(Searching):
    """The list; beside or below it the selected one in full."""

    VIEW = "settings"
    BINDINGS = keymap.bindings("settings")
    CSS_PATH = "settings.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._known: SettingsView | None = None
        #: The setting to go to once they are read.
        self._wanted = ""
        #: Names and values as they were before each change made here; None for one that was not in the file.
        self._before: list[tuple[str, str | None]] = []

    def body(self) -> ComposeResult:
        """See View."""
        with Container(id="work"):
            yield SettingList(title="settings", empty=("Reading settings.yaml ...",), id="settings")
            yield Document(title="what it is", id="about")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("settings",)

    def keys(self) -> Sequence[str]:
        """See View."""
        row = self.settings.selected if self.alive else None
        if self.orion.bridge.read_only:
            return ("settings.search", "app.mission", "app.sessions")
        own = ["lines.enter|change"] if row is None or row.settable else []
        if row is not None and row.given and row.settable:
            own.append("settings.unset")
        if self._before:
            own.append("settings.undo")
        return (*own, "settings.search", "app.mission", "app.sessions")

    @property
    def settings(self) -> SettingList:
        """The list."""
        return self.query_one("#settings", SettingList)

    def searched(self) -> LineView[Any]:
        """See Searching."""
        return self.settings

    def on_mount(self) -> None:
        """Read them."""
        self.settings.focus()
        self.look_up(lambda engine: engine.settings(), self._take, self._cannot_read)

    def _take(self, view: SettingsView) -> None:
        if not self.alive:
            return
        self._known = view
        self.settings.show(view.rows)
        self.go_to(self._wanted)
        self._about()
        self.refresh_frame()
        self.orion.take_appearance(view.appearance)

    def go_to(self, name: str) -> None:
        """Put the cursor on the setting of that name; when they are not read yet, as soon as they are."""
        rows = self._known.rows if self._known is not None and self.alive else ()
        place = next((index for index, row in enumerate(rows) if row.name == name), None)
        self._wanted = name if place is None and not rows else ""
        if place is not None:
            self.settings.go(place)

    def _cannot_read(self, error: OrionError) -> None:
        if self.alive:
            self.settings.empty = ("settings.yaml cannot be read as it is:", *error.problems[:20], error.message)
            self.settings.refresh()
            self.orion.tell_error(error)

    @on(LineView.Moved, "#settings")
    def _moved(self) -> None:
        self._about()
        self.refresh_frame()

    def _about(self) -> None:
        self.query_one("#about", Document).write(self._lines)

    def _lines(self, width: int, height: int) -> list[DocLine]:
        del height
        row, view, glyphs = self.settings.selected, self._known, self.orion.look.glyphs
        if row is None or view is None:
            return []
        lines = [of((row.name, "strong")), *(of((piece, "text")) for piece in wrap(row.help, width, glyphs)), BLANK]
        facts = [("now", row.value or "not set"), ("from", row.origin)]
        if row.default and row.origin != "default":
            facts.append(("default", row.default))
        if row.choices:
            facts.append(("one of", ", ".join(row.choices)))
        for label, text in facts:
            for index, piece in enumerate(wrap(text, max(8, width - 9), glyphs)):
                lines.append(of((f"{label if not index else '':<9}", "muted"), (piece, "text")))
        lines += [BLANK, *(of((piece, "faint")) for piece in wrap(view.path, width, glyphs))]
        for problem in view.problems:
            lines += [of((piece, "warn")) for piece in wrap(problem, width, glyphs)]
        return lines

    # Change.

    @on(LineView.Entered, "#settings")
    def _change(self) -> None:
        row = self.settings.selected
        if row is None:
            return
        if self.orion.bridge.read_only:
            self.say(READ_ONLY, "warn")
        elif not row.settable:
            self.say("This block is written by hand: orion settings edit", "warn")
        elif row.choices:
            picks = [Pick(key=name, name=name) for name in row.choices]
            at = row.value if row.value in row.choices else row.choices[0]
            self.orion.push_screen(Picker(row.name, picks, at=at), lambda value: self._set(row, value))
        else:
            self._ask(row)

    def _ask(self, row: SettingView, draft: str = "", error: OrionError | None = None) -> None:
        self.orion.push_screen(SettingDialog(row, draft, error), lambda value: self._set(row, value))

    def _set(self, row: SettingView, value: str | None) -> None:
        if value is None:
            return
        if not value:
            self.action_unset()
            return
        before = (row.name, row.value if row.given else None)

        def done(view: SettingsView) -> None:
            self._before.append(before)
            self._take(view)
            self.say(f"{row.name} is now {value}", "good")

        def failed(error: OrionError) -> None:
            if row.choices:
                self.orion.tell_error(error)
            else:
                self._ask(row, value, error)

        self.command(lambda engine: engine.change_setting(row.name, value), done, failed)

    def action_unset(self) -> None:
        """Back to the default."""
        row = self.settings.selected
        if row is None or not row.given or not row.settable:
            self.say("The file does not say it: the default holds already." if row is not None else "", "muted")
            return

        def done(view: SettingsView) -> None:
            self._before.append((row.name, row.value))
            self._take(view)
            self.say(f"{row.name} is the default again", "good")

        self.command(lambda engine: engine.change_setting(row.name, None), done)

    def action_undo(self) -> None:
        """Take the last change made here back."""
        if not self._before:
            self.say("Nothing was changed here.", "muted")
            return
        name, value = self._before[-1]

        def done(view: SettingsView) -> None:
            self._before.pop()
            self._take(view)
            self.say(f"{name} is as it was", "good")

        self.command(lambda engine: engine.change_setting(name, value), done)

    def action_next(self) -> None:
        """Next setting or match."""
        if self.search_open:
            self.step_match(1)
        else:
            self.settings.move(1)

    def action_previous(self) -> None:
        """Previous setting or match."""
        if self.search_open:
            self.step_match(-1)
        else:
            self.settings.move(-1)
