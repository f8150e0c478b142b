"""A summary of a task's work made of its step log alone, for when no model can give one."""

from collections.abc import Sequence

from orion_tui.core.agent.fields import bounded
from orion_tui.core.agent.results import one_line, status
from orion_tui.core.agent.turns import read
from orion_tui.core.models.steps import Step

#: Characters of a digest.
DIGEST_LIMIT = 12_000

_LINE = 240
_LISTED = 60


def digest(steps: Sequence[Step]) -> str:
    """A summary made of the step log alone, for when no model can give one: at most `DIGEST_LIMIT` characters.

    What was changed, what was asked and answered, what is open, and every action in one line with its outcome, the
    latest where they are too many.
    """
    log = read(steps)
    changed: dict[str, str] = {}
    lines: list[str] = []
    said: list[str] = []
    for turn in log.turns:
        for step in sorted((*(s for s in turn.answers if s), *turn.others), key=lambda one: one.index):
            result = step.result or {}
            outcome = status(step.action, result)
            if step.action.get("do") in {"WriteFile", "EditFile", "DeleteFile"} and outcome == "done":
                changed[one_line(step.action.get("path", ""), _LINE)] = one_line(result.get("summary", ""), _LINE)
            if step.action.get("do") in {"AskPerson", "Note", "Finish"}:
                said += _said(step)
            if step.action.get("do") not in {"AskModel", "Note"}:
                check = "check: " if step.acceptance else ""
                lines.append(f"- {check}{action_line(step)} -> {outcome}{_why(step)}")
        said += [f"- hint: {one_line(hint.action.get('text', ''), _LINE * 2)}" for hint in turn.hints]
        said += [f"- not carried out: {one_line(call.name, 60)}" for call in turn.open_calls]
    parts = [f"{len(log.turns)} turns, {len(lines)} actions."]
    if changed:
        more = f"\n- and {len(changed) - _LISTED} more" if len(changed) > _LISTED else ""
        names = "\n".join(f"- {path}" + (f" ({what})" if what else "") for path, what in [*changed.items()][-_LISTED:])
        parts.append(f"Files changed:\n{names}{more}")
    if said:
        parts.append("Said and open:\n" + "\n".join(said[-_LISTED:]))
    head = bounded("\n\n".join(parts), DIGEST_LIMIT // 2)
    room = DIGEST_LIMIT - len(head) - 100
    shown: list[str] = []
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    title = "Actions:" if len(shown) == len(lines) else f"The last {len(shown)} actions:"
    return "\n\n".join([head, "\n".join([title, *reversed(shown)])]) if shown else head


def action_line(step: Step) -> str:
    """What a step did, as one line."""
    action = step.action
    match action.get("do"):
        case "RunCommand":
            what = f"run {action.get('shell') or ' '.join(action.get('argv', ()))}"
        case "SearchFiles":
            what = f"search {action.get('pattern')} in {action.get('path') or '.'}"
        case "ListFiles":
            what = f"list {action.get('path') or '.'}"
        case "ReadFile":
            what = f"read {action.get('path')}"
        case "WriteFile":
            what = f"write {action.get('path')}"
        case "EditFile":
            what = f"edit {action.get('path')}"
        case "DeleteFile":
            what = f"delete {action.get('path')}"
        case "UseTool":
            what = f"use {action.get('server')}/{action.get('tool')} {action.get('arguments')}"
        case "AskPerson":
            what = f"ask {action.get('question')}"
        case "Finish":
            what = f"finish as {action.get('outcome', 'done')}"
        case "BadCall":
            what = f"call {action.get('name')}"
        case other:
            what = str(other)
    return one_line(what, _LINE)


def _said(step: Step) -> list[str]:
    action, result = step.action, step.result or {}
    match action.get("do"):
        case "AskPerson":
            answer = f"answered: {one_line(result['answer'], _LINE)}" if "answer" in result else "not answered"
            return [f"- asked: {one_line(action.get('question', ''), _LINE)}; {answer}"]
        case "Note":
            return [f"- noted: {one_line(action.get('text', ''), _LINE)}"]
        case _:
            unchecked = f"; not checked: {one_line(action['unchecked'], _LINE)}" if action.get("unchecked") else ""
            return [f"- finishing: {one_line(action.get('summary', ''), _LINE)}{unchecked}"]


def _why(step: Step) -> str:
    result = step.result or {}
    why = result.get("blocked") or result.get("refused") or result.get("error") or result.get("reason")
    if not why and result.get("ok") is False:
        why = result.get("summary")
    if step.action.get("do") == "BadCall":
        why = step.action.get("problem")
    return f": {one_line(why, _LINE)}" if why else ""
