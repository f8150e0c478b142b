"""A promotion before and after: the gate's checks, what happens to which branch, what came of it."""

from orion_tui.bridge.promotion_port import Promoted, PromotionView, Undone, UndoView
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, width_of, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.file_list import change, counts
from orion_tui.widgets.times import count

LABEL = 14


def branch(ref: str) -> str:
    """`main` of `refs/heads/main`."""
    return ref.removeprefix("refs/heads/")


def preview_lines(view: PromotionView, width: int, glyphs: Glyphs) -> list[DocLine]:
    """Verdict, every check, what would happen, every file."""
    lines = [of((piece, "strong")) for piece in wrap(view.goal, width, glyphs)]
    lines.append(BLANK)
    verdict = (f"{glyphs.done} APPROVED", "good") if view.approved else (f"{glyphs.blocked} BLOCKED", "bad")
    lines.append(of(("gate          ", "muted"), verdict))
    for check in view.checks:
        mark = (f"{glyphs.done} ", "good") if check.passed else (f"{glyphs.failed} ", "bad")
        pieces = [piece for detail in check.details or ("",) for piece in wrap(detail, max(12, width - 36), glyphs)]
        for index, piece in enumerate(pieces):
            head = mark if not index else ("  ", "muted")
            name = check.name if not index else ""
            lines.append(
                of(
                    ("              ", "muted"),
                    head,
                    (f"{name:<18}  ", "text"),
                    (piece, "muted" if check.passed else "bad"),
                )
            )
    for problem in view.problems:
        lines += _field("in the way", problem, width, glyphs, "bad")
    for index, flagged in enumerate(view.flagged):
        lines += _field("" if index else f"{glyphs.flagged} look twice", flagged, width, glyphs, "warn")
    if view.approved:
        lines += [BLANK, *_what_happens(view, width, glyphs)]
    for index, note in enumerate(view.notes):
        lines += _field("note" if not index else "", note, width, glyphs, "muted")
    lines.append(BLANK)
    lines.append(of((f"{count(len(view.files), 'file')}", "muted")))
    return [*lines, *_file_lines(view, width, glyphs)]


def _file_lines(view: PromotionView, width: int, glyphs: Glyphs) -> list[DocLine]:
    """Every file; the figures stand beside the names they belong to, however wide the terminal is."""
    files: list[tuple[list[Part], list[Part]]] = []
    for file in view.files:
        flag = (f"  {glyphs.flagged} {file.special}", "warn") if file.special else ("", "text")
        files.append(([("  ", "text"), change(file), (file.path, "text"), flag], counts(file)))
    named = max((_cells(left, glyphs) for left, _ in files), default=0)
    counted = max((_cells(right, glyphs) for _, right in files), default=0)
    gap: Part = (" " * max(0, width - named - 2 - counted), "text")
    return [of(*left, right=(*right, gap)) for left, right in files]


def _cells(parts: list[Part], glyphs: Glyphs) -> int:
    return sum(width_of(text, glyphs) for text, _ in parts)


def _what_happens(view: PromotionView, width: int, glyphs: Glyphs) -> list[DocLine]:
    before, after = [*view.tags, "", ""][:2]
    return [
        *_field(
            "branch", f"{branch(view.target)} {glyphs.arrow} merge commit on top of {view.tip[:10]}", width, glyphs
        ),
        *_field("history", "one squashed commit as its second parent; checkpoints stay out", width, glyphs, "muted"),
        *_field("tags", before, width, glyphs),
        *_field("", after, width, glyphs),
        *_field("your files", "brought forward; what you changed yourself is not touched", width, glyphs, "muted"),
        *_field("undo", "u, or orion undo-promote: a revert commit; later ones stay", width, glyphs, "muted"),
    ]


def promoted_lines(done: Promoted, width: int, glyphs: Glyphs) -> list[DocLine]:
    """What came of it, and the way back."""
    lines = [
        of((f"{glyphs.done} promoted", "good")),
        BLANK,
        *_field("merge commit", done.commit, width, glyphs, "strong"),
        *_field("branch", branch(done.target), width, glyphs),
        *_field("tags", done.tags[0] if done.tags else "", width, glyphs),
    ]
    for tag in done.tags[1:]:
        lines += _field("", tag, width, glyphs)
    for index, note in enumerate(done.notes):
        lines += _field("note" if not index else "", note, width, glyphs, "muted")
    lines += [
        BLANK,
        of(("u", "key"), (" takes it back, after your PIN. ", "muted"), ("Esc", "key"), (" closes.", "muted")),
    ]
    return lines


def undo_lines(view: UndoView, width: int, glyphs: Glyphs) -> list[DocLine]:
    """What an undo would do, or why it cannot be done now; every file."""
    lines = [of((piece, "strong")) for piece in wrap(view.goal, width, glyphs)]
    lines.append(BLANK)
    lines += _field("merge commit", view.merge_commit, width, glyphs)
    lines += _field("branch", f"{branch(view.target)}, now at {view.tip[:10]}", width, glyphs)
    for index, problem in enumerate(view.problems):
        lines += _field("in the way" if not index else "", problem, width, glyphs, "bad")
    if view.problems:
        lines += _field("so far", "nothing was changed", width, glyphs, "muted")
    else:
        lines += _field(
            "what happens", "a revert commit on top of the branch as it is; commits that came later stay", width, glyphs
        )
        lines += _field("afterwards", "the work can be promoted again, whole", width, glyphs, "muted")
    lines += [BLANK, of((f"{count(len(view.files), 'file')} as before", "muted"))]
    for file in view.files:
        lines.append(of(("  ", "text"), change(file), (file.path, "text")))
    return lines


def undone_lines(done: Undone, width: int, glyphs: Glyphs) -> list[DocLine]:
    """What came of it."""
    lines = [
        of((f"{glyphs.undone} undone", "warn")),
        BLANK,
        *_field("revert commit", done.commit, width, glyphs, "strong"),
    ]
    for index, note in enumerate(done.notes):
        lines += _field("note" if not index else "", note, width, glyphs, "muted")
    lines += [BLANK, of(("Esc", "key"), (" closes. The work can be promoted again.", "muted"))]
    return lines


def _field(label: str, value: str, width: int, glyphs: Glyphs, style: str = "text") -> list[DocLine]:
    if not value:
        return []
    pieces = wrap(value, max(12, width - LABEL), glyphs)
    return [of((f"{label if not i else '':<{LABEL}}", "muted"), (piece, style)) for i, piece in enumerate(pieces)]
