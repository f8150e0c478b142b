"""The step log of one attempt at a task, made by hand: what the loop records, without the loop."""

import json
from typing import Any

import attrs

from orion_tui.core.agent.model import Finish, Message, Reply, Speaker, ToolCall, Usage
from orion_tui.core.agent.reply_record import to_record
from orion_tui.core.models.steps import Step, StepStatus

RAN: dict[str, Any] = {"exit_code": 0, "error": "", "output": "fine\n", "seconds": 0.5, "ok": True, "summary": "exit 0"}


def reply_of(text: str = "", *calls: ToolCall, original: str = "") -> Reply:
    """A model's reply."""
    return Reply(
        text=text,
        calls=calls,
        finish=Finish.CALLS if calls else Finish.STOP,
        usage=Usage(input_tokens=100, output_tokens=20),
        cost_usd=None,
        model="m",
        message=Message(speaker=Speaker.MODEL, text=text, calls=calls, original=original),
        seconds=1.0,
    )


def call(call_id: str, name: str = "run", /, **arguments: Any) -> ToolCall:
    """A tool call."""
    return ToolCall(id=call_id, name=name, arguments=arguments)


@attrs.define
class Attempt:
    """Steps with indices 0, 1, 2 ... as they are stored and read again."""

    steps: list[Step] = attrs.field(factory=list[Step])

    def add(
        self,
        action: dict[str, Any],
        result: dict[str, Any] | None,
        *,
        call: str = "",
        acceptance: bool = False,
        delta: bytes | None = None,
        decision: dict[str, Any] | None = None,
    ) -> Step:
        """One step; None as its result leaves it in flight."""
        step = Step(
            session_id="aaaaaaaaaaaa",
            n=len(self.steps) + 1,
            task_id="t",
            attempt=1,
            index=len(self.steps),
            status=StepStatus.STARTED if result is None else StepStatus.DONE,
            action=json.loads(json.dumps(action)),
            decision=decision or {},
            result=json.loads(json.dumps(result)),
            delta=delta,
            started_at=0.0,
            call=call,
            acceptance=acceptance,
        )
        self.steps.append(step)
        return step

    def opening(self, text: str = "the task") -> Step:
        """The task, as it is put to the model."""
        return self.add({"do": "Opening", "text": text}, {})

    def asked(self, text: str = "", *calls: ToolCall, original: str = "", purpose: str = "work") -> Step:
        """A reply of the model."""
        prompt = {"name": "work", "hash": "0" * 64}
        action = {"do": "AskModel", "purpose": purpose, "model": "a/m", "prompt": prompt, "at_most": 0}
        return self.add(action, {"reply": to_record(reply_of(text, *calls, original=original))})

    def ran(self, call: str, command: str = "make", *, delta: bytes | None = None, **result: Any) -> Step:
        """A command that a call asked for, or, without one, an acceptance check."""
        action = {"do": "RunCommand", "argv": ["sh", "-c", command], "shell": command, "cwd": "", "timeout": 180.0}
        return self.add(action, {**RAN, **result}, call=call, acceptance=not call, delta=delta)

    def wrote(self, call: str, path: str, **result: Any) -> Step:
        """A file that a call wrote."""
        done = {"ok": True, "summary": f"created {path} (1 bytes)", **result}
        return self.add({"do": "WriteFile", "path": path, "content": "eA=="}, done, call=call, delta=b"d")

    def hint(self, text: str, *, person: bool = True) -> Step:
        """A hint of the person, or of Orion."""
        return self.add({"do": "Hint", "id": 1 if person else 0, "text": text}, {})

    def compacted(self, upto: int, *, how: str = "summary", summary: str = "SUMMARY") -> Step:
        """A compaction that was carried out."""
        return self.add(
            {"do": "Compaction", "upto": upto, "how": how}, {"summary": summary} if how == "summary" else {}
        )

    def turn(self, number: int, *, output: str = "fine\n", text: str = "") -> Step:
        """A reply with one command and its result; the index of its last step is that of what is returned."""
        self.asked(text or f"turn {number}", call(f"c{number}", command=f"make {number}"))
        return self.ran(f"c{number}", f"make {number}", output=output)
