"""One action that may happen, made to happen and recorded: started, performed, taken over, finished."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import attrs

from orion_tui.base.errors import ActionError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import display_path
from orion_tui.core.codec import action_to_json, to_json
from orion_tui.core.external.port import ExternalTools
from orion_tui.core.models.actions import Action, FileChange
from orion_tui.core.models.plans import PlannedAction
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.sandbox.base import Sandbox
from orion_tui.core.session.card import describe
from orion_tui.core.session.consent import Verdict
from orion_tui.core.session.editing import as_write, difference
from orion_tui.core.session.perform import TAIL, Outcome, perform
from orion_tui.core.session.printing import Printing
from orion_tui.core.session.record import Record, Tell
from orion_tui.core.session.work_copy import Taken, WorkCopy

#: Paths that an event names at the most; the step's delta has them all.
LISTED = 100


class OutOfMemory(Exception):
    """A command ran out of memory, and may be run again with more: its step stays in flight."""


@attrs.frozen(kw_only=True)
class Acted:
    """What came of it, as recorded."""

    step: Step
    ok: bool
    summary: str
    #: What is worth a second look; empty where nothing is.
    flag: str = ""


@attrs.frozen(kw_only=True)
class Acting:
    """The hands of one attempt at a task."""

    task_id: str
    attempt: int
    record: Record
    sandbox: Sandbox
    files: WorkCopy
    #: Whether what ran out of memory is to be run again, with more.
    more_memory: Callable[[], bool]
    #: The session's external tools; None where it has none.
    external: ExternalTools | None = None
    #: Where what commands print is laid for whoever watches; None where nobody can.
    home: OrionHome | None = None

    def act(
        self,
        index: int,
        item: PlannedAction,
        verdict: Verdict,
        *,
        call: str = "",
        acceptance: bool = False,
        told: Sequence[Tell] = (),
    ) -> Acted:
        """Do what `verdict` lets through, for the model's `call` or as an `acceptance` check of the plan.

        `told` are events that belong to its start.

        Raises StateError when the approval lapsed between looking and spending, OutOfMemory when the sandbox is to be
        opened again with more memory before anything else is done, ChannelClosed when it is gone.
        """
        started = self.record.clock.now()
        original = item.action
        if verdict.edited is not None:
            item = attrs.evolve(item, action=verdict.edited)
        n = self.record.start_step(
            self.task_id,
            self.attempt,
            index,
            item.action,
            verdict.decision,
            verdict.approval,
            call=call,
            acceptance=acceptance,
            told=told,
            instead_of=describe(original) if verdict.edited is not None else "",
        )
        try:
            with Printing(self.home, self.record.session_id, n) if self.home else nullcontext() as printing:
                outcome = perform(
                    item.action,
                    verdict.decision,
                    self.sandbox,
                    change=verdict.change,
                    expect=item.expect,
                    approved=verdict.approval is not None,
                    external=self.external,
                    watch=printing.printed if printing is not None else None,
                )
        except ActionError as error:
            outcome = Outcome(ok=False, summary=error.message, result={"error": error.message}, mutates=False)
        if outcome.result.get("out_of_memory") and self.more_memory():
            raise OutOfMemory
        if verdict.edited is not None:
            outcome = attrs.evolve(outcome, result={**outcome.result, **by_hand(original, verdict)})
        acted = self._finish(n, index, item, verdict, outcome, started)
        return attrs.evolve(acted, step=attrs.evolve(acted.step, call=call, acceptance=acceptance))

    def _finish(
        self, n: int, index: int, item: PlannedAction, verdict: Verdict, outcome: Outcome, started: float
    ) -> Acted:
        taken = self.files.take(verdict.change, consented=verdict.approval is not None) if outcome.mutates else None
        if taken is not None and verdict.change is not None:
            outcome = _as_landed(outcome, verdict.change, taken)
        text = describe(item.action)
        result = {**outcome.result, "ok": outcome.ok, "summary": outcome.summary}
        data = {
            "task": self.task_id,
            "index": index,
            "text": text,
            "ok": outcome.ok,
            "summary": outcome.summary,
            "exit_code": outcome.result.get("exit_code"),
            "seconds": outcome.result.get("seconds", 0.0),
            "output_tail": str(outcome.result.get("output", ""))[-TAIL:],
        }
        if taken is not None:
            data["changed"] = [str(display_path(path)) for path in taken.changed[:LISTED]]
        if taken is not None and taken.refused:
            named = [[str(display_path(path)), why] for path, why in taken.refused[:LISTED]]
            result["flag"] = "not taken over: " + "; ".join(f"{path}: {why}" for path, why in named)
            data["refused"] = named
        delta = taken.delta if taken is not None else None
        self.record.finish_step(n, "action.done" if outcome.ok else "action.failed", data, result, delta)
        step = Step(
            session_id=self.record.session_id,
            n=n,
            task_id=self.task_id,
            attempt=self.attempt,
            index=index,
            status=StepStatus.DONE,
            action=action_to_json(item.action),
            decision=to_json(verdict.decision),
            result=result,
            delta=delta,
            started_at=started,
            finished_at=self.record.clock.now(),
        )
        return Acted(step=step, ok=outcome.ok, summary=outcome.summary, flag=str(result.get("flag", "")))


def by_hand(original: Action, verdict: Verdict) -> dict[str, Any]:
    """What a step's result says of an edit: to the agent, and to whoever reads the record."""
    if verdict.edited is None:
        return {}
    before = as_write(original, verdict.change)
    told = {"asked": describe(original), "instead": describe(verdict.edited)}
    return {"edited": {**told, "difference": difference(before, verdict.edited)}}


def _as_landed(outcome: Outcome, change: FileChange, taken: Taken) -> Outcome:
    """A file action is done when its file is part of the work, not when the sandbox has it."""
    path = os.fsencode(change.path)
    if refusals := [why for refused, why in taken.refused if refused == path]:
        return attrs.evolve(outcome, ok=False, summary=f"not taken over: {refusals[0]}")
    if path not in taken.changed and change.before != change.after:
        return attrs.evolve(
            outcome, summary=f"{outcome.summary}; the base ignores this path, so it stays in the sandbox"
        )
    return outcome
