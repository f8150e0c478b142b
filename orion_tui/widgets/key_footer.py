"""The line at the bottom: the keys that matter here, or what just happened."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from orion_tui.base.own_keys import DEFAULT
from orion_tui.keymap import keys_of
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line

#: Seconds until a message gives the keys back by itself: time to read it, and more for what went wrong.
NOTICE_SECONDS = 8.0
TROUBLE_SECONDS = 30.0
_TROUBLE = frozenset({"bad", "warn"})

#: Always at the end, whatever else there is no room for.
ALWAYS = ("app.palette", "app.help", "app.back")


class KeyFooter(Widget):
    """Keys by id from the catalogue; a message takes their place until the next key, or for some seconds."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._ids: tuple[str, ...] = ()
        self._back = False
        self._always: tuple[str, ...] = ALWAYS
        self._keys = DEFAULT
        self._message: tuple[str, str] | None = None
        self._ends: Timer | None = None

    def show(self, ids: Sequence[str], *, back: bool, always: Sequence[str] = ALWAYS) -> None:
        """The keys of this place; `back` says whether `q` leads back rather than out, `always` what ends the line.

        `id|word` says what the key does here in another word than the catalogue's.
        """
        keys = keys_of(self)
        ids = [name for name in ids if keys.offers(name.partition("|")[0])]
        if (tuple(ids), back, tuple(always), keys) != (self._ids, self._back, self._always, self._keys):
            self._ids, self._back, self._always, self._keys = tuple(ids), back, tuple(always), keys
            if self._message is None:
                self.refresh()

    def say(self, text: str, style: str = "text") -> None:
        """Show a message instead, until `hush`, which comes by itself after a while: sooner where all is well."""
        self._message = (text, style)
        self._stop_waiting()
        self._ends = self.set_timer(TROUBLE_SECONDS if style in _TROUBLE else NOTICE_SECONDS, self.hush)
        self.refresh()

    def hush(self) -> None:
        """Back to the keys."""
        self._stop_waiting()
        if self._message is not None:
            self._message = None
            self.refresh()

    def _stop_waiting(self) -> None:
        if self._ends is not None:
            self._ends.stop()
            self._ends = None

    @property
    def message(self) -> str:
        """What is being said; empty while keys are shown."""
        return self._message[0] if self._message is not None else ""

    def render_line(self, y: int) -> Strip:
        """One line."""
        del y
        look, width = look_of(self), self.size.width
        if self._message is not None:
            text, style = self._message
            return line(look, width, [(" ", "text"), (text, style)], base=look.styles.raised)
        tail = self._parts(self._always)
        left: list[Part] = []
        room = width - sum(cell_len(text) for text, _ in tail) - 1
        for key in self._ids:
            parts = self._parts((key,))
            room -= sum(cell_len(text) for text, _ in parts)
            if room < 0:
                break
            left += parts
        return line(look, width, left, [*tail, (" ", "text")], base=look.styles.raised)

    def _parts(self, ids: Sequence[str]) -> list[Part]:
        parts: list[Part] = []
        keys = keys_of(self)
        for entry in ids:
            name, _, word = entry.partition("|")
            key = keys.get(name)
            label = word or ("back" if name == "app.back" and self._back else key.label)
            parts += [("  ", "text"), (key.shown, "key"), (f" {label}", "muted")]
        return parts
