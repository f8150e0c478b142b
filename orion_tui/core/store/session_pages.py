"""Sessions by the page, as the list of them shows them: what needs a person first, each group newest first."""

import attrs

from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import sessions
from orion_tui.core.store.connection import Reader

#: The groups of the list, in order: what waits for a person, what goes on, what is to be reviewed, everything else.
GROUPS: tuple[tuple[SessionState, ...], ...] = (
    (SessionState.AWAITING_PLAN, SessionState.PAUSED, SessionState.WAITING),
    (SessionState.CREATED, SessionState.INTERRUPTED, SessionState.PLANNING, SessionState.RUNNING),
    (SessionState.CANCELLED, SessionState.COMPLETED, SessionState.FAILED),
    (
        SessionState.ARCHIVED,
        SessionState.PROMOTED,
        SessionState.REJECTED,
        SessionState.UNDONE,
        SessionState.UNRECOVERABLE,
    ),
)


@attrs.frozen(kw_only=True)
class SessionFilter:
    """Which sessions, and in which order."""

    #: Each word has to be somewhere in goal, workspace, id or role, or the state has to be one of those beside it.
    words: tuple[tuple[str, tuple[SessionState, ...]], ...] = ()
    #: Only these states; empty for all.
    states: tuple[SessionState, ...] = ()
    #: Only what changed since then (seconds since the epoch); where there are states, what ended since then.
    since: float = 0.0
    #: Dearest first, and only what cost something.
    by_cost: bool = False

    @property
    def all(self) -> bool:
        """Whether nothing is left out, and the order is the usual."""
        return self == SessionFilter()


@attrs.frozen(kw_only=True)
class SessionPage:
    """A stretch of the list."""

    offset: int
    sessions: tuple[Session, ...]
    #: How many there are in all.
    total: int


def page(reader: Reader, which: SessionFilter, offset: int, limit: int) -> SessionPage:
    """`limit` sessions from the one with that number (0 is the first) on.

    Without a filter: a walk along an index, over `offset` entries at the most, and `limit` rows. With one, all sessions
    are looked at.
    """
    if which.all:
        return _unfiltered(reader, offset, limit)
    where, parameters = _where(which)
    rank = "cost_usd DESC" if which.by_cost else f"CASE {' '.join(_ranks())} END"
    total = reader.row(f"SELECT count(*) FROM sessions WHERE {where}", parameters)
    rows = reader.rows(
        f"SELECT {sessions.TABLE.columns} FROM sessions WHERE {where}"
        f" ORDER BY {rank}, created_at DESC, id DESC LIMIT ? OFFSET ?",
        (*parameters, limit, offset),
    )
    found = tuple(sessions.known(row) for row in rows)
    return SessionPage(offset=offset, sessions=found, total=int(total[0]) if total else 0)


def _ranks() -> list[str]:
    return [f"WHEN state IN ({', '.join(repr(s.value) for s in group)}) THEN {n}" for n, group in enumerate(GROUPS)]


def _where(which: SessionFilter) -> tuple[str, tuple[str | float, ...]]:
    conditions: list[str] = ["1"]
    parameters: list[str | float] = []
    for word, states in which.words:
        marks = ", ".join("?" * len(states))
        text = "lower(goal || ' ' || CAST(workspace AS TEXT) || ' ' || id || ' ' || role)"
        conditions.append(f"(instr({text}, ?) > 0 OR state IN ({marks}))")
        parameters += [word.lower(), *(state.value for state in states)]
    if which.states:
        conditions.append(f"state IN ({', '.join('?' * len(which.states))})")
        parameters += [state.value for state in which.states]
    if which.since:
        conditions.append("finished_at >= ?" if which.states else "updated_at >= ?")
        parameters.append(which.since)
    if which.by_cost:
        conditions.append("cost_usd > 0")
    return " AND ".join(conditions), tuple(parameters)


def _unfiltered(reader: Reader, offset: int, limit: int) -> SessionPage:
    counts = sessions.counts_by_state(reader)
    found: list[Session] = []
    skip = offset
    for group in GROUPS:
        size = sum(counts.get(state, 0) for state in group)
        if skip < size and len(found) < limit:
            found += _of_group(reader, [s for s in group if counts.get(s)], skip, limit - len(found))
        skip = max(0, skip - size)
    return SessionPage(offset=offset, sessions=tuple(found), total=sum(counts.values()))


def _of_group(reader: Reader, group: list[SessionState], offset: int, limit: int) -> list[Session]:
    """Ids first, from the index alone: whole rows are read of those only that are wanted."""
    one = "SELECT id, created_at FROM sessions WHERE state = ?"
    ids = " UNION ALL ".join([one] * len(group)) + " ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?"
    columns = ", ".join(f's."{field}"' for field in sessions.TABLE.fields)
    rows = reader.rows(
        f"SELECT {columns} FROM ({ids}) AS chosen CROSS JOIN sessions s ON s.id = chosen.id",
        (*(state.value for state in group), limit, offset),
    )
    return [sessions.known(row) for row in rows]
