"""One action on its way through gate and sandbox, as it is recorded."""

from enum import StrEnum
from typing import Any

import attrs


class StepStatus(StrEnum):
    """A step is written twice: when it starts, and with its result."""

    STARTED = "started"
    DONE = "done"


@attrs.frozen(kw_only=True)
class Step:
    """One action on its way through gate and sandbox: one row of `steps`, never run twice once `DONE`."""

    session_id: str
    #: 1, 2, 3 ... within the session.
    n: int
    task_id: str
    attempt: int
    #: Index of the action within the task; acceptance checks go on counting after the actions.
    index: int
    status: StepStatus
    #: The action as JSON, what the gate answered, what came back.
    action: dict[str, Any]
    decision: dict[str, Any]
    result: dict[str, Any] | None = None
    #: Files that it changed, encoded by `core.boundary.delta`; None where it changed none.
    delta: bytes | None = None
    started_at: float
    finished_at: float | None = None
    #: The model's own id of the tool call that it carries out; empty where there is none.
    call: str = ""
    #: Whether it is an acceptance check of the plan, and nothing that anybody asked for while working.
    acceptance: bool = False
