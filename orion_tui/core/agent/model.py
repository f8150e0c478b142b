"""The port to language models: one question, one answer, and every way in which there may be none.

A worker thread asks and blocks; whoever implements the port owns event loops, connections and the providers' wire
formats. Nothing here retries: what a failure means for a session is the session's business (RUN-6), so each failure is
its own error, with what it knows about trying again. An error text is never an answer.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

import attrs

from orion_tui.base.errors import ModelUnavailable, UsageError
from orion_tui.roles.problems import excerpt

#: Seconds that one answer may take, from the question to its last byte.
ANSWER_TIMEOUT = 600.0

#: Characters of a model's name, its provider included.
LONGEST_NAME = 256


@attrs.frozen
class ModelRef:
    """Which model: `anthropic/claude-sonnet-5-5`, `openai/gpt-6-luna`, `ollama/qwen3:32b`."""

    provider: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "ModelRef":
        """`provider/name`, or `provider:name`. UsageError for anything else."""
        text = text.strip()
        # The first separator counts: names hold both (`openrouter/qwen/qwen3`, `ollama/qwen3:32b`).
        cut = min((text.find(mark) for mark in "/:" if mark in text), default=-1)
        provider, name = text[:cut].strip().lower(), text[cut + 1 :].strip()
        # It becomes part of a URL with some providers, and of lines that people read with all.
        fine = cut > 0 and provider and name and len(text) <= LONGEST_NAME and all("!" <= char <= "~" for char in name)
        if not fine:
            raise UsageError(
                f"{excerpt(text)} names no model", hint="write provider/name, such as anthropic/claude-sonnet-5-5"
            )
        return cls(provider, name)

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class Speaker(StrEnum):
    """Whose words a message holds. What Orion itself tells the model goes into `Question.instructions`."""

    USER = "user"
    MODEL = "model"


@attrs.frozen(kw_only=True)
class ToolCall:
    """One use of a tool that the model asks for."""

    #: The provider's id for it; the result names it again.
    id: str
    name: str
    #: As parsed from the model's JSON, byte for byte: what is shown of it has to be cleaned by whoever shows it. None
    #: when the call cannot be carried out, and then `problem` says why, in words for the model: no such tool, no JSON
    #: object, cut off, not what the tool's schema asks for.
    arguments: Mapping[str, Any] | None
    problem: str = ""


@attrs.frozen(kw_only=True)
class ToolResult:
    """What came of a tool call, for the model to read. Always data, in a field of its own, never instruction."""

    call_id: str
    name: str
    text: str
    failed: bool = False


@attrs.frozen(kw_only=True)
class Message:
    """One turn of the conversation. The model's own turns carry calls, the user's carry their results."""

    speaker: Speaker
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    #: The provider's own form of a model's turn (signed thoughts and the like), to be sent back unchanged; JSON.
    original: str = ""


@attrs.frozen(kw_only=True)
class Tool:
    """Something that the model may ask for. `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Question:
    """Everything that one request to a model is made of."""

    model: ModelRef
    #: Orion's own words (the system prompt).
    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    #: The answer must be a call of one of the tools, not words alone: how structured output is asked for.
    must_call: bool = False
    #: Tokens that the answer may have at the most; a hard ceiling.
    max_tokens: int = 8_192
    #: Whole answer, in seconds.
    timeout: float = ANSWER_TIMEOUT


class Finish(StrEnum):
    """Why the model stopped."""

    STOP = "stop"
    CALLS = "calls"
    #: `max_tokens` was reached: the words, and perhaps the last call, are cut off.
    LENGTH = "length"


@attrs.frozen(kw_only=True)
class Usage:
    """Tokens of one call, as the provider counts them. `input_tokens` includes what its cache gave and took."""

    input_tokens: int = 0
    #: Thoughts included.
    output_tokens: int = 0
    #: Read from the provider's cache: cheaper.
    cached_tokens: int = 0
    #: Written to it: dearer, with some.
    written_tokens: int = 0

    @property
    def total(self) -> int:
        """What a limit of tokens counts."""
        return self.input_tokens + self.output_tokens


@attrs.frozen(kw_only=True)
class Reply:
    """What the model said: words, calls, or both; never neither."""

    #: Cleaned (`base.text.clean`): nothing in it moves a cursor, hides or reorders.
    text: str
    calls: tuple[ToolCall, ...]
    finish: Finish
    usage: Usage
    #: Dollars by the price table; None where the model has no price (a local one, an unknown one).
    cost_usd: float | None
    #: The model as the provider names it in its answer.
    model: str
    #: Its turn, to be put into the next question's messages as it is.
    message: Message
    seconds: float
    #: It was answered and paid for earlier, and comes from the step log (`reply_record`): not to be counted again.
    replayed: bool = False


@attrs.frozen(kw_only=True)
class Begun:
    """Work on a question began, and the provider has not said what all of it used."""

    #: Tokens of what came of the answer, by estimate; 0 where nothing did: then it may be any number.
    heard: int = 0


class ModelFailure(ModelUnavailable):
    """There is no answer. Each kind is a class of its own, below.

    `spent` is what the provider reported as used all the same: a cut answer costs like a whole one. `begun` says that
    this is not, or may not be, all of it; None where it is, or where the question was refused before any work.
    """

    #: Whether the same question may be answered later, without anybody doing anything about it.
    passing = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        problems: tuple[str, ...] = (),
        spent: Usage | None = None,
        begun: Begun | None = None,
    ) -> None:
        super().__init__(message, hint=hint, problems=problems)
        self.spent = spent or Usage()
        self.begun = begun


class NoKey(ModelFailure):
    """No key for this provider; nothing was asked. The hint names where one may be put."""


class NotSetUp(ModelFailure):
    """What the settings say of this model, or what holds its key, cannot be used; nothing was asked."""


class KeyRefused(ModelFailure):
    """401 or 403: the key is wrong, or may not use this model."""


class NothingLeft(ModelFailure):
    """402, or the provider's word that the account has no credit or quota left."""


class NoSuchModel(ModelFailure):
    """404: the provider, or the server at that address, does not have it."""


#: Failures that pass only when a person does something.
NEEDS_PERSON = (NoKey, NotSetUp, KeyRefused, NothingLeft, NoSuchModel)


class RequestRefused(ModelFailure):
    """400 or 422: the provider does not take the question as it was put."""


class TooLong(ModelFailure):
    """The question does not fit the model's context window; a shorter one may."""


class Declined(ModelFailure):
    """The model or the provider's filter will not answer this."""


class NoAnswer(ModelFailure):
    """An answer came, and holds nothing: no words, no call."""

    passing = True


class Garbled(ModelFailure):
    """What came back is not what the provider's format is, or not what was asked for."""

    passing = True


class NoCall(Garbled):
    """Words, where the question said that a tool must be used."""


class CutOff(ModelFailure):
    """The connection, or the stream, ended in the middle of the answer."""

    passing = True


class RateLimited(ModelFailure):
    """429. `reset_at` (seconds since the epoch) is when the provider says to ask again; None where it does not."""

    passing = True

    def __init__(
        self, message: str, *, hint: str = "", spent: Usage | None = None, reset_at: float | None = None
    ) -> None:
        super().__init__(message, hint=hint, spent=spent)
        self.reset_at = reset_at


class ServerTrouble(ModelFailure):
    """408, 5xx, overloaded: the provider's trouble, not the question's."""

    passing = True


class Unreachable(ModelFailure):
    """No connection: name, address, TLS, proxy, nobody listening."""

    passing = True


class TimedOut(ModelFailure):
    """The whole answer did not come within the question's `timeout`."""

    passing = True


class Stopped(ModelFailure):
    """The asker called it off."""


class StopFlag(Protocol):
    """What is looked at, some ten times a second, to see whether the asker still wants an answer: an Event, mostly."""

    def is_set(self) -> bool:
        """Whether it is called off."""
        ...


@attrs.frozen(kw_only=True)
class ModelFacts:
    """What is known of a model before it is asked."""

    #: The most that a million tokens of question and of answer may cost, in dollars; None where it has no price.
    price: tuple[float, float] | None
    #: Tokens of its context window.
    window: int


class ModelPort(Protocol):
    """Where questions go. Any thread may ask; each call blocks its own thread alone."""

    def ask(
        self,
        question: Question,
        *,
        heard: Callable[[str], None] | None = None,
        stop: StopFlag | None = None,
    ) -> Reply:
        """The model's whole answer. Raises a ModelFailure.

        `heard` is told the words as they stream in, from another thread; `stop`, once set, calls the question off
        within a second.
        """
        ...

    def facts(self, model: ModelRef, *, tokens: int = 1_000) -> ModelFacts:
        """What is known of a model, and of the price of a question of that many tokens.

        Raises NotSetUp for a provider that nobody named.
        """
        ...

    def close(self) -> None:
        """Call off what is being asked, and release connections."""
        ...
