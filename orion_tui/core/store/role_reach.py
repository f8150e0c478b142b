"""What a person allowed a role, beyond what its file says: each under the authority that it was given for."""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import NotFound
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.rows import encode, from_text, to_text


@attrs.frozen(kw_only=True)
class RoleReach:
    """One thing that was allowed."""

    id: int
    role: str
    #: Hash of the role's authority as it was (`core.session.reach.basis`).
    basis: str
    #: As a role file spells them.
    rules: tuple[str, ...]
    #: The session from whose question it came.
    session_id: str
    granted_at: float


def add(tx: Transaction, role: str, basis: str, rules: Sequence[str], session_id: str) -> int:
    """Keep it; its number. The caller writes the event."""
    return tx.insert(
        "INSERT INTO role_reach (role, basis, rules, session_id, granted_at) VALUES (?, ?, ?, ?, ?)",
        (encode(role), basis, to_text(list(rules)), encode(session_id), tx.now),
    )


def in_force(reader: Reader, role: str | None = None) -> list[RoleReach]:
    """What was not taken back: of one role or (None) of all, oldest first."""
    columns = "SELECT id, role, basis, rules, session_id, granted_at FROM role_reach WHERE revoked_at IS NULL"
    if role is None:
        rows = reader.rows(f"{columns} ORDER BY role, id")
    else:
        rows = reader.rows(f"{columns} AND role = ? ORDER BY id", (encode(role),))
    return [
        RoleReach(id=n, role=name, basis=basis, rules=tuple(from_text(rules)), session_id=session, granted_at=at)
        for n, name, basis, rules, session, at in rows
    ]


def revoke(tx: Transaction, number: int) -> RoleReach:
    """Take it back: sessions that begin from now on are without it. NotFound where nothing of that number holds."""
    found = next((one for one in in_force(tx) if one.id == number), None)
    if found is None:
        raise NotFound(f"no role is allowed anything under number {number}", hint="orion approvals reach list")
    tx.run("UPDATE role_reach SET revoked_at = ? WHERE id = ?", (tx.now, number))
    return found
