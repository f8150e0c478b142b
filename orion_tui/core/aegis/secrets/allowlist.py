"""The user's allowlist: what was found and is known to be no secret, with the reason.

`secrets_allowlist.yaml` in Orion's home, never in the tree that is scanned: a list of entries, each with a `reason` and
with `pattern`, `file` or both:

    - pattern: "AKIA[A-Z0-9]+EXAMPLE"   # a regular expression that matches the whole value
      reason: made up in the vendor's manual
    - file: tests/fixtures/**           # a path pattern, as in roles
      reason: keys made for these tests only

An entry with both covers only such values in such files.
"""

import re
from pathlib import Path

import attrs

from orion_tui.roles.patterns import path_matches, path_problem
from orion_tui.roles.strict_yaml import Node, parse, read


@attrs.frozen(kw_only=True)
class Entry:
    """One thing that the user knows to be no secret."""

    reason: str
    pattern: "re.Pattern[str] | None" = None
    file: str = ""

    def covers(self, path: str, value: bytes) -> bool:
        """Whether this value in this file is meant."""
        if self.file and not path_matches(self.file, path, generous=False):
            return False
        return self.pattern is None or self.pattern.fullmatch(value.decode("utf-8", "replace")) is not None


@attrs.frozen(kw_only=True)
class Allowlist:
    """All entries, in the order of the file."""

    entries: tuple[Entry, ...] = ()

    def reason(self, path: str, value: bytes) -> str | None:
        """Why this value in this file is no secret; None when the user said nothing about it."""
        return next((entry.reason for entry in self.entries if entry.covers(path, value)), None)


def load(path: Path) -> Allowlist:
    """Read the file; a missing one allows nothing. Raises InvalidFile with every problem at its place."""
    if not path.exists():
        return Allowlist()
    document = parse(read(path), path.name)
    entries = (
        [entry for node in document.root.items() if (entry := _entry(node))] if not _is_empty(document.root) else []
    )
    document.problems.refuse("allowlist")
    return Allowlist(entries=tuple(entries))


def _is_empty(root: Node) -> bool:
    return not root.pairs and not root.children and not root.value


def _entry(node: Node) -> Entry | None:
    fields = node.fields()
    if fields is None:
        return None
    reason, pattern, file = fields.require("reason"), fields.get("pattern"), fields.text("file")
    why = reason.text() if reason else None
    if pattern is None and not file:
        node.problem("needs pattern or file")
    if file and (problem := path_problem(file)):
        node.problem(f"file {problem}")
    fields.done()
    expression = _expression(pattern) if pattern else None
    return Entry(reason=why, pattern=expression, file=file) if why else None


def _expression(node: Node) -> "re.Pattern[str] | None":
    text = node.text()
    if text is None:
        return None
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        node.problem(f"not a regular expression: {error}")
        return None
