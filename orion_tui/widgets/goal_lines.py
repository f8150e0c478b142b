"""What a goal as it is entered amounts to: the role in plain words, the base of the work, what is asked of whom."""

from orion_tui.bridge.goal_port import GoalRequest, PlaceView, RolePick
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, width_of, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.times import count

LABEL = 10
_AUTH = {"pin": "PIN", "totp": "one-time code"}


def limit_text(limit: float | None) -> str:
    """A limit as it stands in its field: `5`, `2,000,000`, `0.5`; "" for none."""
    if limit is None:
        return ""
    return f"{limit:,.0f}" if float(limit).is_integer() else f"{limit:g}"


def place_words(place: PlaceView) -> tuple[Part, ...]:
    """`main 4f1e2a9c, 3 changed, 2 new`."""
    if not place.root:
        return ()
    parts: list[Part] = [(place.branch or "detached", "text"), (f" {place.head[:8]}", "faint")]
    if place.changed:
        parts.append((f", {place.changed:,} changed", "warn"))
    if place.untracked:
        parts.append((f", {place.untracked:,} new", "warn"))
    if not place.dirty:
        parts.append((", clean", "muted"))
    return tuple(parts)


def about_lines(
    role: RolePick | None, place: PlaceView, request: GoalRequest, width: int, glyphs: Glyphs
) -> list[DocLine]:
    """For a pane of that width."""
    lines: list[DocLine] = []
    if role is not None:
        lines.append(of((role.name, "strong")))
        lines += [of((piece, "text")) for piece in wrap(role.description, width, glyphs)] if role.description else []
        lines += _field("scope", role.scope, width, glyphs)
        lines += _field("promotion", f"needs your {_AUTH.get(role.auth, role.auth)}", width, glyphs)
        lines.append(BLANK)
    if place.root:
        base = f"{place.branch or 'a detached HEAD'} at {place.head[:10]}"
        if request.snapshot:
            base += f", with {_uncommitted(place)} as they are"
        lines += _field("works on", _folded(place.root, width - LABEL - 1, glyphs), width, glyphs)
        lines += _field("from", base, width, glyphs)
        if place.dirty and not request.snapshot:
            lines += _field("left out", _uncommitted(place), width, glyphs, "warn")
        for note in place.notes:
            lines += _field("note", note, width, glyphs, "muted")
        lines.append(BLANK)
    lines += _field("then", _then(request), width, glyphs)
    lines += _field(
        "always",
        "Work runs in a sandbox on a copy. Nothing in your repository changes until you promote.",
        width,
        glyphs,
        "muted",
    )
    return lines


def _folded(path: str, room: int, glyphs: Glyphs) -> str:
    """A path in lines that end where a folder's name ends; a name that is longer than a line is broken."""
    lines = [""]
    for index, part in enumerate(path.split("/")):
        piece = f"/{part}" if index else part
        if lines[-1] and width_of(lines[-1] + piece, glyphs) > room:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _uncommitted(place: PlaceView) -> str:
    told = [count(place.changed, "changed file")] if place.changed else []
    told += [f"{place.untracked:,} new"] if place.untracked else []
    return " and ".join(told)


def _then(request: GoalRequest) -> str:
    if request.playbook and request.review_plan:
        return "The playbook is checked against the role. You see it, and nothing is done before you approve."
    if request.playbook:
        return "The playbook is checked against the role, and work starts."
    if request.review_plan:
        return (
            "A model makes a plan and checks it against the role. You see it, and nothing is done before you approve."
        )
    return "A model makes a plan. Where the role allows all of it, work starts at once."


def _field(label: str, value: str, width: int, glyphs: Glyphs, style: str = "text") -> list[DocLine]:
    pieces = wrap(value, max(8, width - LABEL - 1), glyphs) if value else []
    return [of((f"{'' if i else label:<{LABEL}} ", "muted"), (piece, style)) for i, piece in enumerate(pieces)]
