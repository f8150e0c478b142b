"""The one way a YAML file gets in: strictly, cheaply, with every problem at its place (ROLE-4).

Nothing is constructed: PyYAML is used as a tokenizer, its events become `Node`s here. Refused are aliases, anchors,
tags, directives, merge keys, duplicate and non-text keys, several documents, other encodings than UTF-8, control and
reordering characters, and whatever goes beyond the caps, which are checked while reading, so that a hostile file costs
no more than an honest one of the same size. Typical use:

    document = parse(data, "plan.yaml")
    if fields := document.root.fields():
        title = fields.text("title")
        fields.done()
    document.problems.refuse("playbook")
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import attrs
import yaml

from orion_tui.base.errors import InvalidFile
from orion_tui.roles.problems import Problem, Problems, did_you_mean, excerpt
from orion_tui.roles.yaml_node import Fields, Kind, Node

__all__ = ["MAX_BYTES", "Document", "Fields", "Kind", "Node", "Problem", "Problems", "did_you_mean", "excerpt", "parse"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_NODES = 20_000

# C0 and C1 controls but tab and newline, line separators that only YAML counts as such, and what reorders text.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

# libyaml where it is built in (ten times as fast); the same events come from the pure parser.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@attrs.frozen(kw_only=True)
class Document:
    """A file as read. When `problems` is not empty, `root` holds what could be understood nevertheless."""

    root: Node
    problems: Problems


class _TooMuch(Exception):
    """A cap is reached; the problem is noted and reading ends."""


def read(path: Path) -> bytes:
    """The bytes of a file, at most one more than `MAX_BYTES`, so that a huge one costs nothing.

    Raises InvalidFile when it is not a regular file or cannot be read.
    """
    try:
        if not path.is_file():
            raise InvalidFile(f"{path} is not a file")
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidFile(f"cannot read {path}: {error.strerror}") from error


def parse(source: str | bytes, name: str) -> Document:
    """Read `source`; `name` is what problems call the file. Never raises: look at `problems`."""
    problems = Problems(name)
    text = _decode(source, problems)
    root = _Composer(problems).compose(text) if text is not None else None
    return Document(root=root or _empty(problems), problems=problems)


def _events(text: str) -> Iterator[yaml.Event]:
    # The stubs leave the type of events open.
    return cast("Iterator[yaml.Event]", yaml.parse(text, Loader=_LOADER))  # pyright: ignore[reportUnknownMemberType]


def _empty(problems: Problems) -> Node:
    return Node(kind=Kind.MAPPING, line=1, column=1, problems=problems)


def _decode(source: str | bytes, problems: Problems) -> str | None:
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    if len(source) > MAX_BYTES:
        problems.add(0, 0, f"the file is larger than {MAX_BYTES // 1024} KiB")
        return None
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        problems.add(before.count(b"\n") + 1, column, f"not UTF-8: byte 0x{source[error.start]:02x}")
        return None
    text = text.replace("\r\n", "\n")
    for match in _FORBIDDEN.finditer(text):
        before_text = text[: match.start()] if len(problems.found) < 10 else ""
        column = match.start() - (before_text.rfind("\n") + 1) + 1
        problems.add(before_text.count("\n") + 1, column, f"character U+{ord(match.group()):04X} is not allowed here")
        if len(problems.found) >= 10:
            break
    return None if problems else text


class _Composer:
    """Events to nodes, without recursion over the input's depth beyond `MAX_DEPTH`."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._count = 0

    def compose(self, text: str) -> Node | None:
        root: Node | None = None
        try:
            events = _events(text)
            documents = 0
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if event.version or event.tags:
                        self._note(event, "directives (%...) are not allowed")
                    if documents > 1:
                        self._note(event, "only one document a file")
                        break
                elif isinstance(event, yaml.NodeEvent):
                    root = self._node(event, events, 1)
        except _TooMuch:
            pass
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = ", ".join(part for part in (error.context, error.problem) if part)
            self._problems.add(*((mark.line + 1, mark.column + 1) if mark else (0, 0)), f"not YAML: {said}")
        except yaml.YAMLError as error:
            self._problems.add(0, 0, f"not YAML: {excerpt(str(error))}")
        return root

    def _note(self, event: yaml.Event, text: str) -> None:
        self._problems.add(event.start_mark.line + 1, event.start_mark.column + 1, text)

    def _stop(self, event: yaml.Event, text: str) -> None:
        self._note(event, text)
        raise _TooMuch

    def _node(self, event: yaml.NodeEvent, events: Iterator[yaml.Event], depth: int) -> Node:
        self._count += 1
        if self._count > MAX_NODES:
            self._stop(event, f"more than {MAX_NODES:,} values")
        if depth > MAX_DEPTH:
            self._stop(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, "aliases (*name) are not allowed")
        elif event.anchor is not None:
            self._note(event, "anchors (&name) are not allowed")
        if getattr(event, "tag", None) is not None:
            self._note(event, "tags (!name) are not allowed")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, events, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, events, depth)
        value = event.value if isinstance(event, yaml.ScalarEvent) else ""
        plain = isinstance(event, yaml.ScalarEvent) and not event.style
        return self._make(event, Kind.SCALAR, value=str(value), plain=plain)

    def _make(
        self,
        event: yaml.Event,
        kind: Kind,
        *,
        value: str = "",
        plain: bool = False,
        children: tuple[Node, ...] = (),
        pairs: dict[str, tuple[Node, Node]] | None = None,
    ) -> Node:
        mark = event.start_mark
        return Node(
            kind=kind,
            line=mark.line + 1,
            column=mark.column + 1,
            problems=self._problems,
            value=value,
            plain=plain,
            children=children,
            pairs=pairs or {},
        )

    def _list(self, start: yaml.NodeEvent, events: Iterator[yaml.Event], depth: int) -> Node:
        children: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            if isinstance(event, yaml.NodeEvent):
                children.append(self._node(event, events, depth + 1))
        return self._make(start, Kind.LIST, children=tuple(children))

    def _mapping(self, start: yaml.NodeEvent, events: Iterator[yaml.Event], depth: int) -> Node:
        pairs: dict[str, tuple[Node, Node]] = {}
        key: Node | None = None
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.NodeEvent):
                continue
            node = self._node(event, events, depth + 1)
            if key is None:
                key = node
                continue
            self._pair(pairs, key, node)
            key = None
        return self._make(start, Kind.MAPPING, pairs=pairs)

    def _pair(self, pairs: dict[str, tuple[Node, Node]], key: Node, value: Node) -> None:
        if key.kind is not Kind.SCALAR or key.is_null:
            key.problem(f"a key must be text, not {key.shape}")
        elif key.plain and key.value == "<<":
            key.problem("merge keys (<<) are not allowed")
        elif key.value in pairs:
            first = pairs[key.value][0]
            key.problem(f"duplicate key {excerpt(key.value)}: first given at line {first.line}")
        else:
            pairs[key.value] = (key, value)
