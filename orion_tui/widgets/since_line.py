"""One line: what happened since the person last looked. Enter opens the events that it is counted from."""

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from orion_tui import keymap
from orion_tui.bridge.snapshots import Since
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line
from orion_tui.widgets.times import moment, now_of

#: From this width on it speaks in full.
BROAD = 110


class SinceLine(Widget, can_focus=True, inherit_bindings=False):
    """Counted from events, in words."""

    ALLOW_SELECT = False
    BINDINGS = keymap.only("lines.enter")

    class Opened(Message):
        """The person wants to see what it was."""

    def __init__(self) -> None:
        super().__init__(id="since")
        self._since: Since | None = None
        self._spent = 0.0

    def show(self, since: Since, spent: float = 0.0) -> None:
        """Repaint when it says something else; `spent` is what models cost today, in dollars."""
        if (since, spent) != (self._since, self._spent):
            self._since, self._spent = since, spent
            self.refresh()

    def action_enter(self) -> None:
        """To the evidence."""
        self.post_message(self.Opened())

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
        right: list[Part] = []
        if self._spent:
            right = [("  ", "text"), (f"${self._spent:,.2f}", "text"), (" today ", "muted")]
        return line(look, self.size.width, [(bar, "accent"), *self._parts()], right, base=base)

    def _parts(self) -> list[Part]:
        since = self._since
        if since is None:
            return []
        if since.looked_at is None:
            return [("your first look: from here on this line says what happened while you were away", "muted")]
        when = moment(since.looked_at, now_of(self))
        parts: list[Part] = [(f"since {when}: ", "muted")]
        if self.size.width >= BROAD:
            parts = [("since you last looked ", "muted"), (f"({when})", "faint"), (": ", "muted")]
        if since.quiet:
            return [*parts, ("nothing happened", "muted")]
        said: list[Part] = []
        broad = self.size.width >= BROAD
        for number, one, many, short, style in (
            (since.tasks_done, "task done", "tasks done", "tasks done", "good"),
            (since.finished, "session finished", "sessions finished", "finished", "good"),
            (since.asked, "approval asked", "approvals asked", "asked", "warn"),
            (since.blocked, "action blocked", "actions blocked", "blocked", "bad"),
            (since.failed, "session stopped short", "sessions stopped short", "stopped short", "bad"),
            (since.interrupted, "interrupted", "interrupted", "interrupted", "bad"),
        ):
            if number:
                words = (one if number == 1 else many) if broad else short
                said += [(", ", "muted"), (f"{number:,}", style), (f" {words}", "text")]
        return [*parts, *said[1:], *([(" at least", "muted")] if since.more else [])]
