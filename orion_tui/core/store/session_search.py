"""Sessions found by words: some rows read once, however many there are, and never more than asked for."""

from collections.abc import Sequence

from orion_tui.core.models.sessions import Session
from orion_tui.core.store.connection import Reader
from orion_tui.core.store.sessions import TABLE

_EACH = " OR ".join(f"{column} LIKE ? ESCAPE '!'" for column in ("id", "goal", "workspace", "role"))

#: Words that are looked for, and letters of each: what people type, and no more than SQLite is asked to compare.
MOST_WORDS = 8
MOST_LETTERS = 80
#: Letters of a word below which letters in order would find everything.
_LEAST_LETTERS = 3


def matching(reader: Reader, text: str, *, limit: int, loosely: bool = False) -> list[Session]:
    """At most `limit` sessions, newest first, in which each word of `text` stands: at the beginning of the id, or in
    goal, workspace or role. `loosely` takes letters in that order for a word, as long as it has three.

    Without a word the newest.
    """
    where, values = _condition(_words(text), loosely=loosely)
    rows = reader.rows(
        f"SELECT {TABLE.columns} FROM sessions WHERE {where} ORDER BY created_at DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    return [TABLE.model_of(row) for row in rows]


def count(reader: Reader, text: str, *, most: int) -> int:
    """How many sessions have each word, counted up to `most`."""
    where, values = _condition(_words(text), loosely=False)
    row = reader.row(f"SELECT count(*) FROM (SELECT 1 FROM sessions WHERE {where} LIMIT ?)", (*values, most))
    return int(row[0]) if row else 0


def _words(text: str) -> Sequence[str]:
    return [word[:MOST_LETTERS] for word in text.split()[:MOST_WORDS]]


def _condition(words: Sequence[str], *, loosely: bool) -> tuple[str, list[str]]:
    parts: list[str] = []
    values: list[str] = []
    for word in words:
        inside = _loose(word) if loosely and len(word) >= _LEAST_LETTERS else f"%{_escaped(word)}%"
        parts.append(f"({_EACH})")
        values += [f"{_escaped(word)}%", inside, inside, inside]
    return " AND ".join(parts) or "1", values


def _loose(word: str) -> str:
    return f"%{'%'.join(_escaped(letter) for letter in word)}%"


def _escaped(text: str) -> str:
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return escaped.encode("utf-8", "replace").decode()
