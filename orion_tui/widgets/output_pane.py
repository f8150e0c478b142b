"""What a command printed, or prints: its end in view until the person scrolls back in it."""

from orion_tui.bridge.entry_views import ActionView
from orion_tui.bridge.port import Said
from orion_tui.widgets.cells import wrap
from orion_tui.widgets.document import DocLine, Document, of

#: Lines at the end that are laid out while it runs; the whole is kept and shown when it has ended.
LINES = 400


class OutputPane(Document):
    """The output of one action at a time."""

    def __init__(self, *, id: str) -> None:
        super().__init__(title="output", empty=("No output.",), id=id)
        self._of = 0
        #: The person has scrolled back, and is left there.
        self._held = False

    def go(self, index: int, *, by_user: bool = True) -> None:
        """See LineView. Who leaves the end stays where they are; who comes back to it follows again."""
        super().go(index, by_user=by_user)
        if by_user:
            self._held = self.top + self.size.height < len(self.rows)

    def on_resize(self) -> None:
        """See Document. The end stays in view."""
        self.recompose_lines()
        self._to_end()

    def _to_end(self) -> None:
        if not self._held:
            self.go(len(self.rows), by_user=False)

    def follow(self, action: ActionView, printed: Said | None) -> None:
        """What the command in flight has printed so far."""
        text = printed.text if printed is not None and printed.step == action.step else ""
        self.empty = ("It has printed nothing yet.",)
        self._lay(action, text, style="text", cut=printed is not None and printed.cut)

    def keep(self, action: ActionView | None) -> None:
        """What an action printed that has ended; None for no action."""
        if action is None:
            self._of, self.empty = 0, ("No output.",)
            self.retitle("output")
            self.write(None)
            return
        self._lay(action, action.output, style="muted")

    def _lay(self, action: ActionView, text: str, *, style: str, cut: bool = False) -> None:
        if self._of != action.seq:
            self._of, self._held = action.seq, False
        self.retitle(f"output  {action.text.partition(' ')[2]}")
        glyphs = self.look.glyphs
        lines = text.rstrip("\n").split("\n") if text.strip() else []
        shown = lines[-LINES:]

        def compose(width: int, height: int) -> list[DocLine]:
            del height
            head = [of(("(more before this)", "faint"))] if cut or len(shown) < len(lines) else []
            return [*head, *(of((piece, style)) for raw in shown for piece in wrap(raw, width, glyphs))]

        self.write(compose)
        self._to_end()
