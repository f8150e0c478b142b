"""Pick one of a few things, or mark several, each with the words that belong to it."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import attrs
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip

from orion_tui import keymap
from orion_tui.screens.early import LeftEarly
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, fit, line, literal
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.remark import Remark


@attrs.frozen(kw_only=True)
class Pick:
    """One line: what it is, a few facts, and the words that are shown while the cursor is on it."""

    key: str
    name: str
    facts: str = ""
    words: str = ""
    #: Why it cannot be taken; "" where it can.
    off: str = ""


class PickList(LineView[Pick]):
    """Names with facts; where several may be marked, a box before each."""

    def __init__(self, *, marked: set[str] | None = None, id: str | None = None) -> None:
        super().__init__(empty=("Nothing to choose from.",), id=id)
        self.marked = marked

    def key_of(self, row: Pick) -> Hashable:
        """See LineView."""
        return row.key

    def plain(self, row: Pick) -> str:
        """See LineView."""
        return f"{row.name} {row.facts}"

    def draw(self, row: Pick, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        glyphs = self.look.glyphs
        left: list[Part] = []
        if self.marked is not None:
            on_ = row.key in self.marked
            left.append((f"[{glyphs.done}] " if on_ else "[ ] ", "good" if on_ else "muted"))
        room = width - sum(len(text) for text, _ in left)
        name_width = max(18, min(28, width // 3)) if row.facts else room
        left.append((fit(row.name, name_width - 1, glyphs) + " ", "faint" if row.off else "text"))
        left.append((row.facts, "muted"))
        return line(self.look, width, left, base=base)


class Picker(LeftEarly[Any], ModalScreen[Any], inherit_bindings=False):
    """A framed list and the words of what is selected."""

    ALLOW_SELECT = False
    CSS_PATH = "dialogs.tcss"
    BINDINGS = keymap.only("pick.take", "pick.leave")
    KEYS: ClassVar[tuple[str, ...]] = ("pick.take", "pick.leave")

    def __init__(self, title: str, picks: Sequence[Pick], *, at: str = "", marked: set[str] | None = None) -> None:
        super().__init__(classes="dialog")
        self._title, self._picks, self._at, self._marked = title, tuple(picks), at, marked

    def compose(self) -> ComposeResult:
        """List, words, keys."""
        with Vertical(id="frame"):
            yield PickList(marked=self._marked, id="picks")
            yield Remark(id="words", indent=1, most=5)
            answers = Document(id="answers")
            answers.can_focus = False
            yield answers

    @property
    def picks(self) -> PickList:
        """The list."""
        return self.query_one("#picks", PickList)

    def on_mount(self) -> None:
        """The cursor stands on what is picked now."""
        self.query_one("#frame", Vertical).border_title = Content(literal(self._title, look_of(self).glyphs))
        self.picks.styles.height = max(1, min(len(self._picks), max(4, self.size.height - 13)))
        self.picks.show(self._picks)
        self.picks.go(next((i for i, pick in enumerate(self._picks) if pick.key == self._at), 0))
        self.picks.focus()
        self._say()
        self.query_one("#answers", Document).write(lambda _w, _h: [self._answers()])

    def _answers(self) -> DocLine:
        parts: list[Part] = []
        for name in self.KEYS:
            key = keymap.keys_of(self).get(name)
            parts += [(key.shown, "key"), (f" {key.label}    ", "muted")]
        return of(*parts)

    @on(LineView.Moved)
    def _say(self) -> None:
        pick = self.picks.selected
        said: list[Part] = []
        if pick is not None:
            said = [(pick.off, "warn"), (pick.words, "muted")]
        self.query_one("#words", Remark).say(said)

    @on(LineView.Entered)
    def action_take(self) -> None:
        """Take the selected one."""
        pick = self.picks.selected
        if pick is not None and not pick.off:
            self.dismiss(pick.key)

    def action_leave(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)


class Marker(Picker):
    """As `Picker`, but Space marks any number, and what is taken are the keys of all that are marked, in order."""

    BINDINGS = keymap.only("pick.take", "pick.mark", "pick.leave")
    KEYS = ("pick.mark", "pick.take", "pick.leave")

    def __init__(self, title: str, picks: Sequence[Pick], marked: Sequence[str]) -> None:
        super().__init__(title, picks, marked=set(marked))

    def action_mark(self) -> None:
        """Mark, or take the mark away."""
        pick, marked = self.picks.selected, self.picks.marked
        if pick is None or pick.off or marked is None:
            return
        marked ^= {pick.key}
        self.picks.refresh()

    @on(LineView.Entered)
    def action_take(self) -> None:
        """Take all that are marked."""
        marked = self.picks.marked or set()
        self.dismiss(tuple(pick.key for pick in self._picks if pick.key in marked))
