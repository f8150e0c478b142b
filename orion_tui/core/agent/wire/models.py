"""From a connection to the object that speaks its provider's format."""

import importlib
import logging
from typing import Any, cast

import httpx2
from pydantic_ai.models import Model

from orion_tui.core.agent.connections import Connection
from orion_tui.core.agent.providers import Wire
from orion_tui.core.agent.wire.http import timeouts

#: Sent to a server that asks for no key, by SDKs that insist on one; the client takes it out again.
_NO_KEY = "no-key"
# Servers of one's own take the ceiling of tokens under its old name, and mostly one system message. The schemas of the
# tools are sent as they are: to rewrite them for OpenAI's strict form takes milliseconds of each question, and these
# servers do not know it.
_OLD_FORM = cast(
    "Any",
    {
        "openai_chat_supports_max_completion_tokens": False,
        "openai_chat_supports_multiple_system_messages": False,
        "json_schema_transformer": None,
    },
)


def load(wire: Wire) -> None:
    """Import what a format needs, and silence it. Seconds on a busy machine: to be done where nothing waits for it."""
    importlib.import_module(
        {
            Wire.MESSAGES: "pydantic_ai.models.anthropic",
            Wire.GENERATE: "pydantic_ai.models.google",
            Wire.CHAT: "pydantic_ai.models.openai",
        }[wire]
    )
    # They log addresses, headers of answers and bodies, at levels that their own variables (`OPENAI_LOG`) switch on.
    for name in ("anthropic", "google_genai", "httpcore", "httpcore2", "httpx", "httpx2", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def model(connection: Connection, client: httpx2.AsyncClient, *, read_timeout: float) -> Model[Any]:
    """The model behind a connection; `load` went before.

    Retrying is switched off in every one of them: how often to ask is the session's decision, and it pays.
    """
    key = _NO_KEY if connection.key is None else connection.key.value
    name = connection.model.name
    match connection.provider.wire:
        case Wire.MESSAGES:
            from anthropic import AsyncAnthropic
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            anthropic = AsyncAnthropic(
                api_key=key,
                base_url=connection.base_url,
                http_client=client,
                max_retries=0,
                timeout=timeouts(read_timeout),
            )
            return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=anthropic))
        case Wire.GENERATE:
            from pydantic_ai.models.google import GoogleModel
            from pydantic_ai.providers.google import GoogleProvider

            return GoogleModel(
                name, provider=GoogleProvider(api_key=key, http_client=client, base_url=connection.base_url)
            )
        case Wire.CHAT:
            return _chat(connection, key, client, read_timeout)


def _chat(connection: Connection, key: str, client: httpx2.AsyncClient, read_timeout: float) -> Model[Any]:
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    from orion_tui.core.agent.wire.plain_chat import plainly

    openai = plainly(
        AsyncOpenAI(
            api_key=key,
            base_url=connection.base_url,
            http_client=client,
            max_retries=0,
            timeout=timeouts(read_timeout),
        )
    )
    name = connection.model.name
    match connection.provider.name:
        case "openai":
            return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=openai))
        case "openrouter":
            from pydantic_ai.models.openrouter import OpenRouterModel
            from pydantic_ai.providers.openrouter import OpenRouterProvider

            return OpenRouterModel(name, provider=OpenRouterProvider(openai_client=openai))
        case "ollama":
            from pydantic_ai.models.ollama import OllamaModel
            from pydantic_ai.providers.ollama import OllamaProvider

            return OllamaModel(name, provider=OllamaProvider(openai_client=openai), profile=_OLD_FORM)
        case other:
            return OpenAIChatModel(
                name, provider=OpenAICompatibleProvider(other, openai_client=openai), profile=_OLD_FORM
            )
