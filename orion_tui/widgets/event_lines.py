"""What an event says, in words and as a line: time, session, type, who."""

from rich.style import Style
from textual.strip import Strip

from orion_tui.base.text import clean
from orion_tui.bridge.notes import note_of
from orion_tui.core.models.events import Event
from orion_tui.themes import Look
from orion_tui.widgets.cells import Part, fit, line, prose, wrap
from orion_tui.widgets.status import mood_mark, sign
from orion_tui.widgets.times import exact, short_moment

TYPE = 22
SESSION = 10
ACTOR = 7
TIME = 9

_MOOD = {
    "action.blocked": "blocked",
    "action.failed": "failed",
    "action.done": "done",
    "action.started": "running",
    "approval.asked": "waiting",
    "task.started": "running",
    "task.waiting": "waiting",
    "session.created": "plain",
}


def event_text(event: Event) -> str:
    """What an event tells, in one line."""
    note = note_of(event)
    if note is not None:
        return prose(note.text)
    data = event.data
    words = [str(data[name]) for name in ("title", "text", "goal", "control") if data.get(name)]
    tail = [str(data[name]) for name in ("summary", "rule", "reason") if data.get(name)]
    if len(tail) > 1 and tail[-1].startswith(tail[-2]):
        # A reason often begins with the rule that it is about.
        del tail[-2]
    return "  ".join([*words, *tail])


def event_words(event: Event) -> str:
    """All the text of an event: what its line says, and what it carries beside that."""
    carried = " ".join(value for value in event.data.values() if isinstance(value, str))
    return f"{event.session_id} {event.type} {event.actor} {event_text(event)} {carried}"


def _shown(event: Event) -> str:
    return str(clean(event_text(event) or event.type, keep_newlines=False))


def _before(width: int, *, sessions: bool) -> int:
    """Cells before the text."""
    return TIME + 2 + SESSION * sessions + TYPE * (width >= 90)


def event_pieces(event: Event, width: int, look: Look, *, sessions: bool) -> tuple[str, ...]:
    """The text in as many pieces as it needs lines of `width` cells."""
    room = width - _before(width, sessions=sessions) - ((2 + ACTOR) if width >= 100 else 0)
    return tuple(wrap(_shown(event), max(8, room), look.glyphs))


def event_line(
    event: Event, pieces: tuple[str, ...], part: int, width: int, look: Look, base: Style, *, now: float, sessions: bool
) -> Strip:
    """One line of an event: whole where it has no pieces, else the piece of that number."""
    if part:
        indent = " " * _before(width, sessions=sessions)
        return line(look, width, [(indent, "text"), (pieces[part], "text")], base=base)
    note = note_of(event)
    mark, _, style = mood_mark(note.mood if note is not None else _MOOD.get(event.type, "plain"))
    day = short_moment(event.at, now)
    when = exact(event.at) if ":" in day else f"{day:<8}"
    left: list[Part] = [(f"{when} ", "faint"), (f"{sign(look.glyphs, mark)} ", style)]
    if sessions:
        left.append((fit(event.session_id[:8], SESSION, look.glyphs), "faint"))
    if width >= 90:
        left.append((fit(event.type, TYPE - 1, look.glyphs) + " ", "muted"))
    left.append((pieces[0] if pieces else _shown(event), "text"))
    right: list[Part] = [(f"  {event.actor}", "faint"), (" ", "text")] if width >= 100 else []
    return line(look, width, left, right, base=base)
