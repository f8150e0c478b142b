"""Arguments against the schema of their tool, in words that a model can mend them by."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.agent.arguments import problems

pytestmark = pytest.mark.unit

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1, "maxLength": 5},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "share": {"type": "number"},
        "mode": {"type": "string", "enum": ["read", "write"]},
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        },
        "maybe": {"type": ["string", "null"]},
        "either": {"anyOf": [{"type": "integer"}, {"type": "object", "required": ["a", "b"]}]},
        "fixed": {"const": 7},
    },
    "required": ["path"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "a"},
        {"path": "a", "count": 9, "share": 0.5, "mode": "read", "steps": [{"text": "x", "more": 1}], "maybe": None},
        {"path": "a", "share": 3, "count": 3.0, "either": {"a": 1, "b": 2}, "fixed": 7},
    ],
)
def test_what_fits(arguments: dict[str, Any]) -> None:
    assert problems(_SCHEMA, arguments) == ()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "path is missing"),
        ([], "the arguments must be of type object, not array"),
        ({"path": 7}, "path must be of type string, not integer"),
        ({"path": ""}, "path must have at least 1 characters, not 0"),
        ({"path": "abcdef"}, "path must have at most 5 characters, not 6"),
        ({"path": "a", "count": True}, "count must be of type integer, not boolean"),
        ({"path": "a", "count": 0}, "count must be at least 1, not 0"),
        ({"path": "a", "count": 10}, "count must be at most 9, not 10"),
        ({"path": "a", "count": 1.5}, "count must be of type integer, not number"),
        ({"path": "a", "mode": "wirte"}, "mode must be one of read, write, not 'wirte'"),
        ({"path": "a", "steps": []}, "steps must have at least 1 entries, not 0"),
        ({"path": "a", "steps": [{"text": "x"}, {}]}, "steps[1].text is missing"),
        ({"path": "a", "steps": [{"text": None}]}, "steps[0].text must be of type string, not null"),
        ({"path": "a", "maybe": 1}, "maybe must be string or null, not integer"),
        ({"path": "a", "either": {"a": 1}}, "either.b is missing"),
        ({"path": "a", "fixed": 8}, "fixed must be 7"),
        ({"path": "a", "paht": "b"}, "'paht' is unknown (did you mean 'path'?)"),
    ],
)
def test_what_does_not(arguments: object, problem: str) -> None:
    assert problem in problems(_SCHEMA, arguments)


def test_a_flood_of_mistakes_is_cut() -> None:
    assert len(problems(_SCHEMA, {"path": "a", **{f"x{number}": 1 for number in range(1000)}})) == 8


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_no_arguments_make_it_fail(arguments: object) -> None:
    problems(_SCHEMA, arguments)


def test_a_number_of_thousands_of_digits_is_told_in_short() -> None:
    assert problems(_SCHEMA, {"path": "a", "count": 10**5_000}) == (
        "count must be at most 9, not a number of that size",
    )
