"""What a model reads of a finished step: Orion's own words first, then what came back, which cannot pose as them.

In the wire format each result is a field of its own that nothing inside can end. Inside it two kinds of lines stand,
and a line's first characters tell them apart, so that no output can say `exit 0` for itself:

    exit 1, after 2.4 s
    output:
    | tests/test_a.py F
    ... 81,204 characters left out here; ...
    | 1 failed

A line of content begins with `| `, one of a file with its number, `12| `. No line of Orion's begins like that, and all
lines of content do: they are split at every line end that there is, and what else cannot be seen is spelled out
(`⟨U+200B⟩`), tabs apart. Files have numbers because compilers, tests and `read_file` itself speak of them; the mark
between number and text is the same for every line, and the tools say that the text begins after it, so that passages
can be taken for an edit as they stand.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from orion_tui.base.text import reveal

#: Characters of the content that one result shows, marks of its lines included.
RESULT_LIMIT = 24_000
#: The same for old results, once a conversation has become long.
ELIDED_LIMIT = 1_200

#: What did not happen because a turn was cut short.
NOT_DONE = "not carried out: the turn ended before this call's place came"

# Characters of a line of Orion's that quotes something.
_QUOTE = 2_000
# Room for the line about what was left out.
_MARK = 240
# A line is cut where it has to be when it is longer than this; shorter ones are left out whole.
_SHORT = 400
_SPECIAL = re.compile(r"[^\n\t -~]")
_PLAIN = re.compile(r"[\n\t -~]*\Z")


def for_model(
    action_json: Mapping[str, Any],
    decision: Mapping[str, Any],
    result: Mapping[str, Any],
    *,
    limit: int = RESULT_LIMIT,
) -> str:
    """The text of a tool's result, from a step as it is recorded; its content in at most `limit` characters."""
    kind = str(action_json.get("do", ""))
    lines = [status(action_json, result), *_details(action_json, decision, result)]
    text = _content(kind, result)
    if text is None:
        return "\n".join(lines)
    if not text:
        return "\n".join([*lines, _NOTHING.get(kind, "no output")])
    numbered = int(action_json.get("first", 1)) if kind == "ReadFile" else None
    ends = text.count("\n")
    if ends and text.count("\r\n") == ends:
        lines.append("every line ends with CR LF")
        text = text.replace("\r\n", "\n")
    title = "what the person changed" if "edited" in result and kind in _CHANGES else _TITLES.get(kind, "output")
    lines.append(f"{title}:")
    return "\n".join([*lines, *_bounded(text, numbered, limit)])


def failed(action_json: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Whether the call did not do what it was to do: blocked, refused, an error. A command that ran did its part."""
    if "blocked" in result or "refused" in result or result.get("accepted") is False:
        return True
    return action_json.get("do") == "BadCall" or bool(result.get("error")) or result.get("ok") is False


def status(action_json: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """One line: how the step came out. Only the record decides it, never what an output says."""
    kind = action_json.get("do")
    if "blocked" in result:
        return "blocked: not carried out"
    if "refused" in result:
        return "refused by the person: not carried out"
    match kind:
        case "RunCommand" if "exit_code" in result:
            return _ending(action_json, result)
        case "UseTool" if result.get("unknown"):
            return "not known whether it was carried out"
        case "AskPerson":
            return "the person answered"
        case "Note":
            return "noted"
        case "Finish":
            return "taken up: the acceptance checks decide" if result.get("accepted") else "not accepted"
        case "BadCall":
            return "not carried out: the call cannot be used"
        case _:
            return "failed" if failed(action_json, result) else "done"


def _ending(action: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    if result.get("error"):
        return "could not start"
    after = f", after {float(result.get('seconds') or 0):.1f} s"
    if result.get("timed_out"):
        return f"killed with all it started when its {float(action.get('timeout') or 0):g} s were over"
    if result.get("out_of_memory"):
        return f"out of memory{after}"
    if result.get("signal") is not None:
        return f"ended by signal {result['signal']}{after}"
    return f"exit {result.get('exit_code')}{after}"


def _details(action: Mapping[str, Any], decision: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    """Further lines of Orion's; what they quote cannot leave its line."""
    if edited := result.get("edited"):
        yield f"a person changed this before it was carried out; you asked: {_line(edited.get('asked', ''))}"
        yield f"carried out instead, once: {_line(edited.get('instead', ''))}"
    if "blocked" in result:
        rule = result.get("rule") or decision.get("rule")
        yield f"reason: {_line(result['blocked'])}" + (f" (rule: {_line(rule)})" if rule else "")
        return
    if "refused" in result:
        yield f"reason: {_line(result['refused'])}" if result["refused"] else "no reason was given"
        return
    if action.get("do") == "BadCall":
        yield f"problem: {_line(result.get('output') or action.get('problem') or '')}"
        return
    if result.get("error"):
        yield f"error: {_line(result['error'])}"
    elif result.get("summary") and (action.get("do") in _CHANGES or result.get("ok") is False):
        yield f"summary: {_line(result['summary'])}"
    if result.get("reason"):
        yield f"reason: {_line(result['reason'])}"
    if result.get("flag"):
        yield f"flag: {_line(result['flag'])}"
    if result.get("killed"):
        yield f"{int(result['killed'])} processes that it left running were killed"
    if result.get("dropped"):
        yield f"{int(result['dropped']):,} bytes from the middle of its output were not kept"


def _content(kind: str, result: Mapping[str, Any]) -> str | None:
    """What others said; None where a step of this kind says nothing."""
    if kind == "AskPerson":
        return str(result.get("answer", "")) if "refused" not in result else None
    if kind == "BadCall":
        return None
    if edited := result.get("edited"):
        difference: str = edited.get("difference", "")
        if difference:
            return difference
    if "content" in result:  # a file as it really is, where people are shown something cleaner
        return str(result["content"])
    return str(result["output"]) if "output" in result else None


_CHANGES = frozenset({"WriteFile", "EditFile", "DeleteFile"})
_NOTHING = {"ReadFile": "nothing stands there", "ListFiles": "no files", "SearchFiles": "no match"}
_TITLES = {"ReadFile": "content", "ListFiles": "files", "SearchFiles": "matches", "AskPerson": "answer"}


def shown(text: str) -> str:
    """`text` with everything spelled out that is not seen or ends a line, newlines and tabs apart."""
    return text if _PLAIN.match(text) else _SPECIAL.sub(lambda found: _spelled(found[0]), text)


@lru_cache(maxsize=65_536)
def _spelled(char: str) -> str:
    return str(reveal(char))


def one_line(text: object, limit: int = _QUOTE) -> str:
    """`text` as a part of one line, at most `limit` characters, with nothing hidden in it."""
    raw = str(text)
    line = " ".join(shown(raw[: limit + 1]).replace("\n", "⏎").split("\t"))
    return line if len(line) <= limit and len(raw) <= limit else f"{line[: limit - 1]}…"


def _line(text: object) -> str:
    return one_line(text)


def _bounded(text: str, number: int | None, limit: int) -> list[str]:
    """The content as lines with their marks: all of it, or head and tail with a line of Orion's between them."""
    if text.endswith("\n"):
        text = text[:-1]
    # What is shown of a text is never shorter than the text itself.
    if len(text) <= limit:
        whole = _marked(text, number)
        if sum(map(len, whole)) + len(whole) <= limit:
            return whole
    room = max(limit - _MARK, 0)
    head, taken = _head(text, number, room * 2 // 3)
    tail, begin = _tail(text, taken, number, room - room * 2 // 3)
    left_out = begin - taken
    how = "read a part with read_file(first_line, lines)" if number is not None else "narrow it down to see more"
    return [*head, f"... {left_out:,} characters left out here; {how} ...", *tail]


def _marked(text: str, number: int | None) -> list[str]:
    lines = shown(text).split("\n")
    if number is None:
        return [f"| {line}" for line in lines]
    return [f"{n}| {line}" for n, line in enumerate(lines, number)]


def _mark(number: int | None) -> str:
    return "| " if number is None else f"{number}| "


def _head(text: str, number: int | None, room: int) -> tuple[list[str], int]:
    """As many lines from the start as fit, and where in the text they end."""
    lines: list[str] = []
    at = 0
    window = text[:room]
    pieces = window.split("\n")
    for position, raw in enumerate(pieces):
        mark = _mark(None if number is None else number + position)
        line = mark + shown(raw)
        cut = position == len(pieces) - 1 and len(window) < len(text) and text[len(window)] != "\n"
        if cut or len(line) >= room:
            if room > _SHORT:
                part = _fitting(raw, room - len(mark) - 1, from_start=True)
                lines.append(mark + shown(part))
                at += len(part)
            break
        lines.append(line)
        room -= len(line) + 1
        at += len(raw) + 1
    return lines, min(at, len(text))


def _tail(text: str, start: int, number: int | None, room: int) -> tuple[list[str], int]:
    """As many lines from the end as fit, none from before `start`, and where in the text they begin."""
    lines: list[str] = []
    begin = at = len(text)
    window_start = max(start, len(text) - room)
    pieces = text[window_start:].split("\n")
    last = None if number is None else number + text.count("\n")
    for position, raw in enumerate(reversed(pieces)):
        mark = _mark(None if last is None else last - position)
        line = mark + shown(raw)
        cut = position == len(pieces) - 1 and window_start > 0 and text[window_start - 1] != "\n"
        if cut or len(line) >= room:
            if room > _SHORT:
                part = _fitting(raw, room - len(mark) - 1, from_start=False)
                lines.append(mark + shown(part))
                begin = at - len(part)
            break
        lines.append(line)
        room -= len(line) + 1
        begin = at - len(raw)
        at = begin - 1
    return lines[::-1], begin


def _fitting(raw: str, room: int, *, from_start: bool) -> str:
    """The longest start (or about that) of `raw`, or end, that is shown in `room` characters."""
    room = max(room, 0)
    raw = raw[:room] if from_start else raw[len(raw) - min(room, len(raw)) :]
    while (length := len(shown(raw))) > room:
        keep = min(len(raw) - 1, len(raw) * room // length)
        raw = raw[:keep] if from_start else raw[len(raw) - keep :]
    return raw
