"""Replies in the step log: they come back whole, or are told to be damaged."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.errors import Unrecoverable
from orion_tui.core.agent.model import Finish, Message, Reply, Speaker, ToolCall, Usage
from orion_tui.core.agent.reply_record import of_record, to_record

pytestmark = pytest.mark.unit

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def _reply(text: str = "Grüße") -> Reply:
    call = ToolCall(id="c1", name="note", arguments={"words": "a\tb\u202e", "n": [1, None]})
    broken = ToolCall(id="c2", name="fly", arguments=None, problem="there is no tool 'fly'")
    return Reply(
        text=text,
        calls=(call, broken),
        finish=Finish.CALLS,
        usage=Usage(input_tokens=5, output_tokens=3, cached_tokens=2, written_tokens=1),
        cost_usd=0.25,
        model="m-2026",
        message=Message(speaker=Speaker.MODEL, text=text, calls=(call, broken), original='{"kind":"response"}'),
        seconds=1.5,
    )


def _stored(reply: Reply) -> Any:
    """What the store gives back of it."""
    return json.loads(json.dumps(to_record(reply)))


def test_a_reply_comes_back_whole_and_is_not_counted_again() -> None:
    assert of_record(_stored(_reply())) == attrs.evolve(_reply(), replayed=True)


def test_a_reply_without_a_price_stays_without_one() -> None:
    assert of_record(_stored(attrs.evolve(_reply(), cost_usd=None))).cost_usd is None


@given(st.text(), st.dictionaries(st.text(), _JSON, max_size=4), st.text())
def test_whatever_a_model_said_comes_back_as_it_was(text: str, arguments: dict[str, Any], original: str) -> None:
    calls = (ToolCall(id=text, name=text, arguments=arguments),)
    message = Message(speaker=Speaker.MODEL, text=text, calls=calls, original=original)
    reply = attrs.evolve(_reply(text), calls=calls, message=message)
    assert of_record(_stored(reply)) == attrs.evolve(reply, replayed=True)


_DAMAGE: list[dict[str, Any]] = [
    {"v": 2},
    {"calls": None},
    {"calls": "no"},
    {"calls": [{"id": "a", "name": "b", "arguments": [], "problem": ""}]},
    {"calls": [{"id": "a", "name": 7, "arguments": {}, "problem": ""}]},
    {"finish": "bored"},
    {"usage": {"tokens": 1}},
    {"usage": {"input_tokens": "many"}},
    {"cost_usd": "cheap"},
    {"message": None},
    {"text": None},
    {"seconds": []},
]


@pytest.mark.parametrize("damage", _DAMAGE, ids=str)
def test_a_damaged_record_is_told(damage: dict[str, Any]) -> None:
    with pytest.raises(Unrecoverable, match="cannot be read"):
        of_record({**_stored(_reply()), **damage})


@pytest.mark.parametrize("name", ["v", "text", "calls", "finish", "usage", "cost_usd", "model", "message", "seconds"])
def test_a_record_that_lacks_something_is_told(name: str) -> None:
    record = _stored(_reply())
    del record[name]
    with pytest.raises(Unrecoverable):
        of_record(record)


@given(st.dictionaries(st.sampled_from(["v", "text", "calls", "message", "usage"]), _JSON))
def test_no_record_makes_another_error(record: dict[str, Any]) -> None:
    with pytest.raises(Unrecoverable):
        of_record(record)
