"""What was wanted before: commands that were carried out, and questions with what they were about."""

from typing import Any

from orion_tui.core.store.connection import Reader
from orion_tui.core.store.rows import Table, encode, from_text


def commands(reader: Reader, session_id: str, role: str | None, limit: int) -> list[tuple[str, float, Any]]:
    """Session, time and action of the newest commands: of a session, or (with a role) of all sessions of it."""
    where, of = _of(session_id, role)
    rows = reader.rows(
        f"SELECT session_id, started_at, action FROM steps WHERE {where}"
        " AND json_extract(action, '$.do') = 'RunCommand' ORDER BY started_at DESC LIMIT ?",
        (of, limit),
    )
    return [(str(session), float(at), from_text(action)) for session, at, action in rows]


def questions(
    reader: Reader, session_id: str, role: str | None, limit: int
) -> list[tuple[str, float, Any, str, bool, str]]:
    """Session, time, what was asked, its title, whether it was refused and why: the newest that were answered.

    Commands that were approved are left out, for they stand among the `commands`.
    """
    where, of = _of(session_id, role)
    rows = reader.rows(
        "SELECT session_id, created_at, asked, json_extract(card, '$.title'), refused, answer_reason"
        f" FROM approvals JOIN approval_actions ON approval_id = approvals.id WHERE {where}"
        " AND (refused OR (answered_at IS NOT NULL AND json_extract(asked, '$.action.do') <> 'RunCommand'))"
        " ORDER BY number DESC LIMIT ?",
        (of, limit),
    )
    return [
        (str(session), float(at), from_text(asked), str(title or ""), bool(no), str(Table.decode_text(reason) or ""))
        for session, at, asked, title, no, reason in rows
    ]


def _of(session_id: str, role: str | None) -> tuple[str, object]:
    if role is None:
        return "session_id = ?", encode(session_id)
    return "session_id IN (SELECT id FROM sessions WHERE role = ?)", encode(role)
