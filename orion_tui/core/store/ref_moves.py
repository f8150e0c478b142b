"""The journal of branches that have yet to follow the store: written with a change, crossed out once git has moved."""

import attrs

from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table


@attrs.frozen(kw_only=True)
class RefMove:
    """One row of `ref_moves`; an empty id stands for "there is no such reference"."""

    id: int
    session_id: str
    ref: str
    old: str
    new: str


_MOVES = Table("ref_moves", RefMove)


def begin(tx: Transaction, session_id: str, ref: str, old: str, new: str) -> RefMove:
    """Write down that a reference has to move, in the transaction that decides it."""
    number = tx.insert(
        "INSERT INTO ref_moves (session_id, ref, old, new) VALUES (?, ?, ?, ?)", (session_id, ref, old, new)
    )
    return RefMove(id=number, session_id=session_id, ref=ref, old=old, new=new)


def end(tx: Transaction, move_id: int) -> None:
    """The reference has moved: nothing is left to do. Twice is once."""
    tx.run("DELETE FROM ref_moves WHERE id = ?", (move_id,))


def unfinished(reader: Reader, session_id: str | None = None) -> list[RefMove]:
    """Moves that are not done yet, oldest first: of one session or (None) of all."""
    where, given = ("WHERE session_id = ?", (session_id,)) if session_id is not None else ("", ())
    return [
        _MOVES.model_of(row)
        for row in reader.rows(f"SELECT {_MOVES.columns} FROM ref_moves {where} ORDER BY id", given)
    ]
