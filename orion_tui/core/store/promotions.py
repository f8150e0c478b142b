"""Promotions: the journal of what was about to be, and was, done to the user's repository."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from orion_tui.base.errors import NotFound
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table

_PROMOTIONS = Table("promotions", Promotion, json=("journal",))
_COLUMNS = _PROMOTIONS.columns

# In-between states, whatever they are called: the ones that are final are known.
_UNFINISHED = "state NOT IN ('committed', 'undone', 'aborted')"


class PromotionColumns(TypedDict, total=False):
    """Columns that may be set along with a promotion's state."""

    target_ref: str
    old_tip: str
    merge_commit: str
    accepted_tree: str
    journal: Mapping[str, Any]
    finished_at: float | None
    undo_commit: str | None


def insert(tx: Transaction, promotion: Promotion) -> int:
    """Record a promotion that begins; the id it got (its own is ignored). Owes an event."""
    fields = [field for field in _PROMOTIONS.fields if field != "id"]
    number = tx.insert(
        f"INSERT INTO promotions ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})",
        [_PROMOTIONS.encode(field, getattr(promotion, field)) for field in fields],
    )
    tx.owe_event(promotion.session_id, f"promotion {number}")
    return number


def get(reader: Reader, promotion_id: int) -> Promotion:
    """The promotion of that id. NotFound where there is none."""
    row = reader.row(f"SELECT {_COLUMNS} FROM promotions WHERE id = ?", (promotion_id,))
    if row is None:
        raise NotFound(f"no promotion {promotion_id}")
    return _PROMOTIONS.model_of(row)


def set_state(tx: Transaction, promotion_id: int, state: str, **columns: Unpack[PromotionColumns]) -> None:
    """Move a promotion on. Owes an event. NotFound where there is none of that id."""
    if unknown := columns.keys() - PromotionColumns.__annotations__.keys():
        raise ValueError(f"not a column to set: {', '.join(sorted(unknown))}")
    values: dict[str, object] = {"state": state, **columns}
    assignments = ", ".join(f"{name} = ?" for name in values)
    encoded = [_PROMOTIONS.encode(name, value) for name, value in values.items()]
    tx.run(f"UPDATE promotions SET {assignments} WHERE id = ?", (*encoded, promotion_id))
    tx.owe_event(get(tx, promotion_id).session_id, f"promotion {promotion_id}")


def note(tx: Transaction, promotion_id: int, state: str, journal: Mapping[str, Any]) -> None:
    """Write down how far an unfinished promotion got. Recovery's business and no news, so it owes no event."""
    encoded = _PROMOTIONS.encode("journal", journal)
    tx.run("UPDATE promotions SET state = ?, journal = ? WHERE id = ?", (state, encoded, promotion_id))


def standing(reader: Reader, session_id: str) -> Promotion | None:
    """The promotion of a session that is in effect, so that it can be undone; None where there is none."""
    row = reader.row(
        f"SELECT {_COLUMNS} FROM promotions WHERE session_id = ? AND state = 'committed' AND accepted_tree <> ''"
        " ORDER BY id DESC LIMIT 1",
        (session_id,),
    )
    return None if row is None else _PROMOTIONS.model_of(row)


def latest(reader: Reader, session_id: str) -> Promotion | None:
    """A session's newest promotion, None where it has none."""
    row = reader.row(f"SELECT {_COLUMNS} FROM promotions WHERE session_id = ? ORDER BY id DESC LIMIT 1", (session_id,))
    return None if row is None else _PROMOTIONS.model_of(row)


def unfinished(reader: Reader) -> list[Promotion]:
    """Promotions that were cut short, oldest first: what recovery has to complete or restore."""
    rows = reader.rows(f"SELECT {_COLUMNS} FROM promotions WHERE {_UNFINISHED} ORDER BY id")
    return [_PROMOTIONS.model_of(row) for row in rows]
