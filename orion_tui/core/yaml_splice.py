"""Change one value of a YAML file and nothing else: comments, order, quotes and layout of all the rest stay.

A second YAML library would keep comments, too, but lays the file out anew, and would read by other rules than the
strict loader does. Here only the text of the one value is replaced, and the result is read again by the strict loader:
unless it differs in exactly that value, nothing is done (`Unchangeable`).
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from orion_tui.base.errors import UsageError
from orion_tui.roles import strict_yaml
from orion_tui.roles.yaml_node import Kind, Node

Value = str | Sequence[str]

# What stands for itself in any context, without quotes.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@+-]*(?::[A-Za-z0-9_./@+-]+)*|[0-9]+(?:\.[0-9]+)?")
_STEP = 2


class Unchangeable(UsageError):
    """The layout at this place cannot be changed by a program without losing something of it."""


def set_value(text: str, path: Sequence[str], value: Value) -> str:
    """The text with `value` (a scalar as it is to stand in the file, or a list of texts) at `path`, made where it is
    not there.

    Raises Unchangeable.
    """
    root = _compose(text)
    new = _set(text, root, path, value)
    _require(text, new, path, _shape(value))
    return new


def unset(text: str, path: Sequence[str]) -> str:
    """The text without the entry at `path`, and without the mappings that would be left empty. Raises Unchangeable."""
    root = _compose(text)
    if root is None:
        return text
    chain: list[tuple[yaml.MappingNode, int]] = []
    node: yaml.Node = root
    for key in path:
        at = _find(node, key)
        if at is None or not isinstance(node, yaml.MappingNode):
            return text
        chain.append((node, at))
        node = node.value[at][1]
    while len(chain) > 1 and len(chain[-1][0].value) == 1:
        chain.pop()
    new = _without(text, *chain[-1])
    _require(text, new, path, None)
    return new


# --- the strict loader's view of it -----------------------------------------------------------------------------------


def flat(text: str) -> dict[tuple[str, ...], object]:
    """Every value of a file by its path; lists as tuples."""
    found: dict[tuple[str, ...], object] = {}

    def walk(node: Node, path: tuple[str, ...]) -> None:
        if node.kind is Kind.MAPPING:
            for key, value in node.pairs.values():
                walk(value, (*path, key.value))
        elif not node.is_null:
            found[path] = _strict_shape(node)

    walk(strict_yaml.parse(text, "").root, ())
    return found


def _strict_shape(node: Node) -> object:
    return node.value if node.kind is Kind.SCALAR else tuple(_strict_shape(child) for child in node.children)


def _shape(value: Value) -> object:
    return value if isinstance(value, str) else tuple(value)


def _require(before: str, after: str, path: Sequence[str], value: object) -> None:
    wanted = {at: known for at, known in flat(before).items() if at[: len(path)] != tuple(path)}
    if value is not None:
        wanted[tuple(path)] = value
    document = strict_yaml.parse(after, "")
    if document.problems or flat(after) != wanted or _comments(before) - _comments(after):
        raise Unchangeable(
            f"{'.'.join(path)} stands in a place that cannot be changed without touching what is around it",
            hint="change it by hand: orion settings edit",
        )


def _comments(text: str) -> set[str]:
    return set(re.findall(r"(?:^|(?<=\s))#[^\n]*", text))


# --- the text -----------------------------------------------------------------------------------------------------


def _compose(text: str) -> yaml.MappingNode | None:
    # The pure loader: its marks count characters of the text.
    loader: Any = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise Unchangeable("the file is no YAML that could be changed", hint="orion settings check") from error
    finally:
        loader.dispose()
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        raise Unchangeable("the file is no mapping", hint="orion settings check")
    return node


def _find(node: yaml.Node, key: str) -> int | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((at for at, (known, _) in enumerate(node.value) if known.value == key), None)


def _set(text: str, root: yaml.MappingNode | None, path: Sequence[str], value: Value) -> str:
    if root is None or not root.value:
        if root is not None and root.flow_style:
            return text[: root.start_mark.index] + _block(path, value, 0) + text[root.end_mark.index :]
        return _ended(text) + _block(path, value, 0) + "\n"
    node: yaml.MappingNode = root
    for depth, key in enumerate(path):
        at = _find(node, key)
        if at is None:
            return _insert(text, node, path[depth:], value)
        name, found = node.value[at]
        if depth == len(path) - 1:
            return _replace(text, name, found, _rendered(value))
        if not isinstance(found, yaml.MappingNode):
            # A key without anything behind it.
            inner = _flow(path[depth + 1 :], value)
            if node.flow_style:
                return _replace(text, name, found, f"{{{inner}}}")
            line = _line_end(text, _last(found if found.value else name))
            nested = _block(path[depth + 1 :], value, node.start_mark.column + _STEP)
            return f"{text[:line]}\n{nested}{text[line:]}"
        node = found
    raise Unchangeable(f"{'.'.join(path)} is no single value")


def _replace(text: str, name: yaml.Node, old: yaml.Node, new: str) -> str:
    start, end = old.start_mark.index, _last(old)
    between = text[name.end_mark.index : start]
    if "\n" in between and not isinstance(old, yaml.ScalarNode):
        # A list in lines of its own goes; what comes instead stands beside the key.
        start = name.end_mark.index + between.index(":") + 1
    gap = "" if text[start - 1 : start] in {" ", "\n"} else " "
    return text[:start] + gap + new + text[end:]


def _insert(text: str, node: yaml.MappingNode, path: Sequence[str], value: Value) -> str:
    if node.flow_style:
        if not node.value:
            inside = node.start_mark.index + 1
            return text[:inside] + _flow(path, value) + text[inside:]
        end = _last(node.value[-1][1]) if node.value[-1][1].value else node.value[-1][0].end_mark.index
        return f"{text[:end]}, {_flow(path, value)}{text[end:]}"
    key, last = node.value[-1]
    line = _line_end(text, _last(last) if _last(last) > key.end_mark.index else key.end_mark.index)
    return f"{text[:line]}\n{_block(path, value, node.start_mark.column)}{text[line:] or chr(10)}"


def _without(text: str, node: yaml.MappingNode, at: int) -> str:
    key, value = node.value[at]
    end = max(_last(value), key.end_mark.index)
    if node.flow_style:
        if at + 1 < len(node.value):
            return text[: key.start_mark.index] + text[node.value[at + 1][0].start_mark.index :]
        if at:
            before_key, before = node.value[at - 1]
            return text[: max(_last(before), before_key.end_mark.index)] + text[end:]
        return text[: key.start_mark.index] + text[end:]
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    line = _line_end(text, end)
    behind = text[end:line].strip()
    # What was noted behind it may be worth more than it was.
    kept = f"{text[start : key.start_mark.index]}{behind}\n" if behind else ""
    return text[:start] + kept + text[line + 1 :]


def _last(node: yaml.Node) -> int:
    """Where the last character that belongs to it ends; a block's own end mark lies behind what follows it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        key, value = node.value[-1]
        return max(_last(value), key.end_mark.index)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last(node.value[-1])
    return int(node.end_mark.index)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _block(path: Sequence[str], value: Value, indent: int) -> str:
    lines = [f"{' ' * (indent + _STEP * depth)}{_scalar(key)}:" for depth, key in enumerate(path)]
    return "\n".join(lines) + " " + _rendered(value)


def _flow(path: Sequence[str], value: Value) -> str:
    *outer, last = path
    text = f"{_scalar(last)}: {_rendered(value)}"
    for key in reversed(outer):
        text = f"{_scalar(key)}: {{{text}}}"
    return text


def _rendered(value: Value) -> str:
    return _scalar(value) if isinstance(value, str) else f"[{', '.join(_scalar(each) for each in value)}]"


def _scalar(text: str) -> str:
    """Quoted, unless it means the same to the strict loader without."""
    if _PLAIN.fullmatch(text) and text.lower() not in {"null", "yes", "no", "on", "off", "y", "n"}:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
