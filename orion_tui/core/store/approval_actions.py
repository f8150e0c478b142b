"""The actions that questions are about: as they were asked, and as a person edited them."""

from collections.abc import Mapping
from typing import Any

from orion_tui.core.models.asked import Kept
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import encode, from_text, to_text


def keep(tx: Transaction, approval_id: str, asked: Mapping[str, Any], edited: Mapping[str, Any] | None = None) -> None:
    """Keep what a question is about, with the question itself; `edited` where a person changed it before."""
    tx.run(
        "INSERT INTO approval_actions (approval_id, asked, edited) VALUES (?, ?, ?)",
        (encode(approval_id), to_text(asked), to_text(edited) if edited is not None else None),
    )


def get(reader: Reader, approval_id: str) -> Kept | None:
    """What is kept of a question; None for one that is about no action, or from before this was kept."""
    row = reader.row("SELECT asked, edited FROM approval_actions WHERE approval_id = ?", (encode(approval_id),))
    if row is None:
        return None
    return Kept(asked=from_text(row[0]), edited=from_text(row[1]) if row[1] is not None else None)


def edited(reader: Reader, approval_id: str) -> dict[str, Any] | None:
    """What a person made of the action; None where it stands as it was asked."""
    row = reader.row(
        "SELECT edited FROM approval_actions WHERE approval_id = ? AND edited IS NOT NULL", (encode(approval_id),)
    )
    return None if row is None else from_text(row[0])


def edit(tx: Transaction, approval_id: str, action: Mapping[str, Any]) -> None:
    """Put a person's action in the place of the one that was asked. The caller writes the event."""
    tx.run("UPDATE approval_actions SET edited = ? WHERE approval_id = ?", (to_text(action), encode(approval_id)))
