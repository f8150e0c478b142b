"""A model's reply as the step log keeps it, so that an answer that was paid for is never paid for again.

The record holds all of it: the words, the calls, the provider's own form of the turn, what it cost. Whoever goes on
after a crash reads the reply from the log in the place of asking.
"""

from collections.abc import Mapping
from typing import Any, cast

import attrs

from orion_tui.base.errors import Unrecoverable
from orion_tui.core.agent.model import Finish, Message, Reply, Speaker, ToolCall, Usage

_VERSION = 1


def to_record(reply: Reply) -> dict[str, Any]:
    """A reply as plain values, JSON-ready."""
    record = attrs.asdict(reply, filter=lambda field, _: field.name != "replayed")
    return {"v": _VERSION, **record, "finish": str(reply.finish), "message": _message(reply.message)}


def of_record(record: Mapping[str, Any]) -> Reply:
    """The reply that `to_record` was given, marked as `replayed`: it is not to be counted again.

    Raises Unrecoverable for anything else: a record of a newer or damaged store.
    """
    try:
        if record["v"] != _VERSION:
            raise ValueError("another version")
        return _reply(record)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise Unrecoverable("a model's answer that was kept cannot be read any more") from None


def _message(message: Message) -> dict[str, Any]:
    record = attrs.asdict(message, filter=lambda field, _: field.name != "results")
    return {**record, "speaker": str(message.speaker)}


def _reply(data: Mapping[str, Any]) -> Reply:
    message = cast("Mapping[str, Any]", data["message"])
    return Reply(
        text=_text(data["text"]),
        calls=_calls(data["calls"]),
        finish=Finish(data["finish"]),
        usage=Usage(**{name: _count(value) for name, value in cast("Mapping[str, Any]", data["usage"]).items()}),
        cost_usd=None if data["cost_usd"] is None else float(data["cost_usd"]),
        model=_text(data["model"]),
        message=Message(
            speaker=Speaker(message["speaker"]),
            text=_text(message["text"]),
            calls=_calls(message["calls"]),
            original=_text(message["original"]),
        ),
        seconds=float(data["seconds"]),
        replayed=True,
    )


def _calls(data: object) -> tuple[ToolCall, ...]:
    if not isinstance(data, list | tuple):
        raise TypeError("calls")
    return tuple(_call(call) for call in cast("list[Mapping[str, Any]]", data))


def _call(data: Mapping[str, Any]) -> ToolCall:
    arguments = data["arguments"]
    if arguments is not None and not isinstance(arguments, dict):
        raise TypeError("arguments")
    return ToolCall(
        id=_text(data["id"]),
        name=_text(data["name"]),
        arguments=cast("dict[str, Any] | None", arguments),
        problem=_text(data["problem"]),
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("count")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value
