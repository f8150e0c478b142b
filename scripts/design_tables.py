"""The tables of docs/design-system.md, made of the code: `python -m scripts.design_tables` writes them into it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.themes import ASCII, THEMES, UNICODE, Colors, Glyphs
from orion_tui.widgets.status import Mark, session_mark, task_mark

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "design-system.md"
#: What each token is for.
TOKENS: Mapping[str, str] = {
    "background": "ground of everything",
    "raised": "header, footer, entries",
    "text": "what is read",
    "muted": "labels, second things",
    "faint": "separators, old times; on a selected line drawn as `muted`",
    "accent": "keys, the cursor's bar, the frame with the keys; the only accent",
    "running": "at work",
    "good": "done, added",
    "warn": "waits for a person, flagged",
    "bad": "failed, blocked, removed",
    "selection": "the line under the cursor, in the pane with the keys",
    "selection_away": "the same in the other panes",
    "added": "an added line",
    "removed": "a removed line",
    "added_word": "what differs in it",
    "removed_word": "what differs in it",
    "border": "a frame without the keys",
}


def colors() -> str:
    """Every token in every theme."""
    rows = ["| token | what for | " + " | ".join(THEMES) + " |", "|---|---|" + "---|" * len(THEMES)]
    for field in attrs.fields(Colors):
        if field.name in TOKENS:
            values = (str(getattr(theme, field.name)) for theme in THEMES.values())
            rows.append(f"| `{field.name}` | {TOKENS[field.name]} | " + " | ".join(f"`{v}`" for v in values) + " |")
    return "\n".join(rows)


def signs() -> str:
    """Every sign in both sets."""
    rows = ["| sign | usual | ASCII |", "|---|---|---|"]
    for field in attrs.fields(Glyphs):
        if field.name != "ascii":
            rows.append(f"| {field.name} | {_code(UNICODE, field.name)} | {_code(ASCII, field.name)} |")
    return "\n".join(rows)


def statuses() -> str:
    """Every status of sessions and tasks: sign, word, colour."""
    rows = ["| of | status | shown as | ASCII | colour |", "|---|---|---|---|---|"]
    rows += [_status("session", str(state), session_mark(state)) for state in SessionState]
    rows += [_status("task", str(status), task_mark(status)) for status in TaskStatus]
    return "\n".join(rows)


def _code(glyphs: Glyphs, name: str) -> str:
    sign = str(getattr(glyphs, name)).replace("|", "\\|")
    return f"`` {sign} ``" if "`" in sign else f"`{sign}`"


def _status(of: str, name: str, mark: Mark) -> str:
    sign, word, style = mark
    usual, plain = (str(getattr(glyphs, sign)) for glyphs in (UNICODE, ASCII))
    return f"| {of} | {name} | `{usual} {word}` | `{plain} {word}` | `{style}` |"


TABLES: Mapping[str, Callable[[], str]] = {"colours": colors, "signs": signs, "statuses": statuses}


def with_tables(document: str) -> str:
    """The document with every table as the code has it. Raises KeyError for a place that has no table."""

    def fill(found: re.Match[str]) -> str:
        return f"{found.group(1)}\n{TABLES[found.group(2)]()}\n<!-- end -->"

    return re.sub(r"(<!-- table: (\w+) -->)\n.*?<!-- end -->", fill, document, flags=re.DOTALL)


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8")), "utf-8")
