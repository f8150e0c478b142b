"""Checkpoints as lines, newest first, and what lies in the trash below them."""

from collections.abc import Hashable

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.timeline_port import MomentView, TrashView
from orion_tui.widgets.budget import amount
from orion_tui.widgets.cells import Part, fit, line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.times import now_of, short_moment, span

TimelineRow = MomentView | TrashView

#: Cells of a name with a blank after it, and of the columns at the right.
NAME = 8
FILES = 9
ADDED = 7
REMOVED = 6
TIME = 8
#: Columns of what had been used by then: dollars (tokens without a price), and time worked.
COST = 8
WORKED = 7
#: From these widths on there is room for one of them (the number of files gives way), and for all.
_ONE = 64
_BOTH = 92


class TimelineList(LineView[TimelineRow]):
    """A mark, a sign, the name, why it was made, what had been used by then, and what it changed.

    The first one is where the session stands.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            title="timeline",
            empty=(
                "No checkpoint yet.",
                "",
                "The first is made when work begins, then one after each task,",
                "before each flagged one, on pause, and every few minutes.",
            ),
            id=id,
        )
        #: Keys of the marked rows, in the order in which they were marked.
        self.marked: list[Hashable] = []

    def mark(self, row: TimelineRow) -> bool:
        """Marked (True), or not after all. Two at the most: a third takes the place of the first."""
        key = self.key_of(row)
        marked = key not in self.marked
        self.marked = [*self.marked[-1:], key] if marked else [other for other in self.marked if other != key]
        self.refresh()
        names = [row.name if isinstance(row, MomentView) else "trash" for row in self.rows if self.is_marked(row)]
        self.retitle(f"timeline  marked {' and '.join(reversed(names))}" if names else "timeline")
        return marked

    def unmark(self) -> None:
        """No mark any more."""
        self.marked = []
        self.retitle("timeline")
        self.refresh()

    def is_marked(self, row: TimelineRow) -> bool:
        """Whether it is."""
        return self.key_of(row) in self.marked

    def key_of(self, row: TimelineRow) -> Hashable:
        """See LineView."""
        return (type(row).__name__, row.number)

    def plain(self, row: TimelineRow) -> str:
        """See LineView."""
        return f"{row.name} {row.reason} {row.task}" if isinstance(row, MomentView) else f"{row.name} {row.summary}"

    def draw(self, row: TimelineRow, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        glyphs = self.look.glyphs
        mark: Part = (f"{glyphs.done} " if self.is_marked(row) else "  ", "good")
        if isinstance(row, MomentView):
            here = index == 0
            sign = glyphs.running if here else glyphs.waiting if row.inside else glyphs.dot
            left: list[Part] = [
                mark,
                (f"{sign} ", "accent" if here else "muted"),
                (fit(row.name, NAME, glyphs), "strong" if here else "text"),
                (row.reason, "text"),
            ]
        else:
            left = [mark, (f"{glyphs.undone} ", "warn"), (fit("trash", NAME, glyphs), "warn"), (row.summary, "muted")]
        right = _counts(self, row, width)
        return line(self.look, width, left, right, base=base)


def _used(pane: TimelineList, row: TimelineRow, width: int) -> list[Part]:
    """What it had cost by then, in a session that asks models, and how long it had worked."""
    newest = pane.rows[0]
    if width < _ONE or not isinstance(newest, MomentView) or newest.so_far is None:
        return []
    asks = newest.so_far.tokens > 0
    so_far = row.so_far if isinstance(row, MomentView) else None
    cost = worked = ""
    if so_far is not None:
        priced = so_far.cost_usd or not so_far.unpriced
        cost = f"${so_far.cost_usd:.2f}" if priced else f"{amount(so_far.tokens)} tok"
        cost = cost if so_far.tokens else ""
        worked = span(so_far.worked) if so_far.worked >= 1 else ""
    glyphs = pane.look.glyphs
    parts: list[Part] = [(fit(worked, WORKED, glyphs, right=True), "muted")] if not asks or width >= _BOTH else []
    return [*parts, (fit(cost, COST, glyphs, right=True), "muted")] if asks else parts


def _counts(pane: TimelineList, row: TimelineRow, width: int) -> list[Part]:
    glyphs = pane.look.glyphs
    added, removed = sum(f.added or 0 for f in row.files), sum(f.removed or 0 for f in row.files)
    used = _used(pane, row, width)
    parts: list[Part] = [("  ", "text"), *used]
    if width >= (_BOTH if used else 70):
        files = f"{len(row.files)} file{'s' if len(row.files) != 1 else ''}" if row.files else ""
        parts.append((fit(files, FILES, glyphs, right=True), "muted"))
    plus, minus = f"+{added:,}" if added else "", f"-{removed:,}" if removed else ""
    parts += [(fit(plus, ADDED, glyphs, right=True), "good"), (fit(minus, REMOVED, glyphs, right=True), "bad")]
    parts += [(fit(short_moment(row.at, now_of(pane)), TIME, glyphs, right=True), "faint"), (" ", "text")]
    return parts
