"""Events: one line of history with every change, and the cursor that readers follow."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from orion_tui.base.errors import StoreError
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, to_text

if TYPE_CHECKING:
    from orion_tui.core.models.events import Event


@cache
def _events() -> "Table[Event]":
    """Made when the first event is read: who only asks where history ends, as mission control, builds no model."""
    from orion_tui.core.models.events import Event

    return Table("events", Event, json=("data",))


@cache
def _of_session() -> str:
    """Walks only the stretches of 256 events in which the session has any: see `event_blocks`.

    Other conditions on the seq need a plus, or SQLite takes them for the stretch to walk through, in each block again.
    """
    return f"""
SELECT {", ".join(f"e.{field}" for field in _events().fields)} FROM event_blocks b
CROSS JOIN events e ON e.seq >= b.block << 8 AND e.seq < (b.block + 1) << 8
WHERE b.session_id = ?1 AND e.session_id = ?1"""


#: Types that the store writes itself, with the change that they tell, and that nobody else can write.
OWN_TYPES = {
    "session.created": "sessions.insert",
    "session.state": "sessions.set_state",
    "session.control": "sessions.set_control",
    "approval.approved": "approvals.answer",
    "approval.rejected": "approvals.answer",
    "approval.lapsed": "approvals.lapse",
    "approval.superseded": "approvals.supersede",
    "approval.cancelled": "approvals.cancel_pending",
    "checkpoint.made": "checkpoints.insert",
}


def append(tx: Transaction, session_id: str, type: str, actor: str, data: Mapping[str, Any], policy: str = "") -> int:
    """Write an event and return its seq. `session_id` is "" for what concerns no session.

    `policy` is the hash of the frozen policy in force; left out, the session's own. Raises StoreError for a type that
    the store writes itself (`OWN_TYPES`): such an event exists exactly when its change happened.
    """
    if type in OWN_TYPES:
        raise StoreError(f"{type} is written by {OWN_TYPES[type]}")
    return record(tx, session_id, type, actor, data, policy)


def record(tx: Transaction, session_id: str, type: str, actor: str, data: Mapping[str, Any], policy: str = "") -> int:
    """`append` without the check, for the store's own modules."""
    tx.told(session_id)
    if policy or not session_id:
        return tx.insert(
            "INSERT INTO events (at, session_id, type, actor, data, policy) VALUES (?, ?, ?, ?, ?, ?)",
            (tx.now, session_id, type, actor, to_text(data), policy),
        )
    return tx.insert(
        "INSERT INTO events (at, session_id, type, actor, data, policy)"
        " VALUES (?1, ?2, ?3, ?4, ?5, coalesce((SELECT policy FROM sessions WHERE id = ?2), ''))",
        (tx.now, session_id, type, actor, to_text(data)),
    )


def after(reader: Reader, cursor: int, *, session_id: str | None = None, limit: int = 500) -> "list[Event]":
    """Events with a seq above `cursor`, oldest first: of one session or (None) of all. Go on from the last one's seq.

    Seqs appear in order of commit, so a reader that follows the cursor misses none.
    """
    if session_id is None:
        rows = reader.rows(
            f"SELECT {_events().columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
            (cursor, limit),
        )
    else:
        rows = reader.rows(
            f"{_of_session()} AND b.block >= ?2 >> 8 AND +e.seq > ?2 ORDER BY b.block, e.seq LIMIT ?3",
            (session_id, cursor, limit),
        )
    return [_events().model_of(row) for row in rows]


def of_type(reader: Reader, session_id: str, type: str) -> "list[Event]":
    """All events of one type of a session, oldest first."""
    rows = reader.rows(f"{_of_session()} AND e.type = ?2 ORDER BY b.block, e.seq", (session_id, type))
    return [_events().model_of(row) for row in rows]


def latest_of_types(
    reader: Reader, session_id: str, types: Collection[str], limit: int, *, after: int = 0, having: str
) -> "list[Event]":
    """The newest `limit` events of these types behind `after` whose data has something as `having`, oldest first."""
    marks = ", ".join(f"?{number}" for number in range(5, 5 + len(types)))
    rows = reader.rows(
        f"{_of_session()} AND b.block >= ?2 >> 8 AND +e.seq > ?2 AND e.type IN ({marks})"
        " AND json_extract(e.data, '$.' || ?4) IS NOT NULL ORDER BY b.block DESC, e.seq DESC LIMIT ?3",
        (session_id, after, limit, having, *types),
    )
    return [_events().model_of(row) for row in reversed(rows)]


def latest_of_model(reader: Reader, session_id: str, model: str) -> "Event | None":
    """The newest event of a session that says whether `model` (`provider/name`) is to be left alone.

    That is a failure of this model that names a time (`again`), an answer of any, or a person's change of the state.
    """
    # Asked before every question to a model: the statement finds one row, and reads back no further than that.
    row = reader.row(
        f"{_of_session()} AND (e.type = 'model.answered' OR (e.type = 'session.state' AND e.actor = 'user')"
        " OR (e.type = 'model.failed' AND json_extract(e.data, '$.again') IS NOT NULL"
        " AND json_extract(e.data, '$.model') = ?2)) ORDER BY b.block DESC, e.seq DESC LIMIT 1",
        (session_id, model),
    )
    return _events().model_of(row) if row is not None else None


def latest(reader: Reader, session_id: str | None, limit: int) -> "list[Event]":
    """The newest `limit` events of a session, or (None) of all, oldest of them first."""
    if session_id is None:
        rows = reader.rows(f"SELECT {_events().columns} FROM events ORDER BY seq DESC LIMIT ?", (limit,))
    else:
        rows = reader.rows(f"{_of_session()} ORDER BY b.block DESC, e.seq DESC LIMIT ?2", (session_id, limit))
    return [_events().model_of(row) for row in reversed(rows)]


def first_since(reader: Reader, at: float) -> int:
    """The seq of the first event not before `at` (seconds since the epoch); one above the newest where there is none.

    Some twenty looks however many there are, for seqs rise with time. Where the clock was set back in between, it is
    one of the places where times pass `at`.
    """
    low, high = 1, last_seq(reader) + 1
    while low < high:
        middle = (low + high) // 2
        row = reader.row("SELECT at FROM events WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,))
        if row is not None and row[0] < at:
            low = middle + 1
        else:
            high = middle
    return low


def last_seq(reader: Reader) -> int:
    """The newest event's seq, 0 where there is none: the cursor of a reader that wants only what is to come."""
    row = reader.row("SELECT max(seq) FROM events")
    return int(row[0] or 0) if row else 0
