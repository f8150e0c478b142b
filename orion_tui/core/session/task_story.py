"""What the step log tells of tasks that were worked on: what was said and noted, and how long the work took."""

import attrs

from orion_tui.core.models.sessions import TaskRow
from orion_tui.core.models.steps import StepStatus
from orion_tui.core.store import Reader, steps


@attrs.frozen(kw_only=True)
class Said:
    """The words of the agent that later tasks should know."""

    #: What it said of each task in the end, by the task's id.
    summary: dict[str, str]
    #: What it noted, in order.
    notes: tuple[str, ...]


def said(reader: Reader, session_id: str) -> Said:
    """What the agent said of its tasks, in steps that count."""
    summary: dict[str, str] = {}
    notes: list[str] = []
    for step in steps.counted(reader, session_id):
        match step.action.get("do"):
            case "Finish":
                summary[step.task_id] = str(step.action.get("summary", ""))
            case "Note":
                notes.append(str(step.action.get("text", "")))
            case _:
                pass
    return Said(summary=summary, notes=tuple(notes))


def seconds(reader: Reader, row: TaskRow) -> float:
    """How long the steps of a task's present attempt took in all, in seconds; waiting for a person left out."""
    return sum(
        step.finished_at - step.started_at
        for step in steps.counted(reader, row.session_id)
        if step.task_id == row.id
        and step.attempt == row.attempt
        and step.status is StepStatus.DONE
        and step.finished_at is not None
    )
