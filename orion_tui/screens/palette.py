"""Commands by name: type a few letters, Enter runs the first."""

from collections.abc import Hashable

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.own_keys import Keys
from orion_tui.commands import Command, matching, offered
from orion_tui.widgets.cells import line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.text_entry import TextEntry


class CommandList(LineView[Command], can_focus=False):
    """Labels with their keys at the right."""

    ALWAYS_ACTIVE = True

    def key_of(self, row: Command) -> Hashable:
        """See LineView."""
        return row

    def draw(self, row: Command, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        return line(self.look, width, [(row.label, "text")], [(f"  {row.key} ", "key")], base=base)


class PaletteScreen(ModalScreen[Command | None], inherit_bindings=False):
    """An entry and what matches it."""

    BINDINGS = keymap.bindings("palette")
    ALLOW_SELECT = False
    CSS_PATH = "palette.tcss"

    def __init__(self, view: str, keys_in_use: Keys) -> None:
        super().__init__(classes="dialog")
        self._commands = offered(view, keys_in_use)

    def compose(self) -> ComposeResult:
        """The entry above, the list below."""
        with Vertical(id="frame"):
            yield TextEntry("what do you want to do?")
            yield CommandList(empty=("Nothing of that name.",), id="commands")

    @property
    def commands(self) -> CommandList:
        """What matches."""
        return self.query_one(CommandList)

    def on_mount(self) -> None:
        """Everything matches nothing entered."""
        self.query_one("#frame", Vertical).border_title = Content("palette")
        self.commands.show(tuple(self._commands))
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.commands.show(tuple(matching(self._commands, event.value)))
        self.commands.go(0)

    @on(Input.Submitted)
    def action_run(self) -> None:
        """Run the selected one."""
        self.dismiss(self.commands.selected)

    def action_down(self) -> None:
        """Next."""
        self.commands.move(1)

    def action_up(self) -> None:
        """Previous."""
        self.commands.move(-1)

    def action_leave(self) -> None:
        """None."""
        self.dismiss(None)
