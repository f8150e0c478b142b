"""Edit what is asked: the text, and then what the gate says of it before it is approved."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from orion_tui import keymap
from orion_tui.base.clock import Clock
from orion_tui.base.text import clean
from orion_tui.bridge.ask_port import EditView
from orion_tui.bridge.snapshots import Need
from orion_tui.screens.batch_dialog import BatchDialog
from orion_tui.themes import app_of, look_of
from orion_tui.widgets.cells import literal, wrap
from orion_tui.widgets.content_editor import ContentEditor, editable
from orion_tui.widgets.document import Document, of


class EditDialog(ModalScreen[str], inherit_bindings=False):
    """The command or the content, in an editor. Gives back the text, None when nothing is to be done."""

    ALLOW_SELECT = False
    CSS_PATH: ClassVar = ["dialogs.tcss", "batch_dialog.tcss"]
    BINDINGS = keymap.bindings("edit")

    def __init__(self, title: str, text: str, *, command: bool, why: str = "") -> None:
        super().__init__(classes="dialog batch-dialog")
        self._title, self._command, self._why = title, command, why
        #: Whoever opens this looks first; what would steer the terminal all the same is not drawn.
        self._text = text if editable(text) else str(clean(text))

    def compose(self) -> ComposeResult:
        """Editor, what was wrong with the last try, keys."""
        with Vertical(id="frame"):
            yield ContentEditor(self._text, numbers=not self._command, id="text")
            yield Document(id="question")
            yield Document(id="answers")

    def on_mount(self) -> None:
        """The keys go into the text."""
        glyphs = look_of(self).glyphs
        size = app_of(self).size
        self.query_one("#frame", Vertical).border_title = Content(literal(f"Edit: {self._title}", glyphs))
        told = self._why or "It runs once, as you write it. The agent is told that you changed it, and to what."
        said = [of((piece, "bad" if self._why else "muted")) for piece in wrap(told, min(88, size.width - 10), glyphs)]
        said = said[:6]
        question = self.query_one("#question", Document)
        question.can_focus = False
        question.styles.height = len(said)
        question.write(lambda _w, _h: said)
        most = max(4, size.height - 8 - len(said))
        lines = self._text.count("\n") + 1 + len(self._text) // 80
        self.query_one("#text", ContentEditor).styles.height = max(4, min(lines + 2, most))
        answers = self.query_one("#answers", Document)
        answers.can_focus = False
        parts: list[tuple[str, str]] = []
        for key in keymap.keys_of(self).view("edit"):
            parts += [(key.all_shown, "key"), (f" {key.label}    ", "muted")]
        answers.write(lambda _w, _h: [of(*parts)])
        self.query_one("#text", ContentEditor).focus()

    def action_save(self) -> None:
        """Go on with it."""
        self.dismiss(self.query_one("#text", ContentEditor).text)

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)


class EditedDialog(BatchDialog):
    """What a person made of it, whole, with what the gate says: approved by one key."""

    def __init__(self, need: Need, made: EditView, *, clock: Clock, grace: float) -> None:
        super().__init__((need,), clock=clock, grace=grace)
        self._made = made

    def heading(self) -> str:
        """See BatchDialog."""
        return "Approve as edited"

    def explained(self) -> str:
        """See BatchDialog."""
        gate = "would let it through by itself" if self._made.tier == "autonomous" else "asks for it"
        return f"Instead of: {self._made.instead_of}. The gate {gate}: {self._made.reason}"
