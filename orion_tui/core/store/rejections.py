"""What a person turned down, with the reasons: what a planner is to know (PLAN-1), and what no revision may undo."""

import attrs

from orion_tui.core.store.connection import Reader
from orion_tui.core.store.rows import Table, encode, from_text

#: How many a planner is told of.
MOST = 5
#: How many of one session are told to whoever thinks its plan over.
MOST_OF_SESSION = 20

#: Index of the question whether a task may start at all (`core.session.questions.START`).
_START = -1


@attrs.frozen(kw_only=True)
class Rejected:
    """One of them."""

    what: str
    #: Empty where the person gave none.
    reason: str
    at: float


def latest(reader: Reader, role: str, limit: int = MOST) -> list[Rejected]:
    """The newest rejections of a role's work that have a reason, oldest of them first: sessions and single actions.

    What was asked again later, for another attempt, was turned down all the same.
    """
    found = [
        Rejected(what=f"the work on: {_text(goal)}", reason=_text(reason), at=float(at))
        for goal, reason, at in reader.rows(
            "SELECT goal, reason, updated_at FROM sessions WHERE role = ? AND state = 'rejected'"
            " AND reason NOT IN ('', 'rejected') ORDER BY updated_at DESC LIMIT ?",
            (role, limit),
        )
    ]
    found += [
        _rejected(row)
        for row in reader.rows(
            "SELECT a.card, a.answer_reason, a.answered_at FROM approvals a JOIN sessions s ON s.id = a.session_id"
            " WHERE s.role = ? AND a.refused AND a.answer_reason <> '' ORDER BY a.number DESC LIMIT ?",
            (role, limit),
        )
    ]
    return sorted(found, key=lambda one: one.at)[-limit:]


def of_session(reader: Reader, session_id: str, limit: int = MOST_OF_SESSION) -> list[Rejected]:
    """The newest things that were turned down in one session, with a reason or without, oldest of them first."""
    rows = reader.rows(
        "SELECT card, answer_reason, answered_at FROM approvals WHERE session_id = ? AND refused"
        " ORDER BY number DESC LIMIT ?",
        (encode(session_id), limit),
    )
    return [_rejected(row) for row in rows][::-1]


def starts(reader: Reader, session_id: str) -> list[Rejected]:
    """The tasks that the person refused to start, in order; one that they then had tried again is none of them."""
    rows = reader.rows(
        'SELECT card, answer_reason, answered_at FROM approvals WHERE session_id = ? AND "index" = ?'
        " AND status = 'rejected' ORDER BY number",
        (encode(session_id), _START),
    )
    return [_rejected(row) for row in rows]


def _rejected(row: tuple[object, ...]) -> Rejected:
    card, reason, at = row
    return Rejected(what=str(from_text(str(card)).get("title", "")), reason=_text(reason), at=float(str(at or 0)))


def _text(value: object) -> str:
    return str(Table.decode_text(value))
