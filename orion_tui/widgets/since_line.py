"""One line: what happened since the person last looked. Every number on it leads to what it was counted from."""

from enum import StrEnum

import attrs
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


class Figure(StrEnum):
    """A number on the line."""

    DONE = "done"
    FINISHED = "finished"
    ASKED = "asked"
    BLOCKED = "blocked"
    FAILED = "failed"
    LOST = "lost"
    SPENT = "spent"


@attrs.frozen
class Said:
    """A number and what it counts."""

    figure: Figure
    number: str
    words: str
    style: str


class SinceLine(Widget, can_focus=True, inherit_bindings=False):
    """Counted from events, in words. While it has the keys one of its numbers is chosen."""

    ALLOW_SELECT = False
    BINDINGS = keymap.only("lines.enter", "lines.left", "lines.right")

    class Opened(Message):
        """The person wants to see what a number was counted from; None for all of it."""

        def __init__(self, figure: Figure | None) -> None:
            super().__init__()
            self.figure = figure

    def __init__(self) -> None:
        super().__init__(id="since")
        self._since: Since | None = None
        self._spent = 0.0
        self._chosen: Figure | None = None

    def show(self, since: Since, spent: float = 0.0) -> None:
        """Repaint when it says something else; `spent` is what models cost today, in dollars."""
        if (since, spent) != (self._since, self._spent):
            self._since, self._spent = since, spent
            self.refresh()

    @property
    def figures(self) -> tuple[Said, ...]:
        """The numbers, from left to right."""
        since = self._since
        if since is None or since.looked_at is None:
            return ()
        broad = self._said(since, broad=True)
        head = sum(len(text) for text, _ in self._head())
        room = self.size.width - head - sum(len(text) for text, _ in self._tail())
        whole = sum(len(said.number) + len(said.words) + 3 for said in broad) <= room
        return broad if whole and self.size.width >= BROAD else self._said(since, broad=False)

    @staticmethod
    def _said(since: Since, *, broad: bool) -> tuple[Said, ...]:
        rows = (
            (Figure.DONE, since.tasks_done, "task done", "tasks done", "done", "good"),
            (Figure.FINISHED, since.finished, "session finished", "sessions finished", "finished", "good"),
            (Figure.ASKED, since.asked, "approval asked", "approvals asked", "asked", "warn"),
            (Figure.BLOCKED, since.blocked, "action blocked", "actions blocked", "blocked", "bad"),
            (Figure.FAILED, since.failed, "session stopped short", "sessions stopped short", "stopped", "bad"),
            (Figure.LOST, since.interrupted, "interrupted", "interrupted", "lost", "bad"),
        )
        said = [
            Said(figure, f"{number:,}", (one if number == 1 else many) if broad else short, style)
            for figure, number, one, many, short, style in rows
            if number
        ]
        if since.spent >= 0.005:
            said.append(Said(Figure.SPENT, f"${since.spent:,.2f}", "spent", "text"))
        return tuple(said)

    @property
    def chosen(self) -> Figure | None:
        """The number that Enter opens."""
        figures = [said.figure for said in self.figures]
        return self._chosen if self._chosen in figures else figures[0] if figures else None

    def action_enter(self) -> None:
        """To the evidence."""
        self.post_message(self.Opened(self.chosen))

    def action_left(self) -> None:
        """The number before."""
        self._step(-1)

    def action_right(self) -> None:
        """The next number."""
        self._step(1)

    def _step(self, direction: int) -> None:
        figures = [said.figure for said in self.figures]
        if (chosen := self.chosen) is not None:
            self._chosen = figures[max(0, min(len(figures) - 1, figures.index(chosen) + direction))]
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
        bar = look.glyphs.bar if self.has_focus else " "
        left = line(look, self.size.width, [(bar, "accent"), *self._parts()], self._tail())
        start, stop = self._place_of_chosen
        if not self.has_focus or stop <= start:
            return left
        shown = left.crop(start, stop).apply_style(look.styles.match)
        return Strip.join([left.crop(0, start), shown, left.crop(stop, None)])

    @property
    def _place_of_chosen(self) -> tuple[int, int]:
        """Cells of the chosen number and its words; nothing where there is none."""
        at = 1 + sum(len(text) for text, _ in self._head())
        for said in self.figures:
            end = at + len(said.number) + 1 + len(said.words)
            if said.figure is self.chosen:
                return at, min(end, self.size.width)
            at = end + 2
        return 0, 0

    def _head(self) -> list[Part]:
        since = self._since
        if since is None or since.looked_at is None:
            return []
        when = moment(since.looked_at, now_of(self))
        if self.size.width >= BROAD:
            return [("since you last looked ", "muted"), (f"({when})", "faint"), (": ", "muted")]
        return [(f"since {when}: ", "muted")]

    def _tail(self) -> list[Part]:
        if not self._spent:
            return []
        return [("  ", "text"), (f"${self._spent:,.2f}", "text"), (" today ", "muted")]

    def _parts(self) -> list[Part]:
        since = self._since
        if since is None:
            return []
        if since.looked_at is None:
            return [("your first look: from here on this line says what happened while you were away", "muted")]
        if since.quiet:
            return [*self._head(), ("counting ..." if since.more else "nothing happened", "muted")]
        said: list[Part] = []
        for item in self.figures:
            said += [(", ", "muted"), (item.number, item.style), (f" {item.words}", "text")]
        return [*self._head(), *said[1:], *([(" at least", "muted")] if since.more else [])]
