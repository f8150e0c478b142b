"""What a person is shown when the gate asks: everything that will run or change, with what was hidden spelled out."""

import difflib
import json
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from orion_tui.base.text import display_path, has_disguise, reveal
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
from orion_tui.core.models.plans import Task

#: Characters of a file change that a card carries; the diff beyond it is counted and said, never silently left out.
PREVIEW_LIMIT = 200_000
#: Top-level names of what lies beside the work that a card lists.
_PLACES = 5
#: Characters of a tool's arguments in the one line that describes its use; the card has all of them.
_ARGUMENTS = 300
#: Characters of the agent's own words on a card.
_SAID = 600
#: How a command says that it stands at the root of the workspace.
_ROOT = frozenset({"", ".", "./"})


def describe(action: Action) -> str:
    """An action as one line: `run pytest -q`, `run in api: make`, `write src/app.py`.

    Hidden characters are spelled out.
    """
    match action:
        case RunCommand():
            # The place before the words: at the end a comment of the command's own could say another.
            where = f" in {display_path(action.cwd)}:" if action.cwd not in _ROOT else ""
            return f"run{where} {reveal(action.text, keep_newlines=False)}"
        case WriteFile():
            return f"write {display_path(action.path)}"
        case EditFile():
            return f"edit {display_path(action.path)}"
        case DeleteFile():
            return f"delete {display_path(action.path)}"
        case ReadFile():
            return f"read {display_path(action.path)}"
        case ListFiles():
            return f"list {display_path(action.path) or '.'}"
        case SearchFiles():
            return f"search {reveal(action.pattern, keep_newlines=False)} in {display_path(action.path) or '.'}"
        case FetchUrl():
            return f"fetch {reveal(action.url, keep_newlines=False)}"
        case UseTool():
            given = str(reveal(action.arguments, keep_newlines=False))
            shown = given if len(given) <= _ARGUMENTS else f"{given[:_ARGUMENTS]}…"
            return f"use {reveal(action.name, keep_newlines=False)} {shown}"


def approval_card(
    action: Action,
    decision: Decision,
    task: Task,
    *,
    change: FileChange | None,
    waits_on: Sequence[str],
    beside: Collection[bytes] = (),
    said: str = "",
) -> dict[str, Any]:
    """The card of an approval, JSON-ready; `waits_on` are the tasks that cannot go on without it, `beside` the files
    that the action could use and that are no part of the work, `said` the agent's own words when it asked for it."""
    raw = _raw_text(action, change)
    details = [["task", f"{task.id}  {reveal(task.title, keep_newlines=False)}"]]
    if task.description.strip():
        details.append(["its purpose", str(reveal(task.description))])
    if isinstance(action, RunCommand):
        details.append(["directory", str(display_path(action.cwd)) or "."])
        details.append(["timeout", f"{action.timeout:g} s"])
        details += [["environment", str(reveal(f"{name}={value}", keep_newlines=False))] for name, value in action.env]
        if action.shell is None:
            details += [[f"argv[{n}]", str(reveal(word, keep_newlines=False))] for n, word in enumerate(action.argv)]
    if isinstance(action, UseTool):
        details.append(["where", f"the server {action.server}, outside of the sandbox, with your rights"])
    if change is not None and change.executable != change.was_executable:
        details.append(["mode", "becomes executable" if change.executable else "is no longer executable"])
    details += [["amounts to", _claim_text(c.kind, c.subject, c.because)] for c in decision.claims]
    if beside:
        details.append(["also there", _beside_text(beside)])
    return {
        "title": describe(action),
        "text": _whole(action) or describe(action),
        "kind": decision.claims[0].kind if decision.claims else str(task.kind),
        "why": f"{decision.rule}: {decision.reason}" if decision.rule else decision.reason,
        "agent_reason": own_words(said),
        "details": details,
        "preview": _preview(action, change),
        "disguised": has_disguise(raw),
        "waits_on": list(waits_on),
        "policy": decision.policy,
    }


#: Details of a card that an edit leaves as they are.
_STAYS = frozenset({"task", "its purpose", "directory", "timeout", "environment", "also there", "mode"})


def edited_card(
    card: Mapping[str, Any], action: Action, decision: Decision, change: FileChange | None, *, instead_of: str
) -> dict[str, Any]:
    """The card of an action that a person put into the place of the one that `card` shows."""
    details = [list(detail) for detail in card.get("details", ()) if detail and detail[0] in _STAYS]
    if isinstance(action, RunCommand) and action.shell is None:
        details += [[f"argv[{n}]", str(reveal(word, keep_newlines=False))] for n, word in enumerate(action.argv)]
    details += [["amounts to", _claim_text(c.kind, c.subject, c.because)] for c in decision.claims]
    return {
        **card,
        "title": describe(action),
        "text": _whole(action) or describe(action),
        "kind": decision.claims[0].kind if decision.claims else card.get("kind", ""),
        "why": f"{decision.rule}: {decision.reason}" if decision.rule else decision.reason,
        "details": details,
        "preview": _preview(action, change),
        "disguised": has_disguise(_raw_text(action, change)),
        "policy": decision.policy,
        "edited_from": instead_of,
    }


def own_words(said: str) -> str:
    """What the agent said with its call, so much of it as a card has room for, with what was hidden spelled out."""
    text = str(reveal(said.strip()))
    return text if len(text) <= _SAID else f"{text[:_SAID].rstrip()}…"


def _whole(action: Action) -> str:
    """What a command or the use of a tool consists of, all of it; empty for other actions."""
    if isinstance(action, UseTool):
        return str(reveal(f"use {action.name}\n{_laid_out(action.arguments)}"))
    return str(reveal(action.text)) if isinstance(action, RunCommand) else ""


def _laid_out(arguments: str) -> str:
    """The arguments as people read JSON; the escapes in its texts are left as they are, so a line is one line."""
    try:
        return json.dumps(json.loads(arguments), indent=2, ensure_ascii=False)
    except ValueError:
        return arguments


def _beside_text(beside: Collection[bytes]) -> str:
    """`1,204 files that the work does not hold, which it could use: .venv (1,200), .cache (4)`."""
    places = Counter(os.fsdecode(path).partition("/")[0] for path in beside)
    shown = ", ".join(f"{display_path(place)} ({count:,})" for place, count in places.most_common(_PLACES))
    more = f" and {len(places) - _PLACES:,} more places" if len(places) > _PLACES else ""
    noun = "file" if len(beside) == 1 else "files"
    return f"{len(beside):,} {noun} that earlier commands left and no review shows, which it could use: {shown}{more}"


def _claim_text(kind: str, subject: str, because: str) -> str:
    named = f"{kind}({reveal(subject, keep_newlines=False)})" if subject else str(kind)
    return f"{named}: {reveal(because, keep_newlines=False)}" if because else named


def _raw_text(action: Action, change: FileChange | None) -> str:
    parts = [action.path] if not isinstance(action, RunCommand | FetchUrl | UseTool) else []
    if isinstance(action, UseTool):
        parts += [action.name, action.arguments]
    if isinstance(action, RunCommand):
        parts += [action.text, action.cwd, *(f"{name}={value}" for name, value in action.env)]
    if isinstance(action, FetchUrl):
        parts.append(action.url)
    if change is not None and change.after is not None:
        parts.append(change.after.decode("utf-8", "replace"))
    return "\n".join(parts)


def _preview(action: Action, change: FileChange | None) -> str:
    if change is None:
        return _whole(action)
    before, after = change.before or b"", change.after or b""
    if b"\0" in before or b"\0" in after:
        return f"binary: {len(before):,} bytes before, {len(after):,} bytes after"
    diff = difflib.unified_diff(
        _lines(before),
        _lines(after),
        "before" if change.before is not None else "nothing",
        "after" if change.after is not None else "nothing",
        lineterm="",
    )
    text = "\n".join(reveal(line, keep_newlines=False) for line in diff)
    if len(text) > PREVIEW_LIMIT:
        return f"{text[:PREVIEW_LIMIT]}\n... {len(text) - PREVIEW_LIMIT:,} more characters: too long to approve unseen"
    return text


def _lines(data: bytes) -> list[str]:
    """Lines as git counts them: what else ends one for some program (CR, form feed, U+2028) is spelled out in it."""
    *lines, last = data.decode("utf-8", "backslashreplace").split("\n")
    return [*lines, f"{last} ⟨no newline⟩"] if last else lines
