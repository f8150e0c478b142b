"""Words for an agent: a hint, or the answer to what it asked."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from orion_tui import keymap
from orion_tui.screens.dialogs import Dialog
from orion_tui.themes import app_of, look_of
from orion_tui.widgets.cells import literal
from orion_tui.widgets.paragraph import Paragraph

#: Characters that an agent is told at once.
LONGEST = 4_000


class WordsDialog(Dialog[str]):
    """A text of a few lines. Enter sends it, `^J` begins a new line."""

    VIEW = "say"
    BINDINGS = keymap.bindings("say")

    def __init__(self, title: str, quote: str, explanation: str, *, placeholder: str) -> None:
        super().__init__(title, quote, explanation)
        self._placeholder = placeholder

    def field(self) -> ComposeResult:
        """See Dialog."""
        yield Paragraph(longest=LONGEST, enter_sends=True, placeholder=self._placeholder, id="said")

    def on_mount(self) -> None:
        """The keys go into the text."""
        self.query_one(Paragraph).focus()

    @on(Paragraph.Refused)
    def _refused(self, event: Paragraph.Refused) -> None:
        self._tell(event.why)

    @on(Paragraph.Sent)
    def action_send(self) -> None:
        """Send it."""
        text = self.query_one(Paragraph).text.strip()
        if not text:
            self._tell("say something, or leave with Esc")
        elif len(text) > LONGEST:
            self._tell(f"{len(text):,} characters; {LONGEST:,} is the most")
        else:
            self.dismiss(text)

    def action_new_line(self) -> None:
        """Where the text goes on."""
        self.query_one(Paragraph).insert("\n")

    def action_leave(self) -> None:
        """Nothing was said."""
        self.dismiss(None)

    def _tell(self, why: str) -> None:
        frame = self.query_one("#frame", Vertical)
        frame.border_subtitle = Content(literal(why.partition(":")[0], look_of(self).glyphs))


class HintDialog(WordsDialog):
    """For an agent at work."""

    def __init__(self, goal: str) -> None:
        super().__init__(
            "Hint",
            goal,
            "The agent reads it before its next question to the model. It changes nothing of what its role may do.",
            placeholder="what it should know",
        )


class AnswerDialog(WordsDialog):
    """For an agent that asked."""

    def __init__(self, question: str) -> None:
        super().__init__(
            "The agent asks",
            question,
            "It goes on with your answer. Esc leaves the question open; r refuses it.",
            placeholder="your answer",
        )

    def quote_lines(self) -> int:
        """See Dialog: as much of the question as the screen has room for."""
        return max(4, app_of(self).size.height - 16)
