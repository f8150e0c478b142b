"""Do one decided action in the sandbox, and say what came back.

The only place that executes: in the sandbox, or, for external tools, through the port to their servers. It takes the
gate's `Decision` beside the action, and refuses to move without one that lets the action through.
"""

from collections.abc import Callable
from typing import Any

import attrs

from orion_tui.base.errors import ActionError, PolicyError
from orion_tui.base.text import clean, display_path
from orion_tui.core.agent.fields import bounded
from orion_tui.core.external.port import ExternalTools
from orion_tui.core.models.actions import (
    Action,
    Decision,
    DeleteFile,
    EditFile,
    FetchUrl,
    FileChange,
    ListFiles,
    ReadFile,
    RunCommand,
    SearchFiles,
    UseTool,
    WriteFile,
)
from orion_tui.core.models.plans import Expectation
from orion_tui.core.sandbox.base import CommandResult, Sandbox

#: Characters of output that go into the event beside the whole (bounded) output in the step.
TAIL = 2_000
#: Characters of a file that a step keeps of what was read.
READ_LIMIT = 200_000


@attrs.frozen(kw_only=True)
class Outcome:
    """What came back from one action, and whether it is what the plan expected."""

    ok: bool
    #: One line: `exit 0`, `wrote src/a.py`, or why it is not what was expected.
    summary: str
    #: The record of the step, JSON-ready.
    result: dict[str, Any]
    #: Whether files of the workspace may have changed.
    mutates: bool


def perform(
    action: Action,
    decision: Decision,
    sandbox: Sandbox,
    *,
    change: FileChange | None,
    expect: Expectation,
    approved: bool,
    external: ExternalTools | None = None,
    watch: Callable[[bytes, int], None] | None = None,
) -> Outcome:
    """Execute `action`. `external` are the session's external tools; None where it has none. `watch` is told what a
    command prints while it runs (`Sandbox.run`).

    `approved` says that a person approved exactly this action. Raises PolicyError when neither the gate nor a person
    let it through, ActionError when the sandbox cannot do it as asked, ChannelClosed when the sandbox is gone.
    """
    if not (decision.allowed or (approved and decision.tier.severity == 1)):
        raise PolicyError(f"not executed, for no decision lets it through: {decision.reason}")
    match action:
        case RunCommand():
            return _run(action, sandbox, expect, watch)
        case WriteFile() | EditFile() | DeleteFile():
            return _change(action, sandbox, change)
        case ReadFile() | ListFiles() | SearchFiles():
            return _look(action, sandbox)
        case FetchUrl():
            raise ActionError("the sandbox has no network", hint="fetch it yourself and add it to the repository")
        case UseTool():
            return _use(action, external)


def _use(action: UseTool, external: ExternalTools | None) -> Outcome:
    if external is None:
        raise ActionError(f"not carried out: {action.name}: this session has no external tools")
    answer = external.use(action)
    size = f"{len(answer.text):,} characters"
    return Outcome(
        ok=not answer.failed,
        summary=f"the tool says that it failed ({size})" if answer.failed else f"answered ({size})",
        result={"output": answer.text, "dropped": answer.dropped, "seconds": round(answer.seconds, 3)},
        mutates=False,
    )


def _run(
    action: RunCommand, sandbox: Sandbox, expect: Expectation, watch: Callable[[bytes, int], None] | None
) -> Outcome:
    result = sandbox.run(action.argv, cwd=action.cwd, timeout=action.timeout, env=action.env, watch=watch)
    output = clean(result.output)
    ending = how_it_ended(result, action.timeout)
    problems: list[str] = []
    if result.error or result.timed_out or result.signal is not None:
        problems.append(ending)
    elif expect.exit_code is not None and result.exit_code != expect.exit_code:
        problems.append(f"{ending}, expected {expect.exit_code}")
    if expect.output is not None and expect.output not in output:
        problems.append(f"the output does not contain {expect.output!r}")
    record = {
        "exit_code": result.exit_code,
        "signal": result.signal,
        "timed_out": result.timed_out,
        "error": str(clean(result.error, keep_newlines=False)),
        "output": str(output),
        "dropped": result.dropped,
        "seconds": round(result.seconds, 3),
        "out_of_memory": result.out_of_memory,
        "killed": result.killed,
    }
    return Outcome(ok=not problems, summary="; ".join(problems) or ending, result=record, mutates=True)


def how_it_ended(result: CommandResult, timeout: float) -> str:
    """`exit 0`, `killed after 180 s`, `out of memory`, `signal 9`, or why it never started."""
    if result.error:
        return f"could not start: {clean(result.error, keep_newlines=False)}"
    if result.timed_out:
        return f"killed with all it started after {timeout:g} s"
    if result.out_of_memory:
        return "out of memory"
    if result.signal is not None:
        return f"ended by signal {result.signal}"
    return f"exit {result.exit_code}"


def _change(action: WriteFile | EditFile | DeleteFile, sandbox: Sandbox, change: FileChange | None) -> Outcome:
    if change is None or change.path != action.path:
        raise PolicyError("not executed, for the change was not resolved before it was judged")
    shown = display_path(change.path)
    try:
        if change.after is None:
            sandbox.delete(change.path)
            summary = f"deleted {shown}"
        else:
            sandbox.write(change.path, change.after, executable=change.executable)
            summary = f"{'created' if change.before is None else 'changed'} {shown} ({len(change.after):,} bytes)"
    except OSError as error:
        raise ActionError(f"{shown}: {error.strerror or error}") from error
    return Outcome(ok=True, summary=summary, result={"summary": summary}, mutates=True)


def _read(data: bytes, first: int, count: int | None) -> Outcome:
    """A file, or some of its lines: clean for people, and as it is for an agent that wants to edit it."""
    whole = _lines(data.decode("utf-8", "replace"), first, count)
    text = bounded(whole, READ_LIMIT)
    shown = str(clean(text))
    result = {"output": shown} if shown == text else {"output": shown, "content": text}
    return Outcome(ok=True, summary=f"{len(whole):,} characters", result=result, mutates=False)


def _lines(text: str, first: int, count: int | None) -> str:
    """`count` lines of a text from the `first` on, counted from 1."""
    if first == 1 and count is None:
        return text
    lines = text.split("\n")[first - 1 :]
    return "\n".join(lines if count is None else lines[:count])


def _look(action: ReadFile | ListFiles | SearchFiles, sandbox: Sandbox) -> Outcome:
    try:
        match action:
            case ReadFile(path=path, first=first, lines=lines):
                return _read(sandbox.read(path), first, lines)
            case ListFiles(path=path):
                text = "\n".join(display_path(name) for name in sandbox.list(path))
            case SearchFiles(pattern=pattern, path=path):
                matches = sandbox.search(pattern, path)
                text = "\n".join(f"{display_path(p)}:{n}: {clean(line, keep_newlines=False)}" for p, n, line in matches)
    except (OSError, ValueError) as error:
        raise ActionError(f"{display_path(action.path)}: {clean(str(error), keep_newlines=False)}") from error
    return Outcome(ok=True, summary=f"{len(text):,} characters", result={"output": text}, mutates=False)
