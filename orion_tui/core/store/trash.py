"""The trash: what was taken back, until it is restored or purged."""

from orion_tui.base.errors import NotFound, StateError
from orion_tui.core.models.trash import Gone, TrashEntry, TrashKind
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table

_TRASH = Table("trash", TrashEntry, json=("line",), convert={"kind": TrashKind, "gone": Gone})
_COLUMNS = _TRASH.columns


def insert(tx: Transaction, entry: TrashEntry) -> int:
    """Record an entry; the id it got (its own is ignored). Owes an event."""
    fields = [field for field in _TRASH.fields if field != "id"]
    quoted = ", ".join(f'"{field}"' for field in fields)
    number = tx.insert(
        f"INSERT INTO trash ({quoted}) VALUES ({', '.join('?' * len(fields))})",
        [_TRASH.encode(field, getattr(entry, field)) for field in fields],
    )
    tx.owe_event(entry.session_id, f"trash {number}")
    return number


def get(reader: Reader, entry_id: int) -> TrashEntry:
    """The entry of that id, whether it is still there or gone. NotFound where there never was one."""
    row = reader.row(f"SELECT {_COLUMNS} FROM trash WHERE id = ?", (entry_id,))
    if row is None:
        raise NotFound(f"nothing in the trash has the number {entry_id}", hint="`orion trash list` shows what there is")
    return _TRASH.model_of(row)


def there(reader: Reader, session_id: str | None = None) -> list[TrashEntry]:
    """What lies in the trash, oldest first: of one session or (None) of all."""
    if session_id is None:
        rows = reader.rows(f"SELECT {_COLUMNS} FROM trash WHERE gone = '' ORDER BY id")
    else:
        rows = reader.rows(
            f"SELECT {_COLUMNS} FROM trash WHERE gone = '' AND session_id = ? ORDER BY id", (session_id,)
        )
    return [_TRASH.model_of(row) for row in rows]


def names(reader: Reader, session_id: str) -> set[str]:
    """Every name that an entry of the session has or had."""
    return {str(row[0]) for row in reader.rows("SELECT name FROM trash WHERE session_id = ?", (session_id,))}


def end(tx: Transaction, entry_id: int, how: Gone) -> TrashEntry:
    """Take an entry out of the trash; as it was. Owes an event. StateError when it has left it already."""
    entry = get(tx, entry_id)
    if entry.gone is not Gone.NOT:
        raise StateError(f"number {entry_id} is no longer in the trash: it was {entry.gone}")
    # What came back needs no copy; what was purged must leave nothing behind.
    tx.run(
        "UPDATE trash SET gone = ?, gone_at = ?, line = '{}' WHERE id = ?",
        (how.value, tx.now, entry_id),
    )
    tx.owe_event(entry.session_id, f"trash {entry_id}")
    return entry
