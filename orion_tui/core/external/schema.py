"""A server's schema of a tool's arguments, taken down to what is understood here.

What a stranger wrote goes to the model and decides which calls are taken, so only well-formed keywords of the part of
JSON Schema that `core.agent.arguments` reads are kept, texts are cleaned, references resolved, and all of it bounded.
What is dropped makes the schema wider, never narrower: the server has the last word on its arguments.
"""

import math
from collections.abc import Mapping
from typing import Any, cast

from orion_tui.base.text import clean

#: Levels of nesting, parts in all, and entries of one mapping or list that are kept.
_DEEP = 8
_PARTS = 400
_WIDE = 100
#: Characters of a description of one argument, and of a name or a value.
_TEXT = 500
_VALUE = 200

_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` as an object's schema of that part; one that says nothing usable takes any object."""
    reader = _Reader(schema)
    made = reader.read(schema, 0)
    made.pop("anyOf", None)
    made.pop("enum", None)
    made.pop("const", None)
    properties: dict[str, Any] = made.get("properties", {})
    return {**made, "type": "object", "properties": properties}


class _Reader:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = _PARTS

    def read(self, value: object, depth: int) -> dict[str, Any]:
        """One schema; an empty one, which takes everything, where nothing can be made of it."""
        self._left -= 1
        schema = self._resolved(value)
        if schema is None or depth > _DEEP or self._left < 0:
            return {}
        made: dict[str, Any] = {}
        if (kinds := _kinds(schema.get("type"))) is not None:
            made["type"] = kinds
        if isinstance(text := schema.get("description"), str) and text:
            made["description"] = _one_line(text, _TEXT)
        self._properties(schema, made, depth)
        if isinstance(schema.get("items"), Mapping):
            made["items"] = self.read(schema["items"], depth + 1)
        branches = schema.get("anyOf", schema.get("oneOf"))
        if isinstance(branches, list) and 0 < len(cast("list[Any]", branches)) <= _WIDE:
            made["anyOf"] = [self.read(branch, depth + 1) for branch in cast("list[Any]", branches)]
        options = schema.get("enum")
        if isinstance(options, list) and 0 < len(cast("list[Any]", options)) <= _WIDE:
            listed = cast("list[Any]", options)
            if all(_is_value(option) for option in listed):
                made["enum"] = listed
        if "const" in schema and _is_value(schema["const"]):
            made["const"] = schema["const"]
        made |= {name: schema[name] for name in _BOUNDS if _is_number(schema.get(name))}
        return made

    def _properties(self, schema: Mapping[str, Any], made: dict[str, Any], depth: int) -> None:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return
        given = cast("Mapping[Any, Any]", properties)
        names = [name for name in given if isinstance(name, str) and _is_name(name)][:_WIDE]
        made["properties"] = {name: self.read(given[name], depth + 1) for name in names}
        required = schema.get("required")
        if isinstance(required, list):
            made["required"] = [name for name in cast("list[Any]", required) if name in made["properties"]]
        if schema.get("additionalProperties") is False and len(names) == len(given):
            made["additionalProperties"] = False

    def _resolved(self, value: object) -> Mapping[str, Any] | None:
        """The mapping that stands there, or that a reference within the schema leads to."""
        for _ in range(_DEEP):
            if not isinstance(value, Mapping):
                return None
            schema = cast("Mapping[str, Any]", value)
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            value = self._at(reference)
        return None

    def _at(self, reference: str) -> object:
        if not reference.startswith("#/"):
            return None
        place: Any = self._root
        for part in reference[2:].split("/")[:_DEEP]:
            if not isinstance(place, dict):
                return None
            place = cast("dict[str, Any]", place).get(part.replace("~1", "/").replace("~0", "~"))
        return place


def _kinds(value: object) -> str | list[str] | None:
    if isinstance(value, str):
        return value if value in _TYPES else None
    if isinstance(value, list):
        listed = [kind for kind in cast("list[Any]", value) if isinstance(kind, str) and kind in _TYPES]
        return listed if listed and len(listed) == len(cast("list[Any]", value)) else None
    return None


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _VALUE and text.isprintable() and clean(text) == text


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _VALUE and clean(value) == value
    return value is None or isinstance(value, bool) or _is_number(value)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 1 << 63


def _one_line(text: str, limit: int) -> str:
    line = " ".join(clean(text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
