"""What the model says: streamed while it speaks, the beginning of its last answer after that."""

from orion_tui.base.text import clean
from orion_tui.bridge.entry_views import ModelTurn, TurnState
from orion_tui.widgets.cells import wrap
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.times import exact
from orion_tui.widgets.turn_lines import PURPOSES

#: Characters at the end of what is being said that are laid out: more than any pane holds.
TAIL = 6_000


class Speech(Document):
    """Shows the end of what is said. Nothing moves in it by itself: it is painted when words came."""

    def __init__(self, *, id: str) -> None:
        super().__init__(title="says", empty=("Nothing was said yet.",), id=id)
        self._turn: ModelTurn | None = None
        self._heard = ""

    def attend(self, turn: ModelTurn | None, *, waits: bool, stuck: str = "") -> None:
        """The newest question to a model; `waits` says whether an answer can still come, `stuck` why none can before
        the person has done something."""
        if turn is None or (self._turn is not None and self._turn.seq != turn.seq):
            self._heard = ""
        self._turn = turn
        if stuck:
            self.retitle("what it lacks")
            self._lay(stuck, "warn")
            return
        if turn is None:
            self.retitle("says")
            self.write(None)
            return
        what = f" for {PURPOSES[turn.purpose]}" if turn.purpose in PURPOSES else ""
        if turn.state is TurnState.ASKING and waits:
            self.retitle(f"{turn.model} is asked{what}")
            self._lay(self._heard, "text")
        elif turn.state is TurnState.ANSWERED:
            self.retitle(f"{turn.model} said at {exact(turn.at + (turn.seconds or 0.0))}")
            self._lay(turn.text or "It said nothing, and used a tool.", "text" if turn.text else "muted")
        else:
            self.retitle(f"{turn.model} gave no answer")
            self._lay(turn.reason or "the question was broken off", "warn")

    def hear(self, text: str) -> None:
        """Everything that was said up to now."""
        if text != self._heard:
            self._heard = text
            self._lay(text, "text")

    def _lay(self, text: str, style: str) -> None:
        shown = str(clean(text[-TAIL:])).rstrip("\n")
        glyphs = self.look.glyphs

        def compose(width: int, height: int) -> list[DocLine]:
            del height
            return [of((piece, style)) for piece in wrap(shown, width, glyphs)] if shown else []

        self.write(compose)
        self.go(len(self.rows), by_user=False)
