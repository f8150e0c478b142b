"""Who works on a session: a lease that ends by itself, and a token that outdates everyone before.

A claim bumps the session's `fence`. Whoever writes in a session's name passes the fence it got; once another worker has
claimed the session, or the lease was given back, that fence is stale and nothing more is written with it. Times are
wall-clock seconds, passed in: a lease must mean the same to processes before and after a reboot. A clock that steps
can make a lease end early or late, but never gives a session two holders that can both write.
"""

import json
from collections.abc import Collection

from orion_tui.base.errors import LeaseLost
from orion_tui.core.models.sessions import Session
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.sessions import get

_CLAIMABLE = "('created', 'planning', 'running', 'interrupted', 'waiting')"

# A waiting session has something to do when the time has come that it named (a lease that nobody holds: working hours,
# a model that is asked again later), when nothing is pending any more, or when the newest question of one of its
# waiting tasks is no longer pending (answered, lapsed, withdrawn): the worker will use the answer or ask again, and
# either ends this condition. Correlated on `s`; each part is one index lookup.
_WAKEABLE = """(
    s.lease_until > 0
    OR NOT EXISTS (SELECT 1 FROM approvals a WHERE a.session_id = s.id AND a.status = 'pending')
    OR EXISTS (
        SELECT 1 FROM tasks t
        WHERE t.session_id = s.id AND t.status = 'waiting' AND 'pending' <> (
            SELECT a.status FROM approvals a
            WHERE a.session_id = t.session_id AND a.task_id = t.id ORDER BY a.number DESC LIMIT 1
        )
    )
)"""


def claim(
    tx: Transaction,
    *,
    owner: str,
    now: float,
    ttl: float,
    session_id: str | None = None,
    excluding: Collection[str] = (),
) -> Session | None:
    """Take the oldest session that has work and no live holder (or that one); None where there is none.

    The lease holds until `now + ttl` unless renewed. The session comes back with its new `fence`. `excluding` names
    those that the caller works on already: their leases may look stale after a sleep of the machine, and are not.
    """
    # Left alone, SQLite would sort all live sessions; this index holds them in order.
    index, one = ("INDEXED BY sessions_claimable", "") if session_id is None else ("", "AND s.id = :session")
    others = "AND s.id NOT IN (SELECT value FROM json_each(:excluding))" if excluding else ""
    row = tx.returning(
        f"""
        UPDATE sessions SET lease_owner = :owner, lease_until = :until, fence = fence + 1
        WHERE id = (
            SELECT s.id FROM sessions s {index}
            WHERE s.state IN {_CLAIMABLE} AND s.lease_until < :now {one} {others}
              AND (s.state <> 'waiting' OR {_WAKEABLE})
            ORDER BY s.created_at, s.id LIMIT 1
        )
        RETURNING id
        """,
        {
            "owner": owner,
            "until": now + ttl,
            "now": now,
            "session": session_id,
            "excluding": json.dumps(list(excluding)),
        },
    )
    return None if row is None else get(tx, str(row[0]))


def next_due(reader: Reader, now: float) -> float | None:
    """When the next session that nobody holds may be claimed, in seconds since the epoch; None where none will be.

    Sessions outside their working hours, and those that try again later: their time comes without any change to the
    store.
    """
    row = reader.row(
        f"""
        SELECT min(s.lease_until) FROM sessions s INDEXED BY sessions_claimable
        WHERE s.state IN {_CLAIMABLE} AND s.lease_owner = '' AND s.lease_until >= ?
          AND (s.state <> 'waiting' OR {_WAKEABLE})
        """,
        (now,),
    )
    return None if row is None or row[0] is None else float(row[0])


def wakeable(reader: Reader, session_id: str) -> bool:
    """Whether a session in state `waiting` has something to do: what `claim` asks of it."""
    row = reader.row(f"SELECT {_WAKEABLE} FROM sessions s WHERE s.id = ? AND s.state = 'waiting'", (session_id,))
    return bool(row and row[0])


def has_work(reader: Reader) -> bool:
    """Whether some session has work, for now or for a later time: what `claim` takes, whoever holds it until when."""
    row = reader.row(
        f"""
        SELECT EXISTS (
            SELECT 1 FROM sessions s INDEXED BY sessions_claimable
            WHERE s.state IN {_CLAIMABLE} AND (s.state <> 'waiting' OR {_WAKEABLE})
        )
        """
    )
    return bool(row and row[0])


def renew(tx: Transaction, session_id: str, owner: str, fence: int, now: float, ttl: float) -> None:
    """Hold on until `now + ttl`: the worker's heartbeat. LeaseLost when another worker has it or it was given back."""
    if not tx.run(
        "UPDATE sessions SET lease_until = ? WHERE id = ? AND lease_owner = ? AND fence = ?",
        (now + ttl, session_id, owner, fence),
    ):
        raise _lost(session_id)


def release(tx: Transaction, session_id: str, owner: str, fence: int) -> None:
    """Give the session back, claimable from the time that its row names (`due_at`). LeaseLost when another has it."""
    if not tx.run(
        "UPDATE sessions SET lease_owner = '', lease_until = due_at WHERE id = ? AND lease_owner = ? AND fence = ?",
        (session_id, owner, fence),
    ):
        raise _lost(session_id)


def hurry(tx: Transaction, session_id: str) -> None:
    """Let a session that waits for its time be claimed before it: something came that it can go on with."""
    stopped = "id = ? AND state IN ('waiting', 'interrupted')"
    tx.run(f"UPDATE sessions SET due_at = 0 WHERE {stopped}", (session_id,))
    tx.run(f"UPDATE sessions SET lease_until = 0 WHERE {stopped} AND lease_owner = ''", (session_id,))


def assert_fence(tx: Transaction, session_id: str, fence: int) -> None:
    """Raise LeaseLost unless `fence` is the current holder's: first thing in every change made in a session's name."""
    if tx.row("SELECT 1 FROM sessions WHERE id = ? AND fence = ? AND lease_owner <> ''", (session_id, fence)) is None:
        raise _lost(session_id)


def end_all(tx: Transaction) -> int:
    """End every lease at once; how many. Only for a process that has proved that no other supervisor lives.

    Sessions of a supervisor that was killed are claimable again without waiting for their leases to run out; those that
    it had put to sleep wake at their time.
    """
    return tx.run("UPDATE sessions SET lease_owner = '', lease_until = due_at WHERE lease_owner <> ''")


def held(reader: Reader, now: float) -> int:
    """How many sessions have a live holder."""
    row = reader.row(
        f"SELECT count(*) FROM sessions s WHERE s.state IN {_CLAIMABLE} AND s.lease_owner <> '' AND s.lease_until >= ?",
        (now,),
    )
    return int(row[0]) if row else 0


def _lost(session_id: str) -> LeaseLost:
    return LeaseLost(f"another worker owns session {session_id} now; what this one was about to record is void")
