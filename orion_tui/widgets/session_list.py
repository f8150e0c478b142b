"""Sessions as lines: state, workspace, goal, progress; more columns where there is room."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from rich.style import Style
from textual.strip import Strip

from orion_tui.core.models.sessions import Session
from orion_tui.widgets.cells import Part, fit, line, prose
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.reasons import delay_words
from orion_tui.widgets.status import session_mark, sign
from orion_tui.widgets.times import hours, now_of, short_moment

if TYPE_CHECKING:
    from orion_tui.bridge.coming import Coming

Row: TypeAlias = "Session | Coming"

#: Widest state and workspace columns; they are as wide as what is in them, no wider.
STATE = 14
WORKSPACE = 18
#: The workspace's column in a short line.
SHORT = 13
#: Rows that are looked at for that.
MEASURED = 200
ROLE = 20
#: Eight digits of the id, as everywhere.
IDENT = 10
TIME = 7

#: What a list says in which there never was anything.
NO_WORK = (
    "No work yet.",
    "",
    "{app.work} hands over a goal in your own words.",
    "",
    "1  a plan comes back, and waits for your word",
    "2  an agent works in a sandbox, on a copy of the repository",
    "3  what its role may not do by itself waits for you",
    "4  you read the diff and promote it; one key undoes that",
    "",
    "{app.palette} finds a command by name, {app.help} lists every key.",
    "orion-tui --demo shows all of it on a sample repository.",
)


class SessionList(LineView[Row]):
    """Newest first. `wide` adds id, role, running time and start where they fit."""

    def __init__(self, *, id: str | None = None, wide: bool = False, classes: str = "") -> None:
        super().__init__(title="sessions", empty=NO_WORK, id=id, classes=classes)
        self._wide = wide
        self._state_width = STATE
        self._workspace_width = WORKSPACE
        self._progress_width = 0

    def show(self, rows: Sequence[Row], *, shift: int | None = None) -> None:
        """See LineView."""
        first = [row for row in rows[:MEASURED] if isinstance(row, Session)]
        state = min(STATE, max((len(session_mark(row.state)[1]) for row in first), default=8) + 4)
        workspace = min(WORKSPACE, max((len(workspace_name(row)) for row in first), default=8) + 2)
        progress = max((len(_progress(row)) for row in first), default=0)
        if (state, workspace, progress) != (self._state_width, self._workspace_width, self._progress_width):
            self._state_width, self._workspace_width, self._progress_width = state, workspace, progress
            self.refresh()
        super().show(rows, shift=shift)

    @property
    def session(self) -> Session | None:
        """The selected session; None while it is on its way."""
        return self.selected if isinstance(self.selected, Session) else None

    def key_of(self, row: Row) -> Hashable:
        """See LineView."""
        return row.id if isinstance(row, Session) else row.number

    def plain(self, row: Row) -> str:
        """See LineView."""
        if not isinstance(row, Session):
            return ""
        _, word, _ = session_mark(row.state)
        return f"{row.id} {word} {workspace_name(row)} {row.goal} {row.role}"

    def draw(self, row: Row, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        if not isinstance(row, Session):
            return line(self.look, width, [(f"  {self.look.glyphs.cut}", "faint")], base=base)
        glyphs = self.look.glyphs
        mark, word, style = session_mark(row.state)
        left: list[Part] = [(fit(f"{sign(glyphs, mark)} {word}", self._state_width, glyphs), style)]
        right: list[Part] = []
        if self._wide and width >= 110:
            left.append((fit(row.id[:8], IDENT, glyphs), "faint"))
        if width >= 56:
            # Where the line is short, the goal says more than the end of a long name.
            workspace = min(self._workspace_width, SHORT) if width < 64 else self._workspace_width
            left.append((fit(workspace_name(row), workspace - 2, glyphs) + "  ", "muted"))
        left.append((prose(row.goal), "text"))
        if self._wide and width >= 96:
            right.append(("  " + fit(row.role, ROLE - 2, glyphs), "muted"))
        if delay := delay_words(row, now_of(self)):
            right.append((f"  {delay}", "warn"))
        # As wide as the widest in the list: where none has begun, the goal has the room.
        right.append((f"  {_progress(row):>{self._progress_width}}" if self._progress_width else " ", "muted"))
        if width >= (72 if self._wide else 90):
            spent = hours(row.running_seconds) if row.running_seconds else ""
            right.append((fit(spent, TIME, glyphs, right=True), "muted"))
        if width >= 72:
            right.append((fit(short_moment(row.created_at, now_of(self)), TIME + 1, glyphs, right=True), "faint"))
        right.append((" ", "text"))
        return line(self.look, width, left, right, base=base)


def _progress(session: Session) -> str:
    """`4/8`; "" before there is a plan."""
    return f"{session.tasks_done}/{session.tasks_total}" if session.tasks_total else ""
