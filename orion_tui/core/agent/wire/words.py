"""Between the port's questions and replies and pydantic-ai's messages."""

import dataclasses
import hashlib
import json
import re
import weakref
from typing import Any, cast

from pydantic import ValidationError
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import RequestUsage

from orion_tui.base.ids import new_id
from orion_tui.base.text import clean
from orion_tui.core.agent.arguments import problems
from orion_tui.core.agent.model import Message, Question, Speaker, Tool, ToolCall, Usage
from orion_tui.core.agent.providers import Provider, Wire
from orion_tui.core.agent.redact import without
from orion_tui.roles.problems import did_you_mean, excerpt

# Providers allow 64; what a model makes up may be anything.
_LONGEST_NAME = 128
_LONGEST_ID = 256
_HALF = re.compile("[\ud800-\udfff]")
# Beyond any answer; counts are added up, and what keeps the sums has room for so many digits.
_MOST_TOKENS = 10**12
# A token is some four bytes on average, in any language and in code: an answer far beyond is not within its limit.
_BYTES_A_TOKEN = 16
_BYTES_BESIDE = 16 * 1024


def messages(question: Question) -> list[ModelMessage]:
    """The conversation as pydantic-ai takes it."""
    turns = [
        _model_turn(message) if message.speaker is Speaker.MODEL else _user_turn(message)
        for message in question.messages
    ]
    if question.instructions:
        for turn in turns:
            if isinstance(turn, ModelRequest):
                turn.instructions = question.instructions
    return turns


def parameters(question: Question) -> ModelRequestParameters:
    """The tools. A model that cannot be made to use one is asked without force, and `answer` looks at the result."""
    return ModelRequestParameters(
        function_tools=[
            ToolDefinition(
                name=tool.name, description=tool.description, parameters_json_schema=dict(tool.parameters), strict=False
            )
            for tool in question.tools
        ],
        allow_text_output=not (question.must_call and question.tools),
    )


def settings(question: Question, provider: Provider) -> ModelSettings:
    """The rest of the question: the ceiling of tokens, and what lets the provider's cache work.

    A session asks with the same beginning over and over, and what a cache gives costs a tenth.
    """
    plain = ModelSettings(max_tokens=question.max_tokens)
    if provider.wire is Wire.MESSAGES:
        from pydantic_ai.models.anthropic import AnthropicModelSettings

        # Nothing is cached there that is not marked. Three of the four marks that a question may have: the tools, the
        # instructions, and the conversation up to its last block, which the next question goes on from.
        return AnthropicModelSettings(
            **plain,
            anthropic_cache_tool_definitions=True,
            anthropic_cache_instructions=True,
            # The mark on the last block and not the one of the whole request, which not every gateway knows.
            anthropic_cache_messages=True,
        )
    if provider.name == "openai":
        from pydantic_ai.models.openai import OpenAIChatModelSettings

        # It caches by itself, in one of many places: questions of one conversation are to be sent to the same.
        return OpenAIChatModelSettings(**plain, openai_prompt_cache_key=_conversation(question))
    return plain


def _conversation(question: Question) -> str:
    """The same for all questions that begin alike, and tells nothing."""
    first = question.messages[0].text if question.messages else ""
    beginning = json.dumps([str(question.model), question.instructions, first])
    return hashlib.sha256(beginning.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _user_turn(message: Message) -> ModelRequest:
    parts: list[ModelRequestPart] = [
        ToolReturnPart(
            tool_name=result.name,
            content=result.text,
            tool_call_id=result.call_id,
            outcome="failed" if result.failed else "success",
        )
        for result in message.results
    ]
    if message.text:
        parts.append(UserPromptPart(content=message.text))
    return ModelRequest(parts=parts)


def _model_turn(message: Message) -> ModelResponse:
    if message.original and (turn := _as_it_was(message)) is not None:
        return turn
    parts: list[ModelResponsePart] = [TextPart(content=message.text)] if message.text else []
    parts += [
        ToolCallPart(tool_name=call.name, args=dict(call.arguments or {}), tool_call_id=call.id)
        for call in message.calls
    ]
    return ModelResponse(parts=parts)


#: Turns as they were read, by the identity of their message, for as long as a conversation holds that.
_known: dict[int, tuple[weakref.ref[Message], ModelResponse | None]] = {}


def _as_it_was(message: Message) -> ModelResponse | None:
    """A turn in pydantic-ai's own form; every question of a conversation sends all of its turns, read once each."""
    key = id(message)
    kept = _known.get(key)
    if kept is not None and kept[0]() is message:
        return kept[1]
    turn = _read(message.original)
    _known[key] = (weakref.ref(message, lambda _: _known.pop(key, None)), turn)
    return turn


def _read(text: str) -> ModelResponse | None:
    """A turn from its own form, to be sent as it is."""
    try:
        (turn,) = ModelMessagesTypeAdapter.validate_json(f"[{text}]")
    except (ValidationError, ValueError):
        # Of another version, or damaged: what was said still stands beside it.
        return None
    return turn if isinstance(turn, ModelResponse) else None


def original(response: ModelResponse, key: str | None) -> str:
    """A turn in pydantic-ai's own form, to be sent back unchanged; ASCII, so that it is inert wherever it is kept."""
    (turn,) = json.loads(ModelMessagesTypeAdapter.dump_json([response]))
    return without(json.dumps(turn, ensure_ascii=True, separators=(",", ":")), key)


def mended(response: ModelResponse) -> ModelResponse:
    """The answer with an id for each call, and as text that can be written down.

    Results are matched with calls by their ids, and a step without one belongs to no call of the model's: an id that
    is empty, hidden, endless or given twice is replaced. Halves of surrogate pairs, which JSON can spell and no file
    can hold, become U+FFFD.
    """
    seen: set[str] = set()
    parts: list[ModelResponsePart] = []
    response = _whole(response)
    for part in response.parts:
        if isinstance(part, ToolCallPart):
            name = str(clean(part.tool_call_id, keep_newlines=False)).strip()
            if not name or len(name) > _LONGEST_ID or name in seen:
                name = f"call_{new_id()}"
            seen.add(name)
            part = dataclasses.replace(part, tool_call_id=name)  # noqa: PLW2901
        parts.append(part)
    return dataclasses.replace(response, parts=parts)


def within(response: ModelResponse, max_tokens: int) -> tuple[ModelResponse, bool]:
    """The answer as far as `max_tokens` reach, and whether it went beyond what they can be.

    Some servers do not hold to the limit they are given. What they send beyond is cut as the limit itself would have
    cut it: the next question has to carry this answer, and one of megabytes fits into no window.
    """
    left = _BYTES_BESIDE + max_tokens * _BYTES_A_TOKEN
    parts: list[ModelResponsePart] = []
    for part in response.parts:
        said = _said(part)
        left -= len(said.encode("utf-8", "surrogatepass"))
        if left >= 0:
            parts.append(part)
            continue
        if isinstance(part, TextPart):
            fits = said.encode("utf-8", "surrogatepass")[:left].decode("utf-8", "ignore")
            parts.append(dataclasses.replace(part, content=fits))
        elif isinstance(part, ToolCallPart):
            # Not an object: nobody can take it for the arguments that were meant.
            parts.append(dataclasses.replace(part, args="{"))
        return dataclasses.replace(response, parts=parts), True
    return response, False


def _said(part: ModelResponsePart) -> str:
    match part:
        case TextPart(content=text) | ThinkingPart(content=text):
            return text or ""
        case ToolCallPart(args=arguments):
            return arguments if isinstance(arguments, str) else json.dumps(arguments or {}, default=str)
        case _:
            return ""


def _whole(value: Any) -> Any:
    """A value of pydantic-ai's without halves of surrogate pairs, at any depth."""
    match value:
        case str():
            return value if value.isascii() else _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
        case dict():
            return {_whole(name): _whole(inner) for name, inner in cast("dict[Any, Any]", value).items()}
        case list() | tuple():
            inner_values = [_whole(inner) for inner in cast("list[Any]", value)]
            return inner_values if isinstance(value, list) else tuple(inner_values)
        case ModelResponse() | TextPart() | ThinkingPart() | ToolCallPart():
            part: Any = cast("Any", value)
            changed = {field.name: _whole(getattr(part, field.name)) for field in dataclasses.fields(part)}
            for name, inner in changed.items():
                setattr(part, name, inner)
            return part
        case _:
            return value


def text(response: ModelResponse, key: str | None) -> str:
    """The words of an answer, cleaned."""
    return clean(without("".join(part.content for part in response.parts if isinstance(part, TextPart)), key))


def calls(response: ModelResponse, question: Question, key: str | None, *, cut_off: bool) -> tuple[ToolCall, ...]:
    """What the answer asks to be done; `cut_off` says that the last of it may be missing its end."""
    tools = {tool.name: tool for tool in question.tools}
    found = [part for part in response.parts if isinstance(part, ToolCallPart)]
    return tuple(_call(part, tools, key, cut_off=cut_off and part is found[-1]) for part in found)


def _call(part: ToolCallPart, tools: dict[str, Tool], key: str | None, *, cut_off: bool) -> ToolCall:
    name = clean(part.tool_name, keep_newlines=False)[:_LONGEST_NAME]
    arguments, problem = _arguments(part.args, key)
    tool = tools.get(part.tool_name)
    if tool is None:
        known = f"there are: {', '.join(tools)}" if tools else "there are none"
        problem = f"there is no tool {excerpt(name)}{did_you_mean(name, tools)}; {known}"
    elif problem and cut_off:
        problem = "the call was cut off by the limit of tokens: make it shorter, or in several calls"
    elif not problem:
        problem = "; ".join(problems(tool.parameters, arguments))
    return ToolCall(
        id=part.tool_call_id,
        name=name,
        arguments=None if problem else arguments,
        problem=problem,
    )


def _arguments(given: object, key: str | None) -> tuple[dict[str, Any] | None, str]:
    """The arguments, and what is wrong with them."""
    if given is None or given == "":
        return {}, ""
    if isinstance(given, dict):
        # Google's come parsed. Through text once more: there the key is found at any depth.
        given = json.dumps(given)
    if isinstance(given, str):
        try:
            given = json.loads(without(given, key), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else "not JSON"
            place = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
            return None, f"the arguments are not valid JSON: {said}{place}"
    if not isinstance(given, dict):
        return None, "the arguments must be one JSON object"
    return cast("dict[str, Any]", given), ""


def _no_constant(name: str) -> None:
    # NaN and Infinity: Python's reader takes them, JSON has none.
    raise ValueError(name)


def usage(counted: RequestUsage) -> Usage:
    """Tokens, with nonsense (nothing, less than nothing) as none, and more than there can be as the most."""
    return Usage(
        input_tokens=_count(counted.input_tokens),
        output_tokens=_count(counted.output_tokens),
        cached_tokens=_count(counted.cache_read_tokens),
        written_tokens=_count(counted.cache_write_tokens),
    )


def _count(given: int | None) -> int:
    return min(max(0, given or 0), _MOST_TOKENS)
