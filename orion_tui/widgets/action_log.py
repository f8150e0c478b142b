"""What the agent does, as cards: what, how it ended, how long; below it the rule that let it pass or stopped it."""

from collections.abc import Hashable, Sequence

import attrs
from rich.style import Style
from textual.strip import Strip

from orion_tui.base.spans import span
from orion_tui.bridge.entry_views import ActionState, ActionView, Entry, ModelTurn, Note, TaskHead, TurnState
from orion_tui.widgets.cells import Part, line, prose
from orion_tui.widgets.entry_status import action_mark
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.status import mood_mark, sign
from orion_tui.widgets.times import exact, now_of
from orion_tui.widgets.turn_lines import turn_below, turn_head


@attrs.frozen
class CardRow:
    """One line of an entry: 0 is its head."""

    entry: Entry
    part: int


def rows_of(entries: Sequence[Entry]) -> list[CardRow]:
    """Two lines for an action that was decided and for a model that said something, one for everything else."""
    rows: list[CardRow] = []
    for entry in entries:
        rows.append(CardRow(entry, 0))
        if isinstance(entry, ModelTurn):
            below = turn_below(entry) is not None
        else:
            below = isinstance(entry, ActionView) and bool(entry.rule or entry.reason)
        if below:
            rows.append(CardRow(entry, 1))
    return rows


def _in_flight(entry: Entry) -> bool:
    """Whether its seconds go on."""
    if isinstance(entry, ModelTurn):
        return entry.state is TurnState.ASKING
    return isinstance(entry, ActionView) and entry.state is ActionState.RUNNING


class ActionLog(LineView[CardRow]):
    """Entries, oldest first. While the cursor is on the last one it follows what comes."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(title="actions", empty=("Nothing has run yet.",), id=id)
        self._entries: tuple[Entry, ...] = ()
        self._taken = False

    def take(self, entries: tuple[Entry, ...]) -> None:
        """Show the entries; nothing is done when they are the same."""
        if entries is self._entries and self._taken:
            return
        follow = not self._taken or self.at_end
        self._entries, self._taken = entries, True
        self.show(rows_of(entries))
        if follow and self.rows:
            self.go(len(self.rows) - 1, by_user=False)

    @property
    def entry(self) -> Entry | None:
        """The selected entry."""
        return self.selected.entry if self.selected is not None else None

    @property
    def at_end(self) -> bool:
        """Whether the cursor is on the last entry, so that what comes is followed."""
        return not self.rows or self.extent(self.at).stop == len(self.rows)

    @property
    def action_with_output(self) -> ActionView | None:
        """The last action at or above the cursor that printed something."""
        for index in range(min(self.at, len(self.rows) - 1), -1, -1):
            entry = self.rows[index].entry
            if isinstance(entry, ActionView) and entry.output:
                return entry
        return None

    @property
    def running(self) -> bool:
        """Whether an action is in flight, so that its seconds go on."""
        return any(map(_in_flight, self._entries[-8:]))

    def tick(self) -> None:
        """Paint the seconds of what is in flight again."""
        last = min(len(self.rows), self.top + self.size.height)
        self._refresh_lines({index - self.top for index in range(self.top, last) if _in_flight(self.rows[index].entry)})

    def extent(self, index: int) -> range:
        """See LineView."""
        if not 0 <= index < len(self.rows):
            return range(index, index + 1)
        start = index - self.rows[index].part
        stop = start + 1
        while stop < len(self.rows) and self.rows[stop].part:
            stop += 1
        return range(start, stop)

    def go(self, index: int, *, by_user: bool = True) -> None:
        """The cursor stands on heads."""
        if self.rows:
            index = max(0, min(index, len(self.rows) - 1))
            super().go(self.extent(index).start, by_user=by_user)

    def move(self, delta: int) -> None:
        """By entries for single steps, by lines for pages."""
        if delta == 1:
            self.go(self.extent(self.at).stop)
        else:
            super().move(delta)

    def step_notable(self, direction: int) -> bool:
        """To the next action that was stopped, failed, asked about or flagged; False when there is none further on."""
        index = self.at
        while 0 <= (index := index + direction) < len(self.rows):
            row = self.rows[index]
            if row.part == 0 and isinstance(row.entry, ActionView | ModelTurn) and row.entry.notable:
                self.go(index)
                return True
        return False

    def go_to_task(self, task_id: str) -> bool:
        """To the last time that task began; False when it has not."""
        for index in range(len(self.rows) - 1, -1, -1):
            entry = self.rows[index].entry
            if isinstance(entry, TaskHead) and entry.task == task_id:
                self.go(index)
                return True
        return False

    def key_of(self, row: CardRow) -> Hashable:
        """See LineView."""
        return (row.entry.seq, row.part)

    def plain(self, row: CardRow) -> str:
        """See LineView."""
        entry = row.entry
        if isinstance(entry, ModelTurn):
            return f"{entry.model} {entry.text} {entry.reason}"
        if isinstance(entry, ActionView):
            return f"{entry.text} {entry.rule} {entry.reason} {entry.summary}"
        return entry.title if isinstance(entry, TaskHead) else entry.text

    def draw(self, row: CardRow, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        entry = row.entry
        if isinstance(entry, TaskHead):
            return self._head(entry, width, base)
        if isinstance(entry, Note):
            return self._note(entry, width, base)
        if isinstance(entry, ModelTurn):
            return self._turn(entry, row.part, width, base)
        return self._rule(entry, width, base) if row.part else self._action(entry, width, base)

    def _head(self, head: TaskHead, width: int, base: Style) -> Strip:
        return line(
            self.look,
            width,
            [(head.title, "strong")],
            [("  ", "text"), (exact(head.at), "faint"), (" ", "text")],
            base=base,
        )

    def _note(self, note: Note, width: int, base: Style) -> Strip:
        mark, _, style = mood_mark(note.mood)
        glyph = sign(self.look.glyphs, mark)
        text_style = "muted" if note.mood in {"plain", "done", "running"} else style
        return line(
            self.look,
            width,
            [(f"  {glyph} ", style), (prose(note.text), text_style)],
            [("  ", "text"), (exact(note.at), "faint"), (" ", "text")],
            base=base,
        )

    def _turn(self, turn: ModelTurn, part: int, width: int, base: Style) -> Strip:
        if part:
            below = turn_below(turn)
            return line(self.look, width, [("      ", "text"), *([below] if below else [])], base=base)
        left, right = turn_head(turn, now_of(self), width, self.look.glyphs)
        return line(self.look, width, left, [*right, (" ", "text")], base=base)

    def _action(self, action: ActionView, width: int, base: Style) -> Strip:
        glyphs = self.look.glyphs
        mark, word, style = action_mark(action.state)
        verb, _, rest = action.text.partition(" ")
        left: list[Part] = [(f"  {sign(glyphs, mark)} ", style), (f"{verb} ", "muted"), (rest, "text")]
        right: list[Part] = []
        if action.flagged:
            right += [("  ", "text"), (glyphs.flagged, "warn")]
        result = action.summary if action.summary else word
        if action.state is ActionState.PROVEN:
            result = "blocked, as it should be"
        if len(result) > 28:
            result = word
        right += [("  ", "text"), (result, style if action.state is not ActionState.DONE else "muted")]
        seconds = action.seconds
        if action.state is ActionState.RUNNING:
            seconds = max(0.0, now_of(self) - action.at)
        if seconds is not None:
            right.append((f"  {span(seconds):>6}", "muted"))
        return line(self.look, width, left, [*right, (" ", "text")], base=base)

    def _rule(self, action: ActionView, width: int, base: Style) -> Strip:
        rule = action.rule or "no rule"
        stopped = action.state in {ActionState.BLOCKED, ActionState.PROVEN}
        said = action.reason if stopped or action.state is ActionState.WAITING or not action.rule else ""
        return line(
            self.look,
            width,
            [
                (f"    {self.look.glyphs.corner} ", "faint"),
                (rule, "bad" if stopped else "muted"),
                (f"  {said}" if said and said != rule else "", "muted"),
            ],
            [(" ", "text")],
            base=base,
        )
