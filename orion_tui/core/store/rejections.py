"""What a person turned down under a role, with the reasons: what a planner is to know (PLAN-1)."""

import attrs

from orion_tui.core.store.connection import Reader
from orion_tui.core.store.rows import Table, from_text

#: How many a planner is told of.
MOST = 5


@attrs.frozen(kw_only=True)
class Rejected:
    """One of them."""

    what: str
    reason: str
    at: float


def latest(reader: Reader, role: str, limit: int = MOST) -> list[Rejected]:
    """The newest rejections of a role's work that have a reason, oldest of them first: sessions and single actions."""
    found = [
        Rejected(what=f"the work on: {_text(goal)}", reason=_text(reason), at=float(at))
        for goal, reason, at in reader.rows(
            "SELECT goal, reason, updated_at FROM sessions WHERE role = ? AND state = 'rejected'"
            " AND reason NOT IN ('', 'rejected') ORDER BY updated_at DESC LIMIT ?",
            (role, limit),
        )
    ]
    found += [
        Rejected(what=str(from_text(card).get("title", "")), reason=_text(reason), at=float(at))
        for card, reason, at in reader.rows(
            "SELECT a.card, a.answer_reason, a.answered_at FROM approvals a JOIN sessions s ON s.id = a.session_id"
            " WHERE s.role = ? AND a.status = 'rejected' AND a.answer_reason <> '' ORDER BY a.number DESC LIMIT ?",
            (role, limit),
        )
    ]
    return sorted(found, key=lambda one: one.at)[-limit:]


def _text(value: object) -> str:
    return str(Table.decode_text(value))
