"""What a server says of its tools, taken down to what is understood: names, schemas, descriptions."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.agent.arguments import problems
from orion_tui.core.agent.tools import TOOLS
from orion_tui.core.external.names import offered_name, server_of
from orion_tui.core.external.port import MAX_ANSWER, Listed, Listing, answer_of
from orion_tui.core.external.schema import plain
from orion_tui.core.external.toolbox import as_tool

pytestmark = pytest.mark.unit

_KEYS = st.text(max_size=6) | st.sampled_from(
    [
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "const",
        "anyOf",
        "oneOf",
        "$ref",
        "$defs",
        "minimum",
        "maxLength",
        "description",
        "additionalProperties",
        "object",
        "array",
        "string",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(_KEYS, _JSON, max_size=8), _JSON)
def test_no_schema_breaks_the_check_of_arguments(schema: dict[str, Any], arguments: object) -> None:
    made = plain(schema)
    assert made["type"] == "object"
    problems(made, arguments)
    json.dumps(made, allow_nan=False)


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,128}", fullmatch=True))
def test_every_name_is_one_that_providers_take_and_none_of_orions(tool: str) -> None:
    name = offered_name("tracker", tool)
    assert len(name) <= 64
    assert all(char.isascii() and (char.isalnum() or char in "_-") for char in name)
    assert name not in {one.name for one in TOOLS}
    assert server_of(name) == "tracker"


def test_names_that_come_to_the_same_are_kept_apart() -> None:
    names = {offered_name("t", tool) for tool in ("a.b", "a_b", "a-b", "x" * 100, "x" * 101)}
    assert len(names) == 5
    assert server_of("read_file") == ""


def test_references_are_resolved_and_a_circle_ends() -> None:
    schema = {
        "type": "object",
        "properties": {"count": {"$ref": "#/$defs/Count"}, "tree": {"$ref": "#/$defs/Tree"}},
        "required": ["count", "absent"],
        "additionalProperties": False,
        "$defs": {
            "Count": {"type": "integer", "minimum": 1},
            "Tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Tree"}}},
        },
    }
    made = plain(schema)
    assert made["properties"]["count"] == {"type": "integer", "minimum": 1}
    assert made["required"] == ["count"]
    assert problems(made, {"count": 0}) == ("count must be at least 1, not 0",)
    assert not problems(made, {"count": 1, "tree": {"next": {"next": {}}}})


def test_nothing_hidden_is_left_in_a_schema() -> None:
    rude = {"properties": {"ok": {"description": "a\x1b[31m\u202eb\nc", "pattern": "(a+)+$"}, "b\u200bd": {}}}
    assert plain(rude) == {"type": "object", "properties": {"ok": {"description": "ab c"}}}


def test_a_huge_schema_is_dropped_and_a_long_description_cut() -> None:
    wide = {"properties": {f"p{n}": {"description": "d" * 400} for n in range(90)}}
    tool = as_tool("t", Listed(name="x", description="d" * 100_000, schema=wide))
    assert tool.parameters == {"type": "object", "properties": {}}
    assert len(tool.description) < 2_000


@pytest.mark.parametrize("change", [{"name": "y"}, {"description": "other"}, {"schema": {"type": "object"}}])
def test_any_change_of_a_list_changes_its_mark(change: dict[str, Any]) -> None:
    first: dict[str, Any] = {"name": "x", "description": "", "schema": {}}
    other = Listed(name="z", description="", schema={})
    before, after = Listed(**first), Listed(**{**first, **change})
    assert Listing(tools=(before, other)).mark == Listing(tools=(other, before)).mark
    assert Listing(tools=(before, other)).mark != Listing(tools=(after, other)).mark
    assert Listing(tools=(before,)).mark != Listing(tools=(before, other)).mark


def test_of_a_long_answer_head_and_tail_are_kept() -> None:
    answer = answer_of(["a" * MAX_ANSWER, "z" * MAX_ANSWER], failed=False, seconds=0.0)
    assert answer.text.startswith("aaa")
    assert answer.text.endswith("zzz")
    assert len(answer.text) == MAX_ANSWER + 1
    assert answer.dropped == MAX_ANSWER + 1
