"""How a plan that a person, or the model, has settled on goes on from where the work stands now (PLAN-5).

A rollback goes back to how things stood, so it puts a plan in force as it is. Here the work goes on: what was planned
differently begins anew, and what only waited for a task that failed may run after all.
"""

from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.plan_edits import same_work
from orion_tui.core.session.plan_in_force import in_force, plan_of, put_in_force
from orion_tui.core.store import Transaction, approvals, hints, plans, steps


def take_over(tx: Transaction, session_id: str, version: int) -> None:
    """Put a version in force and go on with it. Owes an event.

    Completed tasks stay completed. A task that asks for other work than before begins anew, and what only waited in
    vain for a task that failed is free to run. Questions about work that is no longer planned are withdrawn, and hints
    that only such work has heard are given again.
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
        if row.id not in old and row.id in attempts:
            # An earlier plan had a task of that id: what was done for it is no part of this one.
            plans.queue_again(tx, session_id, row.id, attempts[row.id] + 1)
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
    hints.settle(tx, session_id)
