"""The tools of a model that works on a task, and what a call of one amounts to.

`parse` is the edge where a model's arguments become values: an action for the gate, or a step of the work itself.
Whatever the arguments are, it answers; what cannot be carried out becomes a `BadCall` in words that the model can mend
it by. It decides nothing else: whether an action may happen is the gate's business.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from orion_tui.base.text import clean
from orion_tui.core.agent.arguments import problems
from orion_tui.core.agent.model import Tool, ToolCall
from orion_tui.core.boundary.names import MAX_DEPTH, MAX_NAME, MAX_PATH
from orion_tui.core.models.actions import (
    Action,
    DeleteFile,
    EditFile,
    ListFiles,
    ReadFile,
    RunCommand,
    SearchFiles,
    WriteFile,
)
from orion_tui.core.models.agent import AgentStep, AskPerson, BadCall, Finish, Note
from orion_tui.roles.problems import did_you_mean, excerpt

#: Actions that change nothing.
READ_ONLY: tuple[type[ReadFile | ListFiles | SearchFiles], ...] = (ReadFile, ListFiles, SearchFiles)

#: Bytes of a file that is written, and of each side of an edit.
MAX_CONTENT = 10 * 1024 * 1024
#: Bytes of a command: below what Linux takes as one argument (128 KiB).
MAX_COMMAND = 100_000
#: Characters of a pattern, as the sandbox takes it.
MAX_PATTERN = 10_000
#: Characters of what a person is to read: a question, a note, a summary.
MAX_WORDS = 8_000
#: Seconds that one command may be given, and what it gets where the model does not say.
MAX_TIMEOUT = 3_600
TIMEOUT = 180
#: The highest line number that can be asked for.
MAX_LINE = 1_000_000_000
# Providers allow 64; what a model makes up may be anything.
_LONGEST_NAME = 128
# Halves of a surrogate pair: no text has them alone. In a path the last 128 stand for bytes that are no UTF-8.
_HALF = re.compile("[\ud800-\udfff]")


class _Wrong(ValueError):
    """What is wrong with the arguments, in words for the model."""


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _tool(name: str, description: str, required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Tool:
    parameters = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }
    return Tool(name=name, description=description, parameters=parameters)


_PATH = _text("Path of the file, relative to the root of the workspace.")
_BELOW = _text("Directory, relative to the root of the workspace; left out, the root.")

TOOLS: tuple[Tool, ...] = (
    _tool(
        "read_file",
        "Shows a file, each line as `number| text`; the text of the file begins after `| `. Read a file before you "
        "change it. Characters that cannot be seen are spelled out, as ⟨U+00A0⟩.",
        {"path": _PATH},
        {
            "first_line": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_LINE,
                "description": "First line to show, from 1.",
            },
            "lines": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_LINE,
                "description": "How many lines to show; left out, all that follow.",
            },
        },
    ),
    _tool("list_files", "Lists all files below a directory.", {}, {"path": _BELOW}),
    _tool(
        "search",
        "Finds a regular expression (Python's syntax) in the text files below a directory; shows `path:line: text`.",
        {"pattern": _text("The regular expression; it is matched against one line at a time.")},
        {"path": _BELOW},
    ),
    _tool(
        "write_file",
        "Creates a file, or replaces it whole. Directories are made as needed.",
        {"path": _PATH, "content": _text("All of the file's text.")},
        {"executable": {"type": "boolean", "description": "Whether it is a program; left out, it is not."}},
    ),
    _tool(
        "edit_file",
        "Replaces one passage of a file. The old text must occur exactly once: give enough of what stands around it, "
        "byte for byte, without line numbers.",
        {"path": _PATH, "old": _text("The passage as it stands in the file."), "new": _text("What takes its place.")},
    ),
    _tool("delete_file", "Removes one file.", {"path": _PATH}),
    _tool(
        "run",
        "Runs a command with `sh -c` in the sandbox, and shows its output and how it ended. There is no network and "
        "no terminal; what is still running when the command ends is killed.",
        {"command": _text("The command, as for a shell.")},
        {
            "cwd": _text("Directory to run in, relative to the root of the workspace; left out, the root."),
            "timeout_seconds": {
                "type": "number",
                "minimum": 1,
                "maximum": MAX_TIMEOUT,
                "description": f"Seconds until it is killed; left out, {TIMEOUT}.",
            },
        },
    ),
    _tool(
        "ask_person",
        "Asks the person who gave the goal. It may take hours until they answer: ask only what you cannot find out "
        "and must not guess.",
        {"question": _text("The question, with what there is to choose from.")},
    ),
    _tool(
        "note",
        "Leaves a note for the person to read with the result: a decision you took, a trap you saw.",
        {"text": _text("The note.")},
    ),
    _tool(
        "finish",
        "Ends your work on this task: when it is done, or when it cannot be done. The task's acceptance checks run "
        "then, and decide; where one fails, you are told, and go on.",
        {
            "outcome": {"type": "string", "enum": ["done", "impossible"]},
            "summary": _text("What was done, or why it cannot be done, in a few sentences."),
            "confidence": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "How sure you are that the work is right: 0 to 1.",
            },
        },
        {"unchecked": _text("What you could not check; left out where nothing is left.")},
    ),
)

_BY_NAME = {tool.name: tool for tool in TOOLS}


def parse(call: ToolCall) -> Action | AgentStep:
    """What `call` asks for. Never raises: what cannot be carried out is a BadCall that says why."""
    name = str(clean(call.name.encode("utf-8", "replace"), keep_newlines=False))[:_LONGEST_NAME]
    tool = _BY_NAME.get(call.name)
    if tool is None:
        why = call.problem or f"there is no tool {excerpt(name)}{did_you_mean(name, _BY_NAME)}"
        return BadCall(name=name, problem=why)
    if call.arguments is None:
        return BadCall(name=name, problem=call.problem or "the arguments cannot be read; they must be one JSON object")
    given = dict(call.arguments)
    if found := problems(tool.parameters, given):
        return BadCall(name=name, problem="; ".join(found))
    try:
        return _MAKERS[name](given)
    except _Wrong as wrong:
        return BadCall(name=name, problem=str(wrong))


def _read_file(given: Mapping[str, Any]) -> Action:
    lines = given.get("lines")
    return ReadFile(
        path=_file(given), first=int(given.get("first_line", 1)), lines=int(lines) if lines is not None else None
    )


def _list_files(given: Mapping[str, Any]) -> Action:
    return ListFiles(path=_path(given.get("path", ""), "path"))


def _search(given: Mapping[str, Any]) -> Action:
    pattern = _plain(given["pattern"], "pattern")
    if not pattern:
        raise _Wrong("pattern is empty")
    if len(pattern) > MAX_PATTERN:
        raise _Wrong(f"pattern has {len(pattern):,} characters; {MAX_PATTERN:,} is the most")
    return SearchFiles(pattern=pattern, path=_path(given.get("path", ""), "path"))


def _write_file(given: Mapping[str, Any]) -> Action:
    content = _bounded(given["content"], "content").encode("utf-8")
    return WriteFile(path=_file(given), content=content, executable=given.get("executable", False))


def _edit_file(given: Mapping[str, Any]) -> Action:
    old, new = _bounded(given["old"], "old"), _bounded(given["new"], "new")
    if not old:
        raise _Wrong("old is empty; to create a file or replace it whole, use write_file")
    if old == new:
        raise _Wrong("old and new are the same, so nothing would change")
    return EditFile(path=_file(given), old=old, new=new)


def _delete_file(given: Mapping[str, Any]) -> Action:
    return DeleteFile(path=_file(given))


def _run(given: Mapping[str, Any]) -> Action:
    command = _plain(given["command"], "command")
    if not command.strip():
        raise _Wrong("command is empty")
    if len(command.encode("utf-8")) > MAX_COMMAND:
        raise _Wrong(f"command has more than {MAX_COMMAND:,} bytes; write a script with write_file and run that")
    timeout = float(given.get("timeout_seconds", TIMEOUT))
    if not 1 <= timeout <= MAX_TIMEOUT:  # not a number: neither below nor above
        raise _Wrong(f"timeout_seconds must be 1 to {MAX_TIMEOUT}")
    cwd = _path(given.get("cwd", ""), "cwd")
    return RunCommand(argv=("sh", "-c", command), shell=command, cwd=cwd, timeout=timeout)


def _ask_person(given: Mapping[str, Any]) -> AgentStep:
    return AskPerson(question=_words(given["question"], "question"))


def _note(given: Mapping[str, Any]) -> AgentStep:
    return Note(text=_words(given["text"], "text"))


def _finish(given: Mapping[str, Any]) -> AgentStep:
    confidence = float(given["confidence"])
    if not 0 <= confidence <= 1:
        raise _Wrong("confidence must be a number from 0 to 1")
    unchecked = given.get("unchecked", "")
    return Finish(
        summary=_words(given["summary"], "summary"),
        outcome=given["outcome"],
        confidence=confidence,
        unchecked=_words(unchecked, "unchecked") if unchecked.strip() else "",
    )


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Action | AgentStep]] = {
    "read_file": _read_file,
    "list_files": _list_files,
    "search": _search,
    "write_file": _write_file,
    "edit_file": _edit_file,
    "delete_file": _delete_file,
    "run": _run,
    "ask_person": _ask_person,
    "note": _note,
    "finish": _finish,
}


def _file(given: Mapping[str, Any]) -> str:
    path = _path(given["path"], "path")
    if not path:
        raise _Wrong("path names no file: give one relative to the root of the workspace")
    return path


def _path(text: str, name: str) -> str:
    """`text` as the workspace names it: `a//b/` is `a/b`, `.` is the root, which is empty."""
    if "\0" in text:
        raise _Wrong(f"{name} has a NUL character")
    if text.startswith("/"):
        raise _Wrong(f"{name} is absolute; give it relative to the root of the workspace: src/app.py")
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise _Wrong(f"{name} has half of a surrogate pair, which no file name can hold") from None
    parts = [part for part in raw.split(b"/") if part not in {b"", b"."}]
    if b".." in parts:
        raise _Wrong(f"{name} must not have a .. in it; everything is in the workspace")
    if len(b"/".join(parts)) > MAX_PATH or len(parts) > MAX_DEPTH or any(len(part) > MAX_NAME for part in parts):
        most = f"{MAX_PATH:,} bytes, {MAX_DEPTH} levels and {MAX_NAME} bytes a name are the most"
        raise _Wrong(f"{name} is too long: {most}")
    # Bytes that were spelled one by one and are UTF-8 all the same name the same file: one spelling for each.
    return b"/".join(parts).decode("utf-8", "surrogateescape")


def _whole(text: str, name: str) -> str:
    if _HALF.search(text):
        raise _Wrong(f"{name} has half of a surrogate pair, which is no text")
    return text


def _plain(text: str, name: str) -> str:
    if "\0" in text:
        raise _Wrong(f"{name} has a NUL character")
    return _whole(text, name)


def _bounded(text: str, name: str) -> str:
    if len(text) > MAX_CONTENT or len(_whole(text, name).encode("utf-8")) > MAX_CONTENT:
        raise _Wrong(f"{name} has more than {MAX_CONTENT:,} bytes")
    return text


def _words(text: str, name: str) -> str:
    """What a person is to read, cleaned."""
    words = str(clean(text)).strip()
    if not words:
        raise _Wrong(f"{name} is empty")
    if len(words) > MAX_WORDS:
        raise _Wrong(f"{name} has {len(words):,} characters; {MAX_WORDS:,} is the most")
    return words
