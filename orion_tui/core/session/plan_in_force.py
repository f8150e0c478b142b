"""Which plan a session works on, and how another one takes its place."""

from orion_tui.core import codec
from orion_tui.core.models.plans import Plan, TaskStatus
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.session.plan_edits import same_work
from orion_tui.core.session.plan_rows import rows_of
from orion_tui.core.store import Reader, Transaction, approvals, plan_versions, plans, sessions, steps


def plan_of(reader: Reader, session_id: str, version: int) -> Plan:
    """One version of a session's plan. NotFound where there is none."""
    return codec.from_json(plan_versions.get(reader, session_id, version).json, Plan)


def in_force(reader: Reader, session_id: str) -> Plan | None:
    """The plan that a session works on; None before it has one."""
    if not plans.version_in_force(reader, session_id):
        return None
    return codec.from_json(plans.get(reader, session_id)[1], Plan)


def rows_under(reader: Reader, session_id: str, version: int) -> list[TaskRow]:
    """The tasks of another version of the plan; those that the present one has, too, as far as they are."""
    return rows_of(session_id, plan_of(reader, session_id, version), plans.all(reader, session_id))


def put_in_force(tx: Transaction, session_id: str, version: int) -> None:
    """Another version of the plan takes over; its tasks keep how far they are. Owes an event."""
    rows = rows_under(tx, session_id, version)
    plans.save(tx, session_id, plan_versions.get(tx, session_id, version).json, version)
    plans.replace_all(tx, session_id, rows)
    sessions.update(tx, session_id, tasks_total=len(rows))


def take_over(tx: Transaction, session_id: str, version: int) -> None:
    """As `put_in_force`, for a plan that goes on from how things stand now (a rollback goes back to how they stood).

    Completed tasks stay completed. A task that asks for other work than before begins anew, and what only waited in
    vain for a task that failed is free to run. Questions about work that is no longer planned are withdrawn.
    """
    before = in_force(tx, session_id)
    put_in_force(tx, session_id, version)
    if before is None:
        return
    old = {task.id: task for task in before.tasks}
    new = {task.id: task for task in plan_of(tx, session_id, version).tasks}
    attempts = steps.last_attempts(tx, session_id)
    anew: set[str] = set()
    for row in plans.all(tx, session_id):
        if row.status.succeeded or row.status is TaskStatus.QUEUED:
            continue
        if row.id in old and same_work(old[row.id], new[row.id]):
            if row.status is TaskStatus.BLOCKED and row.started_at is None:
                plans.queue_again(tx, session_id, row.id, row.attempt)
            continue
        anew.add(row.id)
        plans.queue_again(tx, session_id, row.id, max(row.attempt, attempts.get(row.id, -1)) + 1)
    for approval in approvals.open_or_unused(tx, session_id):
        if approval.task_id in anew or approval.task_id not in new:
            approvals.withdraw(tx, approval.id, "the plan changed, and what it was asked for is not done like that")
