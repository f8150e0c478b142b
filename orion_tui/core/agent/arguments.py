"""Whether the arguments of a tool call are what its schema says, in words that the model can mend them by.

The part of JSON Schema that tools are described in here: `type`, `properties`, `required`, `additionalProperties`,
`items`, `enum`, `const`, `anyOf`, and the least and most of numbers, texts and lists. Other keywords are not looked at;
whoever executes the call parses it strictly once more.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from orion_tui.roles.problems import did_you_mean, excerpt

#: One call is told of that many mistakes.
_MOST = 8

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def problems(schema: Mapping[str, Any], arguments: object) -> tuple[str, ...]:
    """What is wrong, each with the place in the arguments; empty when nothing is."""
    found: list[str] = []
    _check(schema, arguments, "", found)
    return tuple(found[:_MOST])


def _check(schema: Mapping[str, Any], value: object, place: str, found: list[str]) -> None:
    at = place or "the arguments"
    if "anyOf" in schema:
        branches = cast("Sequence[Mapping[str, Any]]", schema["anyOf"])
        tries = [_of(branch, value, place) for branch in branches]
        if tries and all(tries):
            # The nearest miss says most: one of the right type, then the one with the fewest mistakes.
            kinds = ("type" in branch and not _is(branch["type"], value) for branch in branches)
            found.extend(min(zip(kinds, tries, strict=True), key=lambda one: (one[0], len(one[1])))[1])
            return
    if "type" in schema and not _is(schema["type"], value):
        found.append(f"{at} must be {_named(schema['type'])}, not {_shape(value)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} must be one of {', '.join(map(str, schema['enum']))}, not {excerpt(str(value))}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at} must be {schema['const']}")
    if isinstance(value, dict):
        _object(schema, cast("dict[str, Any]", value), place, found)
    elif isinstance(value, list):
        items = cast("list[Any]", value)
        _bounds(schema, "Items", len(items), f"{at} must have", "entries", found)
        if isinstance(inner := schema.get("items"), dict):
            for number, item in enumerate(items):
                _check(cast("dict[str, Any]", inner), item, f"{place}[{number}]", found)
                if len(found) >= _MOST:
                    return
    elif isinstance(value, str):
        _bounds(schema, "Length", len(value), f"{at} must have", "characters", found)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            found.append(f"{at} must be at least {schema['minimum']}, not {_number(value)}")
        if "maximum" in schema and value > schema["maximum"]:
            found.append(f"{at} must be at most {schema['maximum']}, not {_number(value)}")


def _of(schema: Mapping[str, Any], value: object, place: str) -> list[str]:
    found: list[str] = []
    _check(schema, value, place, found)
    return found


def _object(schema: Mapping[str, Any], value: dict[str, Any], place: str, found: list[str]) -> None:
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
    dot = f"{place}." if place else ""
    found.extend(f"{dot}{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, item in value.items():
        if name in properties:
            _check(properties[name], item, f"{dot}{name}", found)
        elif schema.get("additionalProperties") is False:
            found.append(f"{excerpt(f'{dot}{name}')} is unknown{did_you_mean(name, properties)}")
        if len(found) >= _MOST:
            return


def _bounds(schema: Mapping[str, Any], what: str, count: int, start: str, noun: str, found: list[str]) -> None:
    if count < schema.get(f"min{what}", 0):
        found.append(f"{start} at least {schema[f'min{what}']} {noun}, not {count}")
    if f"max{what}" in schema and count > schema[f"max{what}"]:
        found.append(f"{start} at most {schema[f'max{what}']} {noun}, not {count}")


def _is(wanted: object, value: object) -> bool:
    names = cast("list[str]", wanted) if isinstance(wanted, list) else [str(wanted)]
    # To Python a truth value is a number; to a schema it is not, and 3.0 is a whole one.
    return any(
        (isinstance(value, _TYPES.get(name, (object,))) and (name == "boolean" or not isinstance(value, bool)))
        or (name == "integer" and isinstance(value, float) and value.is_integer())
        for name in names
    )


def _number(value: float) -> str:
    # Python does not write out whole numbers of thousands of digits, and nobody would read them.
    return str(value) if isinstance(value, float) or abs(value) < 10**30 else "a number of that size"


def _named(wanted: object) -> str:
    return " or ".join(cast("list[str]", wanted)) if isinstance(wanted, list) else f"of type {wanted}"


def _shape(value: object) -> str:
    return next((name for name in _TYPES if _is(name, value)), type(value).__name__)
