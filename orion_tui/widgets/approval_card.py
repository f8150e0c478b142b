"""An approval as one card: exactly what would run or change, where, why it asks, what hangs on it."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from orion_tui.base.text import reveal
from orion_tui.bridge.snapshots import question_of
from orion_tui.core.models.sessions import Answers, Approval, Session
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, reveal_parts, width_of, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.times import moment

LABEL = 11


def text_of(card: dict[str, Any], name: str) -> str:
    """A text field of a card; "" where it is missing."""
    value = card.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def headline(approval: Approval) -> str:
    """The card's title as one revealed line."""
    card = approval.card
    told = question_of(approval) or text_of(card, "title") or text_of(card, "text")
    return str(reveal(told, keep_newlines=False))


def shown_whole(approval: Approval, width: int, glyphs: Glyphs) -> bool:
    """Whether one line of `width` cells shows everything that would be approved.

    Then one key may approve it where it stands; otherwise the card must be opened first.
    """
    card = approval.card
    text, title, preview = text_of(card, "text"), text_of(card, "title"), text_of(card, "preview")
    if card.get("disguised") or "\n" in text or approval.conditions:
        return False
    if preview and preview != text:
        return False
    return title.endswith(text) and width_of(headline(approval), glyphs) <= width


def card_lines(
    approval: Approval,
    session: Session,
    width: int,
    glyphs: Glyphs,
    *,
    now: float,
    task_titles: dict[str, str],
    before: Answers,
) -> list[DocLine]:
    """The whole card for a pane `width` cells wide."""
    asked = asked_lines(approval, width, glyphs, task_titles=task_titles, before=before)
    return [*asked, *_around(approval, session, width, glyphs, now=now)]


def asked_lines(
    approval: Approval, width: int, glyphs: Glyphs, *, task_titles: dict[str, str], before: Answers
) -> list[DocLine]:
    """The card's first part, which must have been in view before the answer: what would run or change, and why."""
    card = approval.card
    lines: list[DocLine] = []
    if card.get("disguised"):
        warning = "Hidden or reordering characters were found. They are spelled out below; read with care."
        lines += [of((text, "bad")) for text in wrap(f"{glyphs.flagged} {warning}", width, glyphs)]
        lines.append(BLANK)
    asked = question_of(approval)
    text = asked or text_of(card, "text")
    lines += _boxed(text, width, glyphs)
    lines.append(BLANK)
    lines += _field("why it asks", "" if asked else text_of(card, "why"), width, glyphs, "warn")
    lines += _field("changed", text_of(card, "changed_since"), width, glyphs, "warn")
    lines += _field("agent says", text_of(card, "agent_reason"), width, glyphs)
    lines += _field("like this", "" if asked else _answered(before), width, glyphs)
    before_it = ""
    for label, value in _details(card):
        # A purpose is prose of the plan's file, and often ends in a line's end; of all else every sign counts.
        shown = value.rstrip() if label == "its purpose" else value
        lines += _field("" if label == before_it else label, shown, width, glyphs)
        before_it = label
    waits = [task_titles.get(str(name), str(name)) for name in _list(card, "waits_on")]
    lines += _field("waits on it", ", ".join(waits) if waits else "nothing else", width, glyphs)
    preview = "" if asked else text_of(card, "preview")
    if preview and preview != text:
        lines.append(BLANK)
        lines.append(of(("content", "muted")))
        lines += preview_lines(preview, width, glyphs)
    return lines


def _around(approval: Approval, session: Session, width: int, glyphs: Glyphs, *, now: float) -> list[DocLine]:
    """The rest of the card: where it belongs, and how long the answer holds."""
    card, asked = approval.card, question_of(approval)
    preview = "" if asked else text_of(card, "preview")
    lines: list[DocLine] = [BLANK] if preview and preview != text_of(card, "text") else []
    lines += _field("session", f"{session.goal}", width, glyphs)
    lines += _field("where", f"{session.workspace}  (in the sandbox, on a copy)", width, glyphs)
    lines += _field("asked", moment(approval.created_at, now), width, glyphs, "muted")
    if asked:
        return [*lines, *_field("holds", "until you answer (a) or refuse to (r)", width, glyphs, "muted")]
    lines += _field("holds", "once, for exactly this; given, it lapses after 24 h unused", width, glyphs, "muted")
    lines += _field("policy", text_of(card, "policy")[:16], width, glyphs, "faint")
    return lines


def _answered(before: Answers) -> str:
    """How the like was answered, so that one decides alike, or knows why not."""
    if not (before.approved or before.refused):
        return "never answered before"
    told = f"approved {before.approved}, refused {before.refused} before"
    return told + (f"; the last reason: {before.last_reason}" if before.last_reason else "")


def content_lines(approval: Approval, width: int, glyphs: Glyphs) -> list[DocLine]:
    """Exactly what would run or change beyond its headline: the lines of a command, the diff, what is asked."""
    card = approval.card
    text = question_of(approval) or text_of(card, "text")
    preview = "" if question_of(approval) else text_of(card, "preview")
    lines: list[DocLine] = []
    if card.get("disguised"):
        lines += [of((piece, "bad")) for piece in wrap(f"{glyphs.flagged} hidden characters", width, glyphs)]
    if not headline(approval).endswith(text):
        lines += _boxed(text, width, glyphs)
    for label, value in approval.conditions:
        lines += _field(label, value, width, glyphs, "warn")
    if preview and preview != text:
        lines += preview_lines(preview, width, glyphs)
    return lines


def preview_lines(preview: str, width: int, glyphs: Glyphs) -> Iterable[DocLine]:
    """A unified diff or a text in its colours, each line whole: what does not fit is wrapped, never cut."""
    for raw in preview.split("\n"):
        style, ground = "text", ""
        if raw.startswith(("+++", "---", "@@")):
            style = "muted"
        elif raw.startswith("+"):
            ground = "added"
        elif raw.startswith("-"):
            ground = "removed"
        for piece in wrap(raw, width, glyphs):
            yield DocLine(tuple(reveal_parts(piece, style)), (), ground)


def _boxed(text: str, width: int, glyphs: Glyphs) -> list[DocLine]:
    edge: Part = (f"{glyphs.bar} ", "warn")
    lines: list[DocLine] = []
    for piece in wrap(str(reveal(text)), max(8, width - 2), glyphs):
        lines.append(of(edge, *reveal_parts(piece, "strong")))
    return lines


def _field(label: str, value: str, width: int, glyphs: Glyphs, style: str = "text") -> list[DocLine]:
    if not value:
        return []
    room = max(8, width - LABEL - 2)
    name = label if len(label) <= LABEL else label[:LABEL]
    lines: list[DocLine] = []
    for index, piece in enumerate(wrap(str(reveal(value)), room, glyphs)):
        head = f"{name if not index else '':<{LABEL}}  "
        lines.append(of((head, "muted"), *reveal_parts(piece, style)))
    return lines


def _list(card: dict[str, Any], name: str) -> Sequence[Any]:
    value = card.get(name)
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def _details(card: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in _list(card, "details"):
        if isinstance(item, list | tuple):
            pair = cast("Sequence[Any]", item)
            if len(pair) == 2:
                found.append((str(pair[0]), str(pair[1])))
    return found
