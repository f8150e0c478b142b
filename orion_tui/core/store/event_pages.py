"""Events by the page, in both directions from a cursor: what a log over a million of them is read by.

Every call reads at most some `SPAN` rows, however many there are and however few of them are wanted: what is not found
within it is asked for again from where the call got to.
"""

from collections.abc import Callable

import attrs

from orion_tui.core.models.events import Event
from orion_tui.core.store import events
from orion_tui.core.store.connection import Reader
from orion_tui.core.store.rows import Table, to_text

_EVENTS = Table("events", Event, json=("data",))
_COLUMNS = ", ".join(f'e."{field}"' for field in _EVENTS.fields)

#: Events that one call looks at.
SPAN = 20_480
#: Blocks of 256 events that it walks through, where only one session's count.
_BLOCKS = SPAN >> 8
#: Events whose words one call of `find` puts together.
CANDIDATES = 2_000


@attrs.frozen(kw_only=True)
class Which:
    """The events of a log."""

    #: None for those of all sessions, and of none.
    session_id: str | None = None
    #: Only these types; empty for all.
    types: tuple[str, ...] = ()
    #: Only changes into these states, where the type is `session.state`; empty for all.
    states: tuple[str, ...] = ()
    #: Only what came behind this event.
    after: int = 0

    @property
    def all(self) -> bool:
        """Whether every event behind `after` is one of them: seqs have no gaps then."""
        return self.session_id is None and not self.types


@attrs.frozen(kw_only=True)
class Stretch:
    """A run of events, oldest first."""

    events: tuple[Event, ...]
    #: All that are wanted between the cursor and here are in it; the cursor for the next call.
    reached: int
    #: There are no more in this direction.
    ended: bool
    #: The newest event of the store when it was read.
    newest: int


@attrs.frozen(kw_only=True)
class Search:
    """How far a search got."""

    #: What was found first, None where nothing was up to `reached`.
    found: Event | None
    reached: int
    ended: bool


def onward(reader: Reader, which: Which, cursor: int, limit: int) -> Stretch:
    """The first `limit` events behind `cursor`."""
    cursor = max(cursor, which.after)
    newest = events.last_seq(reader)
    bound = _bound(reader, which, cursor, newest, 1)
    rows = _rows(reader, which, 1, (cursor, bound), limit)
    if len(rows) == limit:
        reached = rows[-1].seq
        return Stretch(events=tuple(rows), reached=reached, ended=reached >= newest, newest=newest)
    return Stretch(events=tuple(rows), reached=bound, ended=bound >= newest, newest=newest)


def back(reader: Reader, which: Which, cursor: int, limit: int) -> Stretch:
    """The last `limit` events before `cursor`, which may lie behind the newest."""
    newest = events.last_seq(reader)
    cursor = min(cursor, newest + 1)
    bound = _bound(reader, which, cursor, 0, -1)
    rows = _rows(reader, which, -1, (cursor, max(bound, which.after + 1)), limit)
    if len(rows) == limit:
        bound = rows[-1].seq
    return Stretch(events=tuple(reversed(rows)), reached=bound, ended=bound <= which.after + 1, newest=newest)


def count(reader: Reader, which: Which, after: int) -> tuple[int, int]:
    """How many came behind `after`, and up to where that was counted."""
    newest = events.last_seq(reader)
    bound = _bound(reader, which, after, newest, 1)
    sql, parameters = _where(which, 1, (after, bound))
    row = reader.row(f"SELECT count(*) {sql}", parameters)
    return (int(row[0]) if row else 0), bound


def first(reader: Reader, which: Which) -> int:
    """A seq with none of these events before it, for places told as a share of the way to the newest."""
    if which.session_id is None or which.after:
        return which.after + 1
    row = reader.row("SELECT min(block) FROM event_blocks WHERE session_id = ?", (which.session_id,))
    return (int(row[0]) << 8) if row and row[0] is not None else 1


def find(
    reader: Reader,
    which: Which,
    term: str,
    cursor: int,
    direction: int,
    says: Callable[[Event], str],
    worded: tuple[str, ...] = (),
) -> Search:
    """The first event behind (1) or before (-1) `cursor` in which `term` is found, whatever its case.

    `says` puts together all the text of an event; it is asked for those only whose record has the term, and for the
    types in `worded`, whose text has words that are in no record.
    """
    newest = events.last_seq(reader)
    if direction > 0:
        cursor = max(cursor, which.after)
        bound = _bound(reader, which, cursor, newest, 1)
    else:
        cursor = min(cursor, newest + 1)
        bound = max(_bound(reader, which, cursor, 0, -1), which.after + 1)
    looked_for = term.lower()
    also, values = "", ()
    if term.isascii():
        # Records are JSON in ASCII: what is in a text is in its record, escaped in the same way.
        inside = "instr(lower(e.type || ' ' || e.session_id || ' ' || e.actor || ' ' || e.data), ?) > 0"
        also = f" AND ({inside} OR e.type IN ({', '.join('?' * len(worded))}))"
        values = (to_text(looked_for)[1:-1], *worded)
    candidates = _rows(reader, which, direction, (cursor, bound), CANDIDATES, also, values)
    for event in candidates:
        if looked_for in says(event).lower():
            return Search(found=event, reached=event.seq, ended=False)
    if len(candidates) == CANDIDATES:
        return Search(found=None, reached=candidates[-1].seq, ended=False)
    return Search(found=None, reached=bound, ended=bound >= newest if direction > 0 else bound <= which.after + 1)


def _bound(reader: Reader, which: Which, cursor: int, end: int, direction: int) -> int:
    """The last seq (`end` at the most) that one call looks at."""
    if which.session_id is None:
        return min(end, cursor + SPAN) if direction > 0 else max(end, cursor - SPAN)
    if direction > 0:
        row = reader.row(
            "SELECT block FROM event_blocks WHERE session_id = ? AND block >= ? ORDER BY block LIMIT 1 OFFSET ?",
            (which.session_id, (cursor + 1) >> 8, _BLOCKS),
        )
        return (int(row[0]) << 8) - 1 if row else end
    row = reader.row(
        "SELECT block FROM event_blocks WHERE session_id = ? AND block <= ? ORDER BY block DESC LIMIT 1 OFFSET ?",
        (which.session_id, (cursor - 1) >> 8, _BLOCKS),
    )
    return (int(row[0]) + 1) << 8 if row else end


def _rows(
    reader: Reader,
    which: Which,
    direction: int,
    between: tuple[int, int],
    limit: int,
    also: str = "",
    values: tuple[str, ...] = (),
) -> list[Event]:
    order = "" if direction > 0 else " DESC"
    by = f"b.block{order}, e.seq{order}" if which.session_id is not None else f"e.seq{order}"
    sql, parameters = _where(which, direction, between)
    rows = reader.rows(f"SELECT {_COLUMNS} {sql}{also} ORDER BY {by} LIMIT ?", (*parameters, *values, limit))
    return [_EVENTS.model_of(row) for row in rows]


def _where(which: Which, direction: int, between: tuple[int, int]) -> tuple[str, tuple[int | str, ...]]:
    """From where, under which conditions; `between` is the cursor, which does not belong, and the bound, which does."""
    signs = (">", "<=") if direction > 0 else ("<", ">=")
    parameters: tuple[int | str, ...]
    if which.session_id is None:
        sql = f"FROM events e WHERE e.seq {signs[0]} ? AND e.seq {signs[1]} ?"
        parameters = between
    else:
        # The plus keeps SQLite from taking these for the stretch to walk through in each block.
        sql = (
            "FROM event_blocks b CROSS JOIN events e ON e.seq >= b.block << 8 AND e.seq < (b.block + 1) << 8"
            " WHERE b.session_id = ? AND b.block BETWEEN ? AND ? AND e.session_id = ?"
            f" AND +e.seq {signs[0]} ? AND +e.seq {signs[1]} ?"
        )
        low, high = sorted(between)
        parameters = (which.session_id, low >> 8, high >> 8, which.session_id, *between)
    if which.types:
        sql += f" AND e.type IN ({', '.join('?' * len(which.types))})"
        parameters = (*parameters, *which.types)
    if which.states:
        marks = ", ".join("?" * len(which.states))
        sql += f" AND (e.type <> 'session.state' OR json_extract(e.data, '$.to') IN ({marks}))"
        parameters = (*parameters, *which.states)
    return sql, parameters
