"""One question, asked: the stream of its answer read to the end, and judged."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, NoReturn

import attrs
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelResponse,
    ModelResponsePart,
    ModelResponsePartDelta,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.models import Model

from orion_tui.base.clock import Clock
from orion_tui.base.text import clean
from orion_tui.core.agent import model as ours
from orion_tui.core.agent.connections import Connection
from orion_tui.core.agent.model import Finish, Message, Question, Reply, Speaker, Usage
from orion_tui.core.agent.price import Prices
from orion_tui.core.agent.providers import Wire
from orion_tui.core.agent.underway import Underway
from orion_tui.core.agent.wire import http, models, words
from orion_tui.core.agent.wire.asker import AskersError
from orion_tui.core.agent.wire.failures import broke_off, failure, nothing, said

# A token of an answer comes in an event of its own, which is some hundred bytes long; the rest is beyond any answer.
_BYTES_A_TOKEN = 1024
_BYTES_BESIDE = 4 * 1024 * 1024


class Wires:
    """All providers over one HTTP client. Belongs to one event loop."""

    def __init__(self, clock: Clock, prices: Prices) -> None:
        self._clock = clock
        self._prices = prices
        self._client = http.client(read_timeout=ours.ANSWER_TIMEOUT)
        self._models: dict[Connection, Model[Any]] = {}

    async def close(self) -> None:
        """Release connections."""
        await self._client.aclose()

    async def ask(
        self,
        question: Question,
        connection: Connection,
        heard: Callable[[str], None] | None,
        underway: Underway,
    ) -> Reply:
        """The answer. Raises a ModelFailure, AskersError; may be cancelled, and `underway` tells how far it was."""
        call = http.Call(
            connection=connection,
            most_bytes=_BYTES_BESIDE + question.max_tokens * _BYTES_A_TOKEN,
            underway=underway,
        )
        http.current.set(call)
        hearing = _Hearing(heard, underway)
        started = time.monotonic()
        failed: ours.ModelFailure | None = None
        reply: Reply | None = None
        try:
            async with asyncio.timeout(question.timeout):
                response = await self._read(question, call, hearing)
            reply = self._reply(question, call, response, time.monotonic() - started)
        except ours.ModelFailure as judged:
            failed = judged
        except TimeoutError:
            failed = ours.TimedOut(
                f"{question.model}: no whole answer within {question.timeout:g} s", spent=hearing.spent
            )
        except (asyncio.CancelledError, AskersError):
            raise
        except Exception as error:  # noqa: BLE001 - three SDKs and what they stand on: each failure becomes one of the port's
            failed = failure(error, call, now=self._clock.now(), spent=hearing.spent)
        if failed is not None:
            failed.begun = _begun(failed, underway)
        if failed is not None or reply is None:
            # Outside of the handler: an error raised inside keeps the other one, with its request and key, as context.
            raise failed or ours.Garbled(f"{question.model}: no answer")
        return reply

    async def _read(self, question: Question, call: http.Call, hearing: "_Hearing") -> ModelResponse:
        asked = self._model(call.connection)
        async with model_request_stream(
            asked,
            words.messages(question),
            model_settings=words.settings(question, call.connection.provider),
            model_request_parameters=words.parameters(question),
            instrument=False,
        ) as stream:
            hearing.underway.counted = lambda: words.usage(stream.usage)
            async for event in stream:
                match event:
                    case PartStartEvent(part=part):
                        hearing.hear(part.content if isinstance(part, TextPart) else "", _size(part))
                    case PartDeltaEvent(delta=delta):
                        hearing.hear(delta.content_delta if isinstance(delta, TextPartDelta) else "", _size(delta))
                    case _:
                        pass
            return words.mended(stream.get())

    def _model(self, connection: Connection) -> Model[Any]:
        if connection not in self._models:
            self._models[connection] = models.model(connection, self._client, read_timeout=ours.ANSWER_TIMEOUT)
        return self._models[connection]

    def _reply(self, question: Question, call: http.Call, response: ModelResponse, seconds: float) -> Reply:
        asked, key = question.model, call.connection.key.value if call.connection.key else None
        usage = words.usage(response.usage)
        details = response.provider_details or {}
        # For a stream without an end pydantic-ai reports "stop" in OpenAI's format: only the raw reason tells.
        if call.connection.provider.wire is Wire.CHAT:
            ended = bool(details.get("finish_reason")) or call.has_end_mark
            if not details.get("finish_reason") and (told := call.broken_off()) is not None:
                raise broke_off(call, told, spent=usage)
        else:
            ended = response.finish_reason is not None
        if response.finish_reason == "content_filter":
            reasons = (details.get(name) for name in ("refusal", "block_reason", "finish_reason"))
            why = said(next(filter(None, reasons), "no reason given"), call)
            raise ours.Declined(f"{asked}: the model declines: {why}", spent=usage)
        response, beyond = words.within(response, question.max_tokens)
        text = words.text(response, key)
        cut_off = beyond or response.finish_reason == "length"
        calls = words.calls(response, question, key, cut_off=cut_off)
        if not calls and not text.strip():
            _raise_empty(question, call, usage, ended=ended, cut_off=cut_off)
        if not ended:
            raise ours.CutOff(f"{asked}: the stream ended in the middle of the answer", spent=usage)
        if question.must_call and not calls:
            raise ours.NoCall(f"{asked}: the answer is words where a tool had to be used", spent=usage)
        answered_as = clean(response.model_name or "", keep_newlines=False)
        return Reply(
            text=text,
            calls=calls,
            finish=Finish.LENGTH if cut_off else Finish.CALLS if calls else Finish.STOP,
            usage=usage,
            cost_usd=self._prices.cost(call.connection.provider, asked.name, usage, answered_as=answered_as),
            model=answered_as or asked.name,
            message=Message(speaker=Speaker.MODEL, text=text, calls=calls, original=words.original(response, key)),
            seconds=seconds,
        )


def _raise_empty(question: Question, call: http.Call, usage: Usage, *, ended: bool, cut_off: bool) -> NoReturn:
    if cut_off:
        raise ours.NoAnswer(
            f"{question.model}: all {question.max_tokens:,} tokens were used up before the answer began",
            hint="allow more of them",
            spent=usage,
        )
    raise nothing(call, spent=usage, finished=ended)


@attrs.define(eq=False)
class _Hearing:
    """What has come so far, for the asker to hear and for a failure to count."""

    heard: Callable[[str], None] | None
    underway: Underway

    def hear(self, piece: str, size: int) -> None:
        """Some words, and the bytes of all that came with them."""
        self.underway.heard += size
        if self.heard is None or not piece:
            return
        try:
            self.heard(clean(piece))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the asker's
            raise AskersError(error) from None

    @property
    def spent(self) -> Usage:
        return self.underway.counted()


def _size(piece: ModelResponsePart | ModelResponsePartDelta) -> int:
    """Bytes of words, thoughts, and arguments of a call."""
    match piece:
        case TextPart(content=text) | TextPartDelta(content_delta=text):
            return len(text.encode("utf-8", "surrogatepass"))
        case ThinkingPart(content=text) | ThinkingPartDelta(content_delta=text):
            return len((text or "").encode("utf-8", "surrogatepass"))
        case ToolCallPart(args=arguments) | ToolCallPartDelta(args_delta=arguments):
            told = arguments if isinstance(arguments, str) else json.dumps(arguments or "", default=str)
            return len(told.encode("utf-8", "surrogatepass"))
        case _:
            return 0


#: What a provider says in the place of an answer, in a stream as with a status.
_REFUSALS = (
    ours.KeyRefused,
    ours.NothingLeft,
    ours.NoSuchModel,
    ours.RequestRefused,
    ours.TooLong,
    ours.RateLimited,
    ours.ServerTrouble,
)


def _begun(failed: ours.ModelFailure, underway: Underway) -> ours.Begun | None:
    """What is known of the work behind a failure, where the provider has not counted all of it."""
    if isinstance(failed, ours.NoCall | ours.NoAnswer | ours.Declined) and failed.spent.total:
        return None  # the whole answer came, and with it what it used
    said = underway.status == 200 and isinstance(failed, _REFUSALS)
    if said and not underway.heard and not underway.counted().total:
        return None
    return underway.begun()
