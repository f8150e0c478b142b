"""Sessions and the frozen policies that they run under."""

from collections.abc import Container, Iterable
from functools import lru_cache
from typing import TypedDict, Unpack, cast

from orion_tui.base.errors import Busy, NotFound, StateError, UsageError
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import events, outcomes
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import Table, encode, from_text

_SESSIONS = Table(
    "sessions", Session, json=("models", "budget"), convert={"state": SessionState, "halt": Halt, "review_plan": bool}
)
#: For queries of other modules.
TABLE = _SESSIONS
_COLUMNS = _SESSIONS.columns

#: The session of a row selected with `TABLE.columns`, made once: whoever looks reads some hundred rows again with every
#: commit, and hardly one of them has changed. What it gives is shared, its dicts too.
known = lru_cache(maxsize=512)(_SESSIONS.model_of)

#: States in which a session occupies its workspace (RUN-2). The unique index `sessions_active` spells out the same.
ACTIVE = frozenset(
    {
        SessionState.CREATED,
        SessionState.PLANNING,
        SessionState.AWAITING_PLAN,
        SessionState.RUNNING,
        SessionState.WAITING,
        SessionState.PAUSED,
        SessionState.INTERRUPTED,
    }
)


#: What the person says of the work by bringing a session into a state.
_SAID = {SessionState.PROMOTED: True, SessionState.REJECTED: False, SessionState.UNDONE: None}


class SessionColumns(TypedDict, total=False):
    """Columns that may be set along with a change of state, or by `update`."""

    base_commit: str
    base_branch: str
    snapshot: str | None
    backend: str
    backend_lacks: str
    memory_bytes: int
    started_at: float | None
    finished_at: float | None
    running_seconds: float
    cost_usd: float
    tokens: int
    tasks_total: int
    tasks_done: int
    counted_from: int
    control: str
    models: dict[str, str]
    budget: dict[str, float | None]
    review_plan: bool
    warned: str
    due_at: float
    halt: Halt


def save_policy(tx: Transaction, hash: str, json: str) -> None:
    """Keep a frozen policy under its hash; the same one twice is one."""
    tx.run("INSERT INTO policies (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING", (hash, json))


def policy(reader: Reader, hash: str) -> str:
    """The text of a frozen policy, exactly as saved. NotFound where there is none."""
    row = reader.row("SELECT json FROM policies WHERE hash = ?", (hash,))
    if row is None:
        raise NotFound(f"no policy {hash}")
    return cast(str, row[0])


def policy_in_force(reader: Reader, session_id: str) -> str:
    """Hash of the policy that a session is under now; empty where there is no such session."""
    row = reader.row("SELECT policy FROM sessions WHERE id = ?", (encode(session_id),))
    return str(row[0]) if row else ""


def set_policy(tx: Transaction, session_id: str, hash: str) -> None:
    """Let another saved policy be in force for a session from here on. Owes an event, which names the new one."""
    tx.run("UPDATE sessions SET policy = ? WHERE id = ?", (hash, encode(session_id)))
    tx.owe_event(session_id, "its policy")


def insert(tx: Transaction, session: Session, *, actor: str = "user") -> None:
    """Record a new session and its event `session.created`. Its policy must have been saved.

    Raises Busy when another session is active on the same workspace, naming it.
    """
    _check_workspace_free(tx, session.workspace, session.id, session.state)
    marks = ", ".join("?" * len(_SESSIONS.fields))
    tx.run(f"INSERT INTO sessions ({_COLUMNS}) VALUES ({marks})", _SESSIONS.values(session))
    events.record(
        tx,
        session.id,
        "session.created",
        actor,
        {"goal": session.goal, "role": session.role, "workspace": session.workspace, "base": session.base_commit},
        session.policy,
    )


def get(reader: Reader, session_id: str) -> Session:
    """The session of exactly that id. NotFound where there is none."""
    row = reader.row(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", (encode(session_id),))
    if row is None:
        raise NotFound(f"no session {session_id}", hint="`orion sessions` lists them")
    return _SESSIONS.model_of(row)


def control(reader: Reader, session_id: str) -> str:
    """What a person has asked of a session, as `Session.control`; looked at many times a step. NotFound as `get`."""
    row = reader.row("SELECT control FROM sessions WHERE id = ?", (encode(session_id),))
    return str(row[0]) if row is not None else get(reader, session_id).control


def find(reader: Reader, prefix: str) -> Session:
    """The one session whose id begins with `prefix`.

    Raises NotFound where there is none; UsageError when the prefix is empty or several begin with it, naming them.
    """
    if not prefix:
        raise UsageError("which session? the id is empty", hint="`orion sessions` lists them")
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM sessions WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 6",
        (encode(prefix),),
    )
    found = [_SESSIONS.model_of(row) for row in rows]
    if not found:
        raise NotFound(f"no session {prefix}", hint="`orion sessions` lists them")
    if len(found) > 1 and found[0].id != prefix:
        more = " ..." if len(found) > 5 else ""
        raise UsageError(
            f"several sessions begin with {prefix}: {', '.join(s.id for s in found[:5])}{more}", hint="give more digits"
        )
    return found[0]


def page(
    reader: Reader, *, states: Iterable[SessionState] | None = None, limit: int = 50, before: str | None = None
) -> list[Session]:
    """At most `limit` sessions, newest first: in any of `states`, or (None) all.

    `before` is the id of the last session of the page before. Costs the same however many sessions there are: one
    walk along an index for each state, merged.
    """
    older = "(created_at, id) < (SELECT created_at, id FROM sessions WHERE id = ?)"
    start = () if before is None else (before,)
    if states is None:
        where = f"WHERE {older}" if before is not None else ""
        rows = reader.rows(
            f"SELECT {_COLUMNS} FROM sessions {where} ORDER BY created_at DESC, id DESC LIMIT ?", (*start, limit)
        )
    else:
        chosen = sorted({state.value for state in states})
        if not chosen:
            return []
        one = f"SELECT {_COLUMNS} FROM sessions WHERE state = ?" + (f" AND {older}" if before is not None else "")
        rows = reader.rows(
            " UNION ALL ".join([one] * len(chosen)) + " ORDER BY created_at DESC, id DESC LIMIT ?",
            (*(value for state in chosen for value in (state, *start)), limit),
        )
    return [known(row) for row in rows]


def active_for_workspace(reader: Reader, workspace: str) -> Session | None:
    """The session that occupies a workspace (RUN-2), None where it is free."""
    row = reader.row(
        f"SELECT {_COLUMNS} FROM sessions WHERE workspace = ? AND state IN ({_ACTIVE_LIST})",
        (_SESSIONS.encode("workspace", workspace),),
    )
    return None if row is None else _SESSIONS.model_of(row)


def counts_by_state(reader: Reader) -> dict[SessionState, int]:
    """How many sessions are in each state; states with none are left out."""
    return {
        SessionState(state): count
        for state, count in reader.rows("SELECT state, sessions FROM session_counts WHERE sessions > 0 ORDER BY state")
    }


def count_with_work(reader: Reader, states: Iterable[SessionState]) -> int:
    """How many sessions in one of `states` have a task that was done: something to look at and to take."""
    chosen = sorted({state.value for state in states})
    marks = ", ".join("?" * len(chosen))
    row = reader.row(f"SELECT coalesce(sum(worked), 0) FROM session_counts WHERE state IN ({marks})", tuple(chosen))
    return int(row[0]) if row else 0


def models_in_use(reader: Reader) -> frozenset[str]:
    """The language models (`provider/name`) that sessions ask which have not ended."""
    marks = ", ".join("?" * len(ACTIVE))
    rows = reader.rows(
        f"SELECT DISTINCT models FROM sessions WHERE state IN ({marks}) AND models <> '{{}}'", tuple(sorted(ACTIVE))
    )
    return frozenset(str(model) for row in rows for model in from_text(row[0]).values())


def set_state(
    tx: Transaction,
    session_id: str,
    expected: Container[SessionState],
    to: SessionState,
    reason: str = "",
    *,
    actor: str = "orion",
    **columns: Unpack[SessionColumns],
) -> SessionState:
    """Move a session to another state and write `session.state`; the state that it left.

    A move ends the wait for any time but the one that it names itself (`due_at`): unless somebody holds the session it
    may be claimed from then on. What the session lacked (`halt`) is forgotten in the same way. Whether the move is
    legal is `core.session.machine`'s business; `expected` names the states it may leave. Raises StateError when it is
    in none of them, Busy when it would become active on a workspace that another one occupies.
    """
    row = tx.row("SELECT state, workspace FROM sessions WHERE id = ?", (session_id,))
    if row is None:
        raise NotFound(f"no session {session_id}", hint="`orion sessions` lists them")
    left = SessionState(row[0])
    if left not in expected:
        raise StateError(f"session {session_id} is {left}, so it cannot become {to}")
    if left not in ACTIVE:
        _check_workspace_free(tx, row[1], session_id, to)
    columns = {"due_at": 0.0, "halt": Halt.NONE, **columns}
    _assign(tx, session_id, columns, {"state": to.value, "reason": reason})
    tx.run("UPDATE sessions SET lease_until = due_at WHERE id = ? AND lease_owner = ''", (session_id,))
    if to in _SAID:
        outcomes.judged(tx, session_id, _SAID[to])
    data = {"from": left.value, "to": to.value, "reason": reason}
    if halt := columns.get("halt"):
        data["halt"] = halt.value
    events.record(tx, session_id, "session.state", actor, data)
    return left


def set_control(tx: Transaction, session_id: str, control: str, *, actor: str = "user") -> None:
    """Leave a wish for the worker of a live session ("pause", "cancel", "" for none) and write `session.control`."""
    _assign(tx, session_id, {}, {"control": control})
    events.record(tx, session_id, "session.control", actor, {"control": control})


def update(tx: Transaction, session_id: str, **columns: Unpack[SessionColumns]) -> None:
    """Set bookkeeping columns: usage, counts, backend. State, reason and lease have functions of their own."""
    _assign(tx, session_id, columns, {})


def spend(tx: Transaction, session_id: str, tokens: int, cost_usd: float) -> None:
    """Add what a model used."""
    tx.run(
        "UPDATE sessions SET tokens = tokens + ?, cost_usd = cost_usd + ?, updated_at = ? WHERE id = ?",
        (tokens, cost_usd, tx.now, session_id),
    )


def _assign(tx: Transaction, session_id: str, columns: SessionColumns, more: dict[str, object]) -> None:
    if unknown := columns.keys() - SessionColumns.__annotations__.keys():
        raise ValueError(f"not a column to set: {', '.join(sorted(unknown))}")
    values = {**columns, **more, "updated_at": tx.now}
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    encoded = [_SESSIONS.encode(name, value) for name, value in values.items()]
    if tx.run(f"UPDATE sessions SET {assignments} WHERE id = ?", (*encoded, session_id)) == 0:
        raise NotFound(f"no session {session_id}", hint="`orion sessions` lists them")


def _check_workspace_free(tx: Transaction, workspace: object, session_id: str, state: SessionState) -> None:
    if state not in ACTIVE:
        return
    row = tx.row(
        f"SELECT id, state, goal FROM sessions WHERE workspace = ? AND state IN ({_ACTIVE_LIST})",
        (_SESSIONS.encode("workspace", workspace),),
    )
    if row is not None and row[0] != session_id:
        raise Busy(
            f"session {row[0]} ({row[1]}) is working on this repository: {row[2]}",
            hint=f"let it end, or stop it first: orion cancel {row[0]}",
        )


_ACTIVE_LIST = ", ".join(
    f"'{state.value}'"
    for state in SessionState
    if state in ACTIVE  # in the order of the partial index, so that SQLite recognises it
)
