"""Which plan a session works on, and how another one takes its place."""

from orion_tui.core import codec
from orion_tui.core.models.plans import Plan
from orion_tui.core.models.sessions import SessionState, TaskRow
from orion_tui.core.session import order
from orion_tui.core.session.plan_rows import rows_of
from orion_tui.core.store import Reader, Transaction, plan_versions, plans, sessions


def plan_of(reader: Reader, session_id: str, version: int) -> Plan:
    """One version of a session's plan, its tasks in turn. NotFound where there is none."""
    return order.in_turn(codec.from_json(plan_versions.get(reader, session_id, version).json, Plan))


def in_force(reader: Reader, session_id: str) -> Plan | None:
    """The plan that a session works on; None before it has one."""
    if not plans.version_in_force(reader, session_id):
        return None
    return order.in_turn(codec.from_json(plans.get(reader, session_id)[1], Plan))


def rows_under(reader: Reader, session_id: str, version: int) -> list[TaskRow]:
    """The tasks of another version of the plan; those that the present one has, too, as far as they are."""
    return rows_of(session_id, plan_of(reader, session_id, version), plans.all(reader, session_id))


def goes_on_at(reader: Reader, session_id: str) -> SessionState:
    """Where a session that stands still goes on: at a plan that waits for the person, at making one, or at the work."""
    draft = plan_versions.draft(reader, session_id)
    if draft is not None and not draft.comment:
        return SessionState.AWAITING_PLAN
    if draft is not None or not plans.version_in_force(reader, session_id):
        return SessionState.PLANNING
    return SessionState.RUNNING


def put_in_force(tx: Transaction, session_id: str, version: int) -> None:
    """Another version of the plan takes over; its tasks keep how far they are. Owes an event."""
    rows = rows_under(tx, session_id, version)
    plans.save(tx, session_id, plan_versions.get(tx, session_id, version).json, version)
    plans.replace_all(tx, session_id, rows)
    done = sum(row.status.succeeded for row in rows)
    sessions.update(tx, session_id, tasks_total=len(rows), tasks_done=done)
