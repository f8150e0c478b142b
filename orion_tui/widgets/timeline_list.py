"""Checkpoints as lines, newest first, and what lies in the trash below them."""

from collections.abc import Hashable, Sequence

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.timeline_port import MomentView, TrashView
from orion_tui.widgets.budget import amount
from orion_tui.widgets.cells import Part, fit, line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.times import count, now_of, short_moment, worked

TimelineRow = MomentView | TrashView

#: Cells of a name with a blank after it, and of the time.
NAME = 8
TIME = 8
#: Rows that are looked at for how wide the other columns are.
MEASURED = 200
#: From these widths on there is room for one of them (the number of files gives way), and for all.
_ONE = 64
_BOTH = 92
#: From this width on there is room for the number of files where nothing is said of what was used.
_FILES = 70
_CHANGED = ("added", "removed")
_STYLES = {"added": "good", "removed": "bad"}


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
        #: Cells of each column of figures, by its name: none where it has nothing to say.
        self.columns: dict[str, int] = {}

    def show(self, rows: Sequence[TimelineRow], *, shift: int | None = None) -> None:
        """See LineView."""
        figures = [_figures(row) for row in rows[:MEASURED]]
        columns = {name: max(len(row[name]) for row in figures) for name in figures[0]} if figures else {}
        if columns != self.columns:
            self.columns = columns
            self.refresh()
        super().show(rows, shift=shift)

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


def _figures(row: TimelineRow) -> dict[str, str]:
    """What stands at the right of a row, by the name of its column."""
    so_far = row.so_far if isinstance(row, MomentView) else None
    added, removed = sum(f.added or 0 for f in row.files), sum(f.removed or 0 for f in row.files)
    cost = ""
    if so_far is not None and so_far.tokens:
        priced = so_far.cost_usd or not so_far.unpriced
        cost = f"${so_far.cost_usd:.2f}" if priced else f"{amount(so_far.tokens)} tok"
    return {
        "worked": worked(so_far.worked) if so_far is not None and so_far.worked >= 1 else "",
        "cost": cost,
        "files": count(len(row.files), "file") if row.files else "",
        "added": f"+{added:,}" if added else "",
        "removed": f"-{removed:,}" if removed else "",
    }


def _shown(pane: TimelineList, width: int) -> list[str]:
    """The columns for which there is room: how much changed, then what it had cost, then the rest."""
    newest = pane.rows[0]
    so_far = newest.so_far if isinstance(newest, MomentView) else None
    if so_far is None or width < _ONE:
        return ["files", *_CHANGED] if width >= _FILES else [*_CHANGED]
    if width >= _BOTH:
        return ["worked", "cost", "files", *_CHANGED]
    # A session that asks no model costs nothing.
    return ["cost" if so_far.tokens else "worked", *_CHANGED]


def _counts(pane: TimelineList, row: TimelineRow, width: int) -> list[Part]:
    glyphs, figures = pane.look.glyphs, _figures(row)
    parts: list[Part] = []
    for name in _shown(pane, width):
        if cells := pane.columns.get(name, 0):
            parts.append(("  " + fit(figures[name], cells, glyphs, right=True), _STYLES.get(name, "muted")))
    parts += [(fit(short_moment(row.at, now_of(pane)), TIME, glyphs, right=True), "faint"), (" ", "text")]
    return parts
