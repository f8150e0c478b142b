"""Small questions over a screen: yes or no, and a reason."""

from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.base.text import reveal
from orion_tui.screens.early import LeftEarly
from orion_tui.themes import look_of
from orion_tui.widgets.cells import literal, wrap
from orion_tui.widgets.document import BLANK, DocLine, Document, of
from orion_tui.widgets.text_entry import TextEntry

T = TypeVar("T")

#: Cells of text in a dialog.
WIDTH = 64
#: Lines of quoted text before it is cut.
QUOTE = 6


class Dialog(LeftEarly[T], ModalScreen[T], Generic[T], inherit_bindings=False):
    """A framed question. Everything quoted in it is literal."""

    VIEW: ClassVar[str] = "confirm"
    ALLOW_SELECT = False
    CSS_PATH = "dialogs.tcss"

    def __init__(self, title: str, quote: str, explanation: str) -> None:
        super().__init__(classes="dialog")
        self._title, self._quote, self._explanation = title, quote, explanation

    def compose(self) -> ComposeResult:
        """Title in the frame, quote, explanation, keys."""
        with Vertical(id="frame"):
            yield Document(id="question")
            yield from self.field()
            yield Document(id="answers")

    def field(self) -> ComposeResult:
        """What can be entered."""
        yield from ()

    def quote_lines(self) -> int:
        """Lines of quoted text before it is cut."""
        return QUOTE

    def lines(self) -> list[DocLine]:
        """The question."""
        glyphs = look_of(self).glyphs
        quote = wrap(str(reveal(self._quote)), WIDTH - 2, glyphs)
        most = self.quote_lines()
        cut = [*quote[:most], *([glyphs.cut] if len(quote) > most else [])]
        lines = [of((f"{glyphs.bar} ", "accent"), (piece, "text")) for piece in cut if self._quote]
        if self._explanation:
            lines += [BLANK, *(of((piece, "muted")) for piece in wrap(self._explanation, WIDTH, glyphs))]
        return lines

    def on_mount(self) -> None:
        """Fit the frame to its lines."""
        frame = self.query_one("#frame", Vertical)
        frame.border_title = Content(literal(self._title, look_of(self).glyphs))
        lines = self.lines()
        question = self.query_one("#question", Document)
        question.styles.height = len(lines)
        question.can_focus = False
        question.write(lambda _w, _h: lines)
        answers = self.query_one("#answers", Document)
        answers.can_focus = False
        answers.write(lambda _w, _h: [self.answers()])

    def answers(self) -> DocLine:
        """The keys."""
        parts: list[tuple[str, str]] = []
        for key in keymap.keys_of(self).view(self.VIEW):
            parts += [(key.all_shown, "key"), (f" {key.label}    ", "muted")]
        return of(*parts)


class ConfirmDialog(Dialog[bool]):
    """Yes does it; anything else leaves everything as it is."""

    VIEW = "confirm"
    BINDINGS = keymap.only("confirm.yes", "confirm.no", "pane.out")

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def action_no(self) -> None:
        """Leave it."""
        self.dismiss(False)

    def action_out(self) -> None:
        """Leave it."""
        self.dismiss(False)


class ReasonDialog(Dialog[str]):
    """One line of text; an empty one is a reason too, unless `required`: where Enter alone would do too much."""

    VIEW = "form"
    BINDINGS = keymap.bindings("form")

    def __init__(self, title: str, quote: str, explanation: str, *, required: bool = False) -> None:
        super().__init__(title, quote, explanation)
        self._required = required

    def field(self) -> ComposeResult:
        """See Dialog."""
        yield TextEntry("reason" if self._required else "reason (may be empty)", id="reason")

    def on_mount(self) -> None:
        """The keys go into the line."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Take it."""
        reason = self.query_one(Input).value.strip()
        if reason or not self._required:
            self.dismiss(reason)
        else:
            self.query_one("#frame", Vertical).border_subtitle = "say in a few words why"

    def action_leave(self) -> None:
        """Nothing happened."""
        self.dismiss(None)


class Notice(Dialog[None]):
    """Something to be read, and nothing to be decided: every answer closes it."""

    VIEW = "confirm"
    BINDINGS = keymap.only("confirm.no", "pane.out", "form.submit")

    def answers(self) -> DocLine:
        """Only out."""
        return of(("Esc", "key"), (" close", "muted"))

    def action_no(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_out(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_submit(self) -> None:
        """Close."""
        self.dismiss(None)


class ErrorDialog(Notice):
    """An error with all its problems and what to do about it."""

    def __init__(self, error: OrionError) -> None:
        super().__init__("It did not work", error.message, error.hint)
        self._problems = error.problems

    def lines(self) -> list[DocLine]:
        """Message, every problem, the way out."""
        glyphs = look_of(self).glyphs
        said = wrap(self._quote, WIDTH - 2, glyphs)
        lines = [of((f"{' ' if n else glyphs.failed} ", "bad"), (piece, "text")) for n, piece in enumerate(said)]
        for problem in self._problems:
            pieces = wrap(problem, WIDTH - 4, glyphs)
            lines += [of((f"  {' ' if n else glyphs.dot} ", "bad"), (p, "text")) for n, p in enumerate(pieces)]
        if self._explanation:
            lines += [BLANK, *(of((piece, "muted")) for piece in wrap(self._explanation, WIDTH, glyphs))]
        return lines
