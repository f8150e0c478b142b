"""An answer that was paid for is never paid for again: a ModelPort that remembers, over any store.

An answer is kept under the hash of its whole question and an occurrence number, before the asker sees it. Work that is
done again after a crash asks the same questions in the same order, gets the kept answers, and comes to where it was;
the first question without one goes to the model. Asking the same twice on purpose is another occurrence, and asks.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import attrs

from orion_tui.base.errors import Unrecoverable
from orion_tui.core.agent.model import Finish, Message, ModelPort, Question, Reply, Speaker, StopFlag, ToolCall, Usage

_VERSION = 1


class Recorded:
    """A ModelPort in front of another one. Any thread may ask.

    `load` gives what `save` was told under a key, or None. `save` returns when that is on disk: only then is the answer
    handed out. Both may raise; then nothing was answered. One object serves one run of one session: it counts.
    """

    def __init__(self, port: ModelPort, *, load: Callable[[str], str | None], save: Callable[[str, str], None]) -> None:
        self._port = port
        self._load = load
        self._save = save
        self._lock = threading.Lock()
        #: Occurrences that were answered or are being asked, for each question.
        self._taken: dict[str, set[int]] = {}

    def ask(
        self,
        question: Question,
        *,
        heard: Callable[[str], None] | None = None,
        stop: StopFlag | None = None,
    ) -> Reply:
        """See ModelPort; Unrecoverable besides, when a kept answer cannot be read any more."""
        hashed = fingerprint(question)
        number = self._take(hashed)
        key = f"{hashed}:{number}"
        try:
            kept = self._load(key)
            if kept is not None:
                reply = attrs.evolve(decode(kept), replayed=True)
                if heard is not None and reply.text:
                    heard(reply.text)
                return reply
            reply = self._port.ask(question, heard=heard, stop=stop)
            self._save(key, encode(reply))
        except BaseException:
            # Not answered: the next try is this occurrence again, as it will be after a crash.
            self._give_back(hashed, number)
            raise
        return reply

    def close(self) -> None:
        """See ModelPort."""
        self._port.close()

    def _take(self, hashed: str) -> int:
        with self._lock:
            taken = self._taken.setdefault(hashed, set())
            number = next(number for number in range(len(taken) + 1) if number not in taken)
            taken.add(number)
            return number

    def _give_back(self, hashed: str, number: int) -> None:
        with self._lock:
            self._taken[hashed].discard(number)


def fingerprint(question: Question) -> str:
    """SHA-256 of all that an answer depends on. How long one would wait for it is no part of that."""
    record = attrs.asdict(question, filter=lambda field, _: field.name != "timeout")
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def encode(reply: Reply) -> str:
    """A reply as JSON, ASCII."""
    record = attrs.asdict(reply, filter=lambda field, _: field.name != "replayed")
    return json.dumps({"v": _VERSION, **record}, ensure_ascii=True, separators=(",", ":"))


def decode(text: str) -> Reply:
    """What `encode` was given. Raises Unrecoverable for anything else."""
    try:
        data = json.loads(text)
        if data["v"] != _VERSION:
            raise ValueError("another version")
        return _reply(data)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unrecoverable("a model's answer that was kept cannot be read any more") from None


def _reply(data: Mapping[str, Any]) -> Reply:
    message = cast("Mapping[str, Any]", data["message"])
    return Reply(
        text=_text(data["text"]),
        calls=tuple(_call(call) for call in data["calls"]),
        finish=Finish(data["finish"]),
        usage=Usage(**data["usage"]),
        cost_usd=None if data["cost_usd"] is None else float(data["cost_usd"]),
        model=_text(data["model"]),
        message=Message(
            speaker=Speaker(message["speaker"]),
            text=_text(message["text"]),
            calls=tuple(_call(call) for call in message["calls"]),
            original=_text(message["original"]),
        ),
        seconds=float(data["seconds"]),
    )


def _call(data: Mapping[str, Any]) -> ToolCall:
    arguments = data["arguments"]
    if arguments is not None and not isinstance(arguments, dict):
        raise ValueError("arguments")
    return ToolCall(
        id=_text(data["id"]),
        name=_text(data["name"]),
        arguments=cast("dict[str, Any] | None", arguments),
        problem=_text(data["problem"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value
