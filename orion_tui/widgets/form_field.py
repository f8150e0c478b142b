"""A row of a form: label, control, a note beside it, and below it what is wrong."""

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from orion_tui.base.text import clean
from orion_tui.bridge.goal_port import FieldProblem
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line
from orion_tui.widgets.fact_line import FactLine
from orion_tui.widgets.remark import Remark

#: Cells of the label.
LABEL = 11


class FormField(Vertical):
    """One field by name. The control is any widget of one line."""

    def __init__(self, name: str, label: str, *controls: Widget, note: bool = True, indent: int = LABEL + 1) -> None:
        super().__init__(id=f"field-{name}", classes="field")
        self.field = name
        self._label = label
        self._controls = controls
        self._has_note = note
        self._indent = indent

    def compose(self) -> ComposeResult:
        """A line, and the remark below it."""
        with Horizontal(classes="field-line"):
            label = FactLine(id=f"label-{self.field}")
            label.add_class("field-label")
            label.write(lambda _: (((self._label, "muted"),), ()))
            yield label
            yield from self._controls
            if self._has_note:
                note = FactLine(id=f"note-{self.field}")
                note.add_class("field-note")
                yield note
        yield Remark(id=f"remark-{self.field}", indent=self._indent)

    def note(self, *parts: Part) -> None:
        """Say this beside the control."""
        self.query_one(f"#note-{self.field}", FactLine).write(lambda _: (parts, ()))

    @property
    def remark(self) -> Remark:
        """What stands below it."""
        return self.query_one(f"#remark-{self.field}", Remark)

    def complain(self, problems: Iterable[FieldProblem], *, beside: Sequence[Part] = ()) -> bool:
        """Say what is wrong with the field, and whatever else stands below it; whether anything is wrong."""
        said: list[Part] = []
        sign = look_of(self).glyphs.failed
        for problem in problems:
            said.append((f"{sign} {clean(problem.message, keep_newlines=False)}", "bad"))
            said.append((f"  {clean(problem.hint, keep_newlines=False)}" if problem.hint else "", "muted"))
        self.remark.say([*said, *beside])
        return bool(said)


class Words(Widget):
    """A word between two controls."""

    ALLOW_SELECT = False

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(id=id)
        self._text = text

    def render_line(self, y: int) -> Strip:
        """One line."""
        del y
        return line(look_of(self), self.size.width, [(f" {self._text}", "muted")])


class PickField(Widget, can_focus=True):
    """One of several, shown with the sign that there are others. The screen opens the list on Enter."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="control")
        self._shown = ""

    def show(self, text: str) -> None:
        """Another one is picked."""
        if text != self._shown:
            self._shown = text
            self.refresh()

    def on_focus(self) -> None:
        """The focus shows."""
        self.refresh()

    def on_blur(self) -> None:
        """The focus shows."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        del y
        look = look_of(self)
        base = look.styles.base + (look.styles.selection if self.has_focus else look.styles.raised)
        bar = look.glyphs.bar if self.has_focus else " "
        more = " Enter " if self.has_focus else "  ... "
        return line(look, self.size.width, [(bar, "accent"), (self._shown, "strong")], [(more, "key")], base=base)


class CheckField(Widget, can_focus=True):
    """Yes or no, as a box."""

    ALLOW_SELECT = False

    class Toggled(Message):
        """The box was switched."""

        def __init__(self, field: "CheckField") -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> "CheckField":
            """The box."""
            return self.field

    def __init__(self, words: str, *, id: str, on: bool = False) -> None:
        super().__init__(id=id, classes="control")
        self._words = words
        self.value = on
        #: Why it has no say now; "" while it has.
        self.off = ""

    def toggle(self) -> None:
        """The other way."""
        if not self.off:
            self.value = not self.value
            self.refresh()
            self.post_message(self.Toggled(self))

    def say(self, words: str, *, off: str = "") -> None:
        """Other words beside the box."""
        if (words, off) != (self._words, self.off):
            self._words, self.off = words, off
            self.refresh()

    def on_click(self) -> None:
        """The mouse."""
        self.toggle()

    def on_focus(self) -> None:
        """The focus shows."""
        self.refresh()

    def on_blur(self) -> None:
        """The focus shows."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        del y
        look = look_of(self)
        base = look.styles.base + (look.styles.selection if self.has_focus else look.styles.base)
        bar = look.glyphs.bar if self.has_focus else " "
        if self.off:
            return line(look, self.size.width, [(bar, "accent"), (self.off, "faint")], base=base)
        box = f"[{look.glyphs.done}] " if self.value else "[ ] "
        return line(
            look,
            self.size.width,
            [(bar, "accent"), (box, "good" if self.value else "muted"), (self._words, "text")],
            base=base,
        )
