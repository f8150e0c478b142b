"""The instants of a session with a model in its loop, by name: where a supervisor may be killed.

Each has two sides, before and after. All but the release happen in the session's own thread, one after the other, so
that the nth instant of a name is the same one in every run.
"""

# The points are named by the arguments of whatever is called there, which no type covers.
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

import functools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from orion_tui.core.agent.gateway import Gateway
from orion_tui.core.session import acting
from orion_tui.core.session.record import Record
from orion_tui.core.session.supervisor import Supervisor
from orion_tui.core.session.work_copy import WorkCopy
from orion_tui.core.store import approvals, plan_versions, steps

Name = Callable[..., str]

#: Where it happens, and what it is called by its arguments.
POINTS: list[tuple[Any, str, Name]] = [
    (Record, "start_asking", lambda record, task, attempt, index, asked: f"question {asked.purpose}"),
    (Gateway, "ask", lambda gateway, question, **_: f"answer {_purpose(question)}"),
    (Record, "finish_asking", lambda record, n, task, event, data, *_, **__: f"recorded {data.get('purpose')}"),
    (Record, "start_step", lambda record, task, attempt, index, action, *_, **__: f"start {type(action).__name__}"),
    (acting, "perform", lambda action, *_, **__: f"perform {type(action).__name__}"),
    (WorkCopy, "take", lambda *_, **__: "take"),
    (Record, "finish_step", lambda record, n, event, *_, **__: f"finish {event}"),
    (steps, "finish", lambda *_, **__: "result row"),
    (Record, "observed", lambda record, task, attempt, first, made: f"observed {made[0].action['do']}"),
    (Record, "ask", lambda *_, **__: "person asked"),
    (approvals, "use", lambda *_, **__: "answer spent"),
    (plan_versions, "add", lambda *_, **__: "plan row"),
    (Record, "checkpoint", lambda *_, **__: "checkpoint"),
    (Record, "task", lambda record, task, status, *_, **__: f"task {status}"),
    (Record, "task_with_checkpoint", lambda *_, **__: "task done"),
    (Supervisor, "_release", lambda *_, **__: "release"),
    (Record, "state", lambda record, to, *_, **__: f"state {to}"),
]


def gaps(passed: Sequence[str]) -> list[tuple[str, int]]:
    """Every instant of a run that is another one than the last: (name, nth). Inside a transaction nothing is one."""
    found: list[tuple[str, int]] = []
    count: Counter[str] = Counter()
    last = ""
    for name in passed:
        count[name] += 1
        if name.endswith(" row") or name.endswith("answer spent"):
            continue
        # After the last release nothing is left to die of.
        if name != "after release" and not (name.startswith("before") and last.startswith("after")):
            found.append((name, count[name]))
        last = name
    return found


def plant(passed: Path, wanted: str, nth: int) -> None:
    """Write each instant down in `passed`, one a line, and die at the nth one called `wanted`.

    Such as `before start RunCommand`. An empty `wanted` never comes.
    """
    left = [nth]

    def passing(name: str) -> None:
        descriptor = os.open(passed, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{name}\n".encode())
        os.close(descriptor)
        if name == wanted:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)  # nothing more happens in this thread

    for owner, function, name in POINTS:
        setattr(owner, function, _wrapped(getattr(owner, function), name, passing))


def _wrapped(original: Callable[..., Any], name: Name, passing: Callable[[str], None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def mortal(*args: Any, **kwargs: Any) -> Any:
        called = name(*args, **kwargs)
        passing(f"before {called}")
        result = original(*args, **kwargs)
        passing(f"after {called}")
        return result

    return mortal


def _purpose(question: Any) -> str:
    names = {tool.name for tool in question.tools}
    for tool, purpose in (("submit_plan", "plan"), ("revise_plan", "replan"), ("finish", "work")):
        if tool in names:
            return purpose
    return "compact"
