"""Which plan a session works on, and how another one takes its place."""

from collections.abc import Mapping

import attrs

from orion_tui.core import codec
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.session.plan_rows import rows_of
from orion_tui.core.store import Reader, Transaction, approvals, plan_versions, plans, sessions

#: What is worked out of a task anew each time, and makes it no other one.
_DERIVED = ("tier", "estimate", "approval_rate")


def plan_of(reader: Reader, session_id: str, version: int) -> Plan:
    """One version of a session's plan. NotFound where there is none."""
    return codec.from_json(plan_versions.get(reader, session_id, version).json, Plan)


def in_force(reader: Reader, session_id: str) -> Plan | None:
    """The plan that a session works on; None before it has one."""
    if not plans.version_in_force(reader, session_id):
        return None
    return codec.from_json(plans.get(reader, session_id)[1], Plan)


def rows_under(reader: Reader, session_id: str, version: int) -> list[TaskRow]:
    """The tasks of another version of the plan.

    One that the present plan has, too, is as far as it is; one that is another under the same id begins as a new
    attempt, unless it is done.
    """
    plan, before = plan_of(reader, session_id, version), in_force(reader, session_id)
    known = {task.id: task for task in before.tasks} if before is not None else {}
    present = plans.all(reader, session_id)
    attempts = {row.id: row.attempt for row in present}
    same = [row for row in present if row.status.succeeded or _same(plan, known, row.id)]
    rows = rows_of(session_id, plan, same)
    kept = {row.id for row in same}
    return [
        row if row.id in kept or row.id not in attempts else attrs.evolve(row, attempt=attempts[row.id] + 1)
        for row in rows
    ]


def put_in_force(tx: Transaction, session_id: str, version: int) -> None:
    """Another version of the plan takes over; questions of tasks that it does not have are withdrawn. Owes an event."""
    rows = rows_under(tx, session_id, version)
    attempts = {row.id: row.attempt for row in plans.all(tx, session_id)}
    stay = {row.id for row in rows if attempts.get(row.id) == row.attempt}
    for approval in approvals.open_or_unused(tx, session_id):
        if approval.task_id not in stay:
            approvals.withdraw(tx, approval.id, "its task is no longer part of the plan")
    plans.save(tx, session_id, plan_versions.get(tx, session_id, version).json, version)
    plans.replace_all(tx, session_id, rows)
    done = sum(row.status.succeeded for row in rows)
    sessions.update(tx, session_id, tasks_total=len(rows), tasks_done=done)


def _same(plan: Plan, known: Mapping[str, Task], task_id: str) -> bool:
    task = next((task for task in plan.tasks if task.id == task_id), None)
    before = known.get(task_id)
    return task is not None and before is not None and _essence(task) == _essence(before)


def _essence(task: Task) -> Task:
    default = {name: getattr(attrs.fields(Task), name).default for name in _DERIVED}
    return attrs.evolve(task, **default)
