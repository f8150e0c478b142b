"""Finds the colours of code, in a process of its own: `python -m orion_tui.bridge.tint_worker`, started by `tinter`.

The text is untrusted, and a lexer is a heap of regular expressions: one that takes for ever takes this process's time
and not the application's, which ends it. One line of JSON in, `{"path", "old", "new"}` with lists of lines; one out,
`{"old", "new"}` with a list of `[begin, end, kind]` for each line, kinds by their place in `KINDS`. `null` where the
language is not known.
"""

import json
import posixpath
import resource
import sys
from collections.abc import Sequence
from typing import Any

from orion_tui.bridge.tints import KINDS

#: Bytes of memory and seconds of processor time after which the kernel ends it.
_MEMORY = 512 * 1024 * 1024
_SECONDS = 60

Spans = list[tuple[int, int, int]]


def tint(path: str, old: Sequence[str], new: Sequence[str]) -> dict[str, list[Spans]] | None:
    """The coloured parts of both sides' lines; None for a language that is not known."""
    from pygments.lexers import find_lexer_class_for_filename

    found: Any = find_lexer_class_for_filename(posixpath.basename(path))
    if found is None or found.name in {"Text only", "Text output"}:
        return None
    lexer = found(stripnl=False, ensurenl=False)
    return {"old": _side(lexer, old), "new": _side(lexer, new)}


def _side(lexer: Any, lines: Sequence[str]) -> list[Spans]:
    spans: list[Spans] = [[] for _ in lines]
    starts: list[int] = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    number = 0
    for begin, token, value in lexer.get_tokens_unprocessed("\n".join(lines)):
        kind = _kind(token)
        end = begin + len(value)
        while number + 1 < len(lines) and starts[number + 1] <= begin:
            number += 1
        row = number
        while kind >= 0 and row < len(lines) and starts[row] < end:
            left, right = max(begin, starts[row]), min(end, starts[row + 1] - 1)
            if left < right:
                _add(spans[row], left - starts[row], right - starts[row], kind)
            row += 1
    return spans


def _add(spans: Spans, begin: int, end: int, kind: int) -> None:
    """One more part of a line; a part of the one before where that is of its kind."""
    if spans and spans[-1][1:] == (begin, kind):
        begin = spans.pop()[0]
    spans.append((begin, end, kind))


def _kind(token: Any) -> int:
    """Where a token belongs in `KINDS`; -1 for plain text."""
    name = str(token).removeprefix("Token.")
    while name:
        if name in _KIND_OF:
            return KINDS.index(_KIND_OF[name]) if _KIND_OF[name] else -1
        name = name.rpartition(".")[0]
    return -1


_KIND_OF = {
    "Comment": "comment",
    "Comment.Preproc": "keyword",
    "Generic.Emph": "string",
    "Generic.Heading": "name",
    "Generic.Strong": "name",
    "Generic.Subheading": "name",
    "Keyword": "keyword",
    "Keyword.Type": "type",
    "Literal": "number",
    "Literal.String": "string",
    "Literal.String.Doc": "comment",
    "Literal.Scalar": "",
    "Name.Attribute": "type",
    "Name.Builtin": "type",
    "Name.Class": "name",
    "Name.Decorator": "type",
    "Name.Exception": "type",
    "Name.Function": "name",
    "Name.Tag": "keyword",
    "Operator.Word": "keyword",
}


def main() -> None:
    """Answer one request after the other until the other side hangs up."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(tint(asked["path"], asked["old"], asked["new"]), separators=(",", ":")) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
