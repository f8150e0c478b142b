"""Every plan of a session and every edit of one, and the draft that a person is asked about."""

from collections.abc import Mapping
from typing import Any

from orion_tui.base.errors import NotFound
from orion_tui.core.models.plan_records import PlanDraft, PlanVersion
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, encode

_VERSIONS = Table("plan_versions", PlanVersion, json=("json",))
_DRAFTS = Table("plan_drafts", PlanDraft)


def add(
    tx: Transaction, session_id: str, plan_json: Mapping[str, Any], *, parent: int, author: str, note: str
) -> PlanVersion:
    """Keep a plan under the next free number. Owes an event."""
    row = tx.row("SELECT max(version) FROM plan_versions WHERE session_id = ?", (session_id,))
    version = int(row[0] or 0) + 1 if row else 1
    made = PlanVersion(
        session_id=session_id,
        version=version,
        parent=parent,
        author=author,
        note=note,
        json=dict(plan_json),
        created_at=tx.now,
    )
    marks = ", ".join("?" * len(_VERSIONS.fields))
    tx.run(f"INSERT INTO plan_versions ({_VERSIONS.columns}) VALUES ({marks})", _VERSIONS.values(made))
    tx.owe_event(session_id, f"plan version {version}")
    return made


def get(reader: Reader, session_id: str, version: int) -> PlanVersion:
    """One version. NotFound where there is none."""
    row = reader.row(
        f"SELECT {_VERSIONS.columns} FROM plan_versions WHERE session_id = ? AND version = ?", (session_id, version)
    )
    if row is None:
        raise NotFound(f"session {session_id} has no version {version} of its plan")
    return _VERSIONS.model_of(row)


def all(reader: Reader, session_id: str) -> list[PlanVersion]:
    """Every version, oldest first."""
    rows = reader.rows(
        f"SELECT {_VERSIONS.columns} FROM plan_versions WHERE session_id = ? ORDER BY version", (session_id,)
    )
    return [_VERSIONS.model_of(row) for row in rows]


def draft(reader: Reader, session_id: str) -> PlanDraft | None:
    """The draft that waits for a person; None where none does."""
    row = reader.row(f"SELECT {_DRAFTS.columns} FROM plan_drafts WHERE session_id = ?", (session_id,))
    return None if row is None else _DRAFTS.model_of(row)


def set_draft(tx: Transaction, draft: PlanDraft) -> None:
    """Put a version before the person, in place of the one that was. Owes an event."""
    tx.run(
        "INSERT INTO plan_drafts (session_id, version, base, comment) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (session_id) DO UPDATE SET version = ?2, base = ?3, comment = ?4",
        (draft.session_id, draft.version, draft.base, encode(draft.comment)),
    )
    tx.owe_event(draft.session_id, "a draft of its plan")


def drop_draft(tx: Transaction, session_id: str) -> None:
    """There is no draft any more. Owes an event."""
    tx.run("DELETE FROM plan_drafts WHERE session_id = ?", (session_id,))
    tx.owe_event(session_id, "a draft of its plan")
