"""A use of an external tool that nobody saw the end of.

Everything else that a dead worker left in flight is done again: it happened in a sandbox that is gone. What a tool did
is still done, outside, and doing it twice may be worse than not at all. So the step is finished as what it is, and the
model, who can look, decides what to do about it.
"""

import attrs

from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.session.record import Record

UNKNOWN = (
    "it is not known whether this was carried out: Orion ended before the answer came. Find out before you repeat it"
)


def settle_unknown(record: Record, task_id: str, attempt: int) -> Step | None:
    """Finish such a step of this attempt, as one whose outcome is not known; None where there is none."""
    step = record.in_flight(record.store.reader())
    if step is None or step.action.get("do") != "UseTool" or (step.task_id, step.attempt) != (task_id, attempt):
        return None
    result = {"ok": False, "unknown": True, "error": UNKNOWN, "summary": UNKNOWN}
    text = f"use {step.action.get('server')}/{step.action.get('tool')}"
    data = {"task": task_id, "index": step.index, "text": text, "ok": False, "summary": UNKNOWN, "seconds": 0.0}
    record.finish_step(step.n, "action.failed", data, result, None)
    return attrs.evolve(step, status=StepStatus.DONE, result=result, finished_at=record.clock.now())
